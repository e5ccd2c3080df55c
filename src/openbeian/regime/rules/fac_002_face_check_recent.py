"""OB-FAC-002: a face check counts for 72 hours, or as long as its own task says."""

from collections.abc import Iterator
from datetime import timedelta

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.lifecycle import OrderKind
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.principal.face_check"
COUNTS_FOR = timedelta(hours=72)


def check(case: Case) -> Iterator[str]:
    if case.kind == OrderKind.CHANGE_SUBJECT:
        return  # the service and its principal stay as they were checked
    facts = case.face_check
    if facts and facts.passed and facts.finished_at and case.now > (facts.usable_until or facts.finished_at + COUNTS_FOR):
        yield FIELD


RULE = Rule(
    id="OB-FAC-002",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="人脸核身结果须在 72 小时内（与认证一并办理的为 24 小时）",
    title_en="The face check was passed within 72 hours (24 with certification in one)",
    reason_zh="{field}已超过有效期（72 小时，与认证一并办理的为 24 小时）。",
    reason_en="{field} was passed too long ago: it counts for 72 hours, with certification in one for 24.",
    remedy_zh="请小程序负责人重新完成人脸核身后再提交。",
    remedy_en="Let the mini program's principal take the face check again, then submit.",
    check=check,
    passes=(Example("enterprise", {}, {"face_check.finished_at": "2023-09-02T10:00:00+08:00"}),),
    fails=(Example("enterprise", {}, {"face_check.finished_at": "2023-09-02T09:59:59+08:00"}, fields=(FIELD,)),
           Example("enterprise", {}, {"face_check.usable_until": "2023-09-05T09:59:59+08:00"}, fields=(FIELD,))),
)
