"""OB-IND-005: an individual answers for the mini program in person."""

from openbeian.regime.rules.con_005_numbers_not_shared import OTHER_PERSON
from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule

FIELD = "service.principal.certificate.number"


def check(case: Case) -> Hits:
    numbers = [principal.certificate.number for _, principal in case.principals]
    if all(numbers) and not case.one_person:
        yield FIELD


RULE = rule(
    "OB-IND-005", check,
    scope=Scope.INDIVIDUAL,
    passes=(Example("individual"), Example("enterprise", OTHER_PERSON)),
    fails=(Example("individual", OTHER_PERSON, fields=(FIELD,)),),
)
