"""OB-FAC-002: a face check counts for 72 hours."""

from collections.abc import Iterator
from datetime import timedelta

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.principal.face_check"
COUNTS_FOR = timedelta(hours=72)


def check(case: Case) -> Iterator[str]:
    facts = case.face_check
    if facts and facts.passed and facts.finished_at and case.now - facts.finished_at > COUNTS_FOR:
        yield FIELD


RULE = Rule(
    id="OB-FAC-002",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="人脸核身结果须在 72 小时内",
    title_en="The face check was passed within 72 hours",
    reason_zh="{field}已超过 72 小时有效期。",
    reason_en="{field} was passed more than 72 hours ago.",
    remedy_zh="请小程序负责人重新完成人脸核身后再提交。",
    remedy_en="Let the mini program's principal take the face check again, then submit.",
    check=check,
    passes=(Example("enterprise", {}, {"face_check.finished_at": "2023-09-02T10:00:00+08:00"}),),
    fails=(Example("enterprise", {}, {"face_check.finished_at": "2023-09-02T09:59:59+08:00"}, fields=(FIELD,)),),
)
