"""OB-FAC-001: the mini program's principal has passed a face check for this mini program."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.lifecycle import OrderKind
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.principal.face_check"


def check(case: Case) -> Iterator[str]:
    if case.kind == OrderKind.CHANGE_SUBJECT:
        return  # the service and its principal stay as they were checked
    task_id, facts = case.dossier.service.principal.face_check, case.face_check
    passed = (
        facts is not None and facts.passed and facts.task_id == task_id and facts.appid == case.account.appid
        and facts.finished_at is not None and facts.finished_at <= case.now
    )
    if task_id and not passed:
        yield FIELD


RULE = Rule(
    id="OB-FAC-001",
    severity=Severity.BLOCKS,
    clause=clauses.ANTI_FRAUD_23,
    title_zh="小程序负责人须通过本小程序的人脸核身",
    title_en="The mini program's principal has passed the face check for this mini program",
    reason_zh="{field}不存在、未通过，或不是本小程序的核身任务。",
    reason_en="{field} does not exist, was not passed, or is for another mini program.",
    remedy_zh="请小程序负责人重新完成人脸核身后再提交。",
    remedy_en="Let the mini program's principal take the face check, then submit.",
    check=check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {}, {"face_check": None}, fields=(FIELD,)),
           Example("enterprise", {}, {"face_check.passed": False}, fields=(FIELD,)),
           Example("enterprise", {}, {"face_check.appid": "wx0000000000000000"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "T0"}, fields=(FIELD,)),
           Example("enterprise", {}, {"face_check.finished_at": None}, fields=(FIELD,)),
           Example("enterprise", {}, {"face_check.finished_at": "2023-09-05T10:00:01+08:00"}, fields=(FIELD,))),
)
