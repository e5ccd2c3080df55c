"""OB-CON-006: different people have different mail addresses."""

from openbeian.regime.rules.con_005_numbers_not_shared import OTHER_PERSON
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.principal.email"


def check(case: Case) -> Hits:
    if case.one_person:
        return
    (_, first), (_, second) = case.principals
    if second.email and second.email.lower() == first.email.lower():
        yield FIELD


RULE = rule(
    "OB-CON-006", check,
    passes=(Example("enterprise"), Example("enterprise", OTHER_PERSON)),
    fails=(Example("enterprise", {**OTHER_PERSON, FIELD: "Lin@example.com"}, fields=(FIELD,)),),
)
