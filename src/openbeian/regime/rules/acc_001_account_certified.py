"""OB-ACC-001: where the platform asks for it, a mini program is certified before it is filed."""

from openbeian.regime.lifecycle import ADDS_A_SERVICE
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.name"


def check(case: Case) -> Hits:
    """A change of what is filed needs no certification."""
    if case.account.lacks_certification and (case.kind is None or case.kind in ADDS_A_SERVICE):
        yield FIELD


RULE = rule(
    "OB-ACC-001", check,
    passes=(Example("enterprise"),
            Example("enterprise", {}, {"account.lacks_certification": True, "kind": "change_both"})),
    fails=(Example("enterprise", {}, {"account.lacks_certification": True}, fields=(FIELD,)),),
)
