"""OB-ORG-003: the organizer's nature is one of the table."""

from openbeian.regime.code_tables import subject_types
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "organizer.type"


def check(case: Case) -> Hits:
    kind = case.dossier.organizer.type
    if kind is not None and kind not in subject_types():
        yield FIELD


RULE = rule(
    "OB-ORG-003", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: 7}, fields=(FIELD,)),),
)
