"""OB-CAN-003: a filing holds no cancellation."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule


def check(case: Case) -> Hits:
    """Seen only where the order's kind is known; otherwise such a dossier is a cancellation."""
    if case.dossier.cancellation is not None:
        yield "cancellation"


RULE = rule(
    "OB-CAN-003", check,
    passes=(Example("enterprise"), Example("enterprise", {}, {"kind": "first_filing"})),
    fails=(Example("enterprise", {"cancellation": {"reason": 1}}, {"kind": "first_filing"}, fields=("cancellation",)),),
)
