"""OB-SVC-001: one to five service contents."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.contents"


def check(case: Case) -> Hits:
    if not 1 <= len(case.dossier.service.contents) <= 5:
        yield FIELD


RULE = rule(
    "OB-SVC-001", check,
    passes=(Example("enterprise", {FIELD: [163]}), Example("enterprise", {FIELD: [1, 2, 3, 4, 5]})),
    fails=(Example("enterprise", {FIELD: []}, fields=(FIELD,)),
           Example("enterprise", {FIELD: [1, 2, 3, 4, 5, 6]}, fields=(FIELD,))),
)
