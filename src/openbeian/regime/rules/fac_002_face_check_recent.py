"""OB-FAC-002: a face check counts for 72 hours, or as long as its own task says."""

from datetime import timedelta

from openbeian.regime.lifecycle import OrderKind
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.principal.face_check"
COUNTS_FOR = timedelta(hours=72)


def check(case: Case) -> Hits:
    if case.kind == OrderKind.CHANGE_SUBJECT:
        return  # the service and its principal stay as they were checked
    facts = case.face_check
    if facts and facts.passed and facts.finished_at and case.now > (facts.usable_until or facts.finished_at + COUNTS_FOR):
        yield FIELD


RULE = rule(
    "OB-FAC-002", check,
    passes=(Example("enterprise", {}, {"face_check.finished_at": "2023-09-02T10:00:00+08:00"}),),
    fails=(Example("enterprise", {}, {"face_check.finished_at": "2023-09-02T09:59:59+08:00"}, fields=(FIELD,)),
           Example("enterprise", {}, {"face_check.usable_until": "2023-09-05T09:59:59+08:00"}, fields=(FIELD,))),
)
