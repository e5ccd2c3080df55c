"""The link's words for the desk's templates. Each gives a (zh, en) pair; ``local`` chooses."""

from django import template

from openbeian.desk import link_words

register = template.Library()
register.filter("record_label", link_words.record)
register.filter("reason_label", link_words.reason)
register.filter("assignment_label", link_words.assignment)
register.filter("difference_label", link_words.difference)
register.filter("table_label", link_words.table)
register.filter("part_label", link_words.part)
register.filter("upload_label", link_words.upload)
register.filter("trouble_label", link_words.trouble)
register.filter("problem_label", link_words.problem)
