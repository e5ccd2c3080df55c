"""OB-CON-003: the emergency number is a phone number."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.identity import phone_problem
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Spot

FIELD = "organizer.principal.emergency_number"


def check(case: Case) -> Iterator[Spot]:
    for path, principal in case.principals:
        if principal.emergency_number and (problem := phone_problem(principal.emergency_number)):
            yield Spot(f"{path}.emergency_number", problem.zh, problem.en)


RULE = Rule(
    id="OB-CON-003",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="应急联系电话须为可拨打的内地电话",
    title_en="The emergency number is a mainland phone number",
    reason_zh="{field}有误：{why}。",
    reason_en="{field} cannot be right: {why}.",
    remedy_zh="请填写手机号码或带区号的固定电话，不是联系人姓名。",
    remedy_en="Give a mobile, or a fixed line with its area code; not a person's name.",
    check=check,
    passes=(Example("enterprise", {FIELD: "0571-87654321"}), Example("enterprise", {FIELD: "（0571）87654321转801"})),
    fails=(Example("enterprise", {FIELD: "周示范"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "87654321"}, fields=(FIELD,))),
)
