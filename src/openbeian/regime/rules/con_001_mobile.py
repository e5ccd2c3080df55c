"""OB-CON-001: a mainland mobile number, for the ministry's SMS goes there."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.identity import mobile_problem
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Spot

FIELD = "organizer.principal.mobile"


def check(case: Case) -> Iterator[Spot]:
    for path, principal in case.principals:
        if principal.mobile and (problem := mobile_problem(principal.mobile)):
            yield Spot(f"{path}.mobile", problem.zh, problem.en)


RULE = Rule(
    id="OB-CON-001",
    severity=Severity.BLOCKS,
    clause=clauses.SMS_485,
    title_zh="手机号码须为内地 11 位手机号码",
    title_en="The mobile number is a mainland one of 11 digits",
    reason_zh="{field}有误：{why}。",
    reason_en="{field} cannot be right: {why}.",
    remedy_zh="请填写本人可接收短信的内地手机号码，不加国家代码。",
    remedy_en="Give the person's own mainland mobile that receives SMS, without country code.",
    check=check,
    passes=(Example("enterprise"), Example("individual"),
            Example("enterprise", {FIELD: "+86 139 0000 0001"}), Example("enterprise", {FIELD: "14900000001"})),
    fails=(Example("enterprise", {FIELD: "1390000000"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "+85251234567"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "0571-87654321"}, fields=(FIELD,))),
)
