"""OB-CON-001: a mainland mobile number, for the ministry's SMS goes there."""

from openbeian.regime.identity import mobile_problem
from openbeian.regime.rules.rule import Case, Example, Hits, Spot, rule

FIELD = "organizer.principal.mobile"


def check(case: Case) -> Hits:
    for path, principal in case.principals:
        if principal.mobile and (problem := mobile_problem(principal.mobile)):
            yield Spot(f"{path}.mobile", problem.zh, problem.en)


RULE = rule(
    "OB-CON-001", check,
    passes=(Example("enterprise"), Example("individual"),
            Example("enterprise", {FIELD: "+86 139 0000 0001"}), Example("enterprise", {FIELD: "14900000001"})),
    fails=(Example("enterprise", {FIELD: "1390000000"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "+85251234567"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "0571-87654321"}, fields=(FIELD,))),
)
