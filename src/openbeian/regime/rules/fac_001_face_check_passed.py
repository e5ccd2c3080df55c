"""OB-FAC-001: the mini program's principal has passed a face check for this mini program."""

from openbeian.regime.lifecycle import OrderKind
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.principal.face_check"


def check(case: Case) -> Hits:
    if case.kind == OrderKind.CHANGE_SUBJECT:
        return  # the service and its principal stay as they were checked
    task_id, facts = case.dossier.service.principal.face_check, case.face_check
    passed = (
        facts is not None and facts.passed and facts.task_id == task_id and facts.appid == case.account.appid
        and facts.finished_at is not None and facts.finished_at <= case.now
    )
    if task_id and not passed:
        yield FIELD


RULE = rule(
    "OB-FAC-001", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {}, {"face_check": None}, fields=(FIELD,)),
           Example("enterprise", {}, {"face_check.passed": False}, fields=(FIELD,)),
           Example("enterprise", {}, {"face_check.appid": "wx0000000000000000"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "T0"}, fields=(FIELD,)),
           Example("enterprise", {}, {"face_check.finished_at": None}, fields=(FIELD,)),
           Example("enterprise", {}, {"face_check.finished_at": "2023-09-05T10:00:01+08:00"}, fields=(FIELD,))),
)
