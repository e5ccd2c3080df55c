"""OB-IND-001: an individual is organizer and subject principal in one."""

from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule
from openbeian.regime.spelling import name_key

NAME, TYPE = "organizer.principal.name", "organizer.certificate.type"
NUMBER = "organizer.certificate.number"


def check(case: Case) -> Hits:
    """The organizer's name is spelled as the account spells it, so the two may differ in spelling."""
    organizer, person = case.dossier.organizer, case.dossier.organizer.principal
    if organizer.name and person.name and name_key(organizer.name) != name_key(person.name):
        yield NAME
    own, repeated = organizer.certificate, person.certificate
    if None not in (own.type, repeated.type) and own.type != repeated.type:
        yield TYPE
    if own.number and repeated.number and own.number != repeated.number:
        yield NUMBER


RULE = rule(
    "OB-IND-001", check,
    scope=Scope.INDIVIDUAL,
    passes=(Example("individual"), Example("enterprise"),
            Example("individual", {}, {"account.organizer_name": "陈 样本"})),
    fails=(
        Example("individual", {NAME: "陈本样", "service.principal.name": "陈本样"}, fields=(NAME,)),
        Example("individual", {NUMBER: "110105199208180033"}, fields=(NUMBER,)),
        Example("individual", {TYPE: 7, NUMBER: "E12345678"}, fields=(TYPE, NUMBER)),
    ),
)
