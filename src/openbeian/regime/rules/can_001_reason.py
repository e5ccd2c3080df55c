"""OB-CAN-001: a cancellation says why."""

from openbeian.regime.code_tables import cancel_reasons
from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule

FIELD = "cancellation.reason"


def check(case: Case) -> Hits:
    cancellation = case.dossier.cancellation
    if cancellation is None or cancellation.reason not in cancel_reasons():
        yield FIELD


RULE = rule(
    "OB-CAN-001", check,
    scope=Scope.CANCELLATION,
    passes=(Example("cancellation"), Example("cancellation", {FIELD: 2})),
    fails=(Example("cancellation", {FIELD: 3}, fields=(FIELD,)),
           Example("cancellation", {FIELD: None}, fields=(FIELD,)),
           Example("cancellation", {"cancellation": None}, fields=(FIELD,))),
)
