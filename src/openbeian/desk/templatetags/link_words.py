"""The link's words for the desk's templates. Each gives a (zh, en) pair; ``local`` chooses."""

from django import template

from openbeian.desk import link_words

register = template.Library()
register.filter("link_label", link_words.link_label)
register.filter("reason_label", link_words.reason)
register.filter("part_label", link_words.part)
register.filter("trouble_label", link_words.trouble)
register.filter("problem_label", link_words.problem)
