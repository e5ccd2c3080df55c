"""OB-CON-004: the emergency number is another one than the mobile."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "organizer.principal.emergency_number"


def check(case: Case) -> Iterator[str]:
    for path, principal in case.principals:
        if principal.mobile and principal.mobile == principal.emergency_number:
            yield f"{path}.emergency_number"


RULE = Rule(
    id="OB-CON-004",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="应急联系电话不得与手机号码相同",
    title_en="The emergency number differs from the mobile number",
    reason_zh="{field}与本人手机号码相同。",
    reason_en="{field} is the same as the person's mobile number.",
    remedy_zh="请填写另一个能找到本人的电话号码。",
    remedy_en="Give another number at which the person can be found.",
    check=check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: "13900000001"}, fields=(FIELD,)),
           Example("individual", {"service.principal.emergency_number": "139 0000 0011"},
                   fields=("service.principal.emergency_number",))),
)
