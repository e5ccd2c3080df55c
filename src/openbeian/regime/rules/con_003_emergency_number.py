"""OB-CON-003: the emergency number is a phone number."""

from openbeian.regime.identity import phone_problem
from openbeian.regime.rules.rule import Case, Example, Hits, Spot, rule

FIELD = "organizer.principal.emergency_number"


def check(case: Case) -> Hits:
    for path, principal in case.principals:
        if principal.emergency_number and (problem := phone_problem(principal.emergency_number)):
            yield Spot(f"{path}.emergency_number", problem.zh, problem.en)


RULE = rule(
    "OB-CON-003", check,
    passes=(Example("enterprise", {FIELD: "0571-87654321"}), Example("enterprise", {FIELD: "（0571）87654321转801"})),
    fails=(Example("enterprise", {FIELD: "周示范"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "87654321"}, fields=(FIELD,))),
)
