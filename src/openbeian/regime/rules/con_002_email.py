"""OB-CON-002: a mail address that can exist."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.identity import email_problem
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Spot

FIELD = "service.principal.email"


def check(case: Case) -> Iterator[Spot]:
    for path, principal in case.principals:
        if principal.email and (problem := email_problem(principal.email)):
            yield Spot(f"{path}.email", problem.zh, problem.en)


RULE = Rule(
    id="OB-CON-002",
    severity=Severity.BLOCKS,
    clause=clauses.ORDER_33_7,
    title_zh="电子邮件地址须有效",
    title_en="The e-mail address is well-formed",
    reason_zh="{field}有误：{why}。",
    reason_en="{field} cannot be right: {why}.",
    remedy_zh="请填写本人常用的电子邮件地址。",
    remedy_en="Give an address the person reads.",
    check=check,
    passes=(Example("enterprise", {FIELD: "lin.beian+icp@mail.example.com"}),),
    fails=(Example("enterprise", {FIELD: "lin@example"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "lin example.com"}, fields=(FIELD,))),
)
