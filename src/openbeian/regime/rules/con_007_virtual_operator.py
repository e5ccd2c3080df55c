"""OB-CON-007: some numbers of virtual operators get no verification SMS."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.principal.mobile"
#: Ranges of virtual operators (虚拟运营商). Which of their numbers get no SMS is not published.
RANGES = ("162", "165", "167", "170", "171")


def check(case: Case) -> Hits:
    for path, principal in case.principals:
        if principal.mobile.startswith(RANGES):
            yield f"{path}.mobile"


RULE = rule(
    "OB-CON-007", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: "17000000001"}, fields=(FIELD,)),),
)
