"""OB-CON-002: a mail address that can exist."""

from openbeian.regime.identity import email_problem
from openbeian.regime.rules.rule import Case, Example, Hits, Spot, rule

FIELD = "service.principal.email"


def check(case: Case) -> Hits:
    for path, principal in case.principals:
        if principal.email and (problem := email_problem(principal.email)):
            yield Spot(f"{path}.email", problem.zh, problem.en)


RULE = rule(
    "OB-CON-002", check,
    passes=(Example("enterprise", {FIELD: "lin.beian+icp@mail.example.com"}),),
    fails=(Example("enterprise", {FIELD: "lin@example"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "lin example.com"}, fields=(FIELD,))),
)
