"""OB-SVC-008: the description says enough, and not too much."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.description"
SHORTEST, LONGEST = 20, 200


def check(case: Case) -> Hits:
    """Every character counts one, Chinese or not."""
    description = case.dossier.service.description
    if description and not SHORTEST <= len(description) <= LONGEST:
        yield FIELD


RULE = rule(
    "OB-SVC-008", check,
    passes=(Example("enterprise", {FIELD: "文" * 20}), Example("enterprise", {FIELD: "文" * 200})),
    fails=(Example("enterprise", {FIELD: "文" * 19}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "文" * 201}, fields=(FIELD,))),
)
