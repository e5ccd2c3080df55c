"""OB-CON-007: some numbers of virtual operators get no verification SMS."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.principal.mobile"
#: Ranges of virtual operators (虚拟运营商). Which of their numbers get no SMS is not published.
RANGES = ("162", "165", "167", "170", "171")


def check(case: Case) -> Iterator[str]:
    for path, principal in case.principals:
        if principal.mobile.startswith(RANGES):
            yield f"{path}.mobile"


RULE = Rule(
    id="OB-CON-007",
    severity=Severity.CONFIRM,
    clause=clauses.SMS_485,
    title_zh="虚拟运营商号码可能收不到核验短信",
    title_en="A virtual operator's number may not get the verification SMS",
    reason_zh="{field}属于虚拟运营商号段，可能收不到工信部核验短信。",
    reason_en="{field} is in a virtual operator's range and may not get the ministry's SMS.",
    remedy_zh="请确认能接收短信，或改填基础运营商的手机号码。",
    remedy_en="Make sure it receives SMS, or give a number of a basic operator.",
    check=check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: "17000000001"}, fields=(FIELD,)),),
)
