"""OB-EXI-002: a new access names the numbers it is for."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Scope

SUBJECT, SERVICE = "existing.subject_number", "existing.service_number"


def check(case: Case) -> Iterator[str]:
    """``filed`` is given where the register itself knows the numbers."""
    if case.filed is None:
        existing = case.dossier.existing
        if existing is None or not existing.subject_number:
            yield SUBJECT
        if existing is None or not existing.service_number:
            yield SERVICE


RULE = Rule(
    id="OB-EXI-002",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="新增接入须填写已有备案号",
    title_en="A new access names the numbers filed elsewhere",
    reason_zh="新增接入缺少{field}。",
    reason_en="{field} is missing; a new access needs it.",
    remedy_zh="请填写在其他接入服务商处取得的{field}。",
    remedy_en="Fill in the number that was issued through the other provider.",
    check=check,
    scope=Scope.NEW_ACCESS,
    passes=(Example("enterprise", {}, {"kind": "new_access", "filed": {}}),),
    fails=(Example("enterprise", {}, {"kind": "new_access"}, fields=(SUBJECT, SERVICE)),),
)
