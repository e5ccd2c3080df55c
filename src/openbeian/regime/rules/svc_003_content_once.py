"""OB-SVC-003: no service content twice."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.contents"


def check(case: Case) -> Hits:
    """Names the list, see OB-SVC-002."""
    known = [code for code in case.dossier.service.contents if code >= 0]
    if len(set(known)) < len(known):
        yield FIELD


RULE = rule(
    "OB-SVC-003", check,
    passes=(Example("enterprise"),),
    fails=(Example("enterprise", {FIELD: [163, 164, 163]}, fields=(FIELD,)),),
)
