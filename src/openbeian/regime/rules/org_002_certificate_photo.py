"""OB-ORG-002: units show a picture of their certificate."""

from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule

FIELD = "organizer.certificate.photo"


def check(case: Case) -> Hits:
    organizer = case.dossier.organizer
    if organizer.type is not None and not organizer.certificate.photo:
        yield FIELD


RULE = rule(
    "OB-ORG-002", check,
    scope=Scope.UNIT,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: None}, fields=(FIELD,)),),
)
