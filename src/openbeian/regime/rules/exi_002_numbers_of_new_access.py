"""OB-EXI-002: a new access names the numbers it is for."""

from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule

SUBJECT, SERVICE = "existing.subject_number", "existing.service_number"


def check(case: Case) -> Hits:
    """``filed`` is given where the register itself knows the numbers."""
    if case.filed is None:
        existing = case.dossier.existing
        if existing is None or not existing.subject_number:
            yield SUBJECT
        if existing is None or not existing.service_number:
            yield SERVICE


RULE = rule(
    "OB-EXI-002", check,
    scope=Scope.NEW_ACCESS,
    passes=(Example("enterprise", {}, {"kind": "new_access", "filed": {}}),),
    fails=(Example("enterprise", {}, {"kind": "new_access"}, fields=(SUBJECT, SERVICE)),),
)
