"""OB-ACC-001: where the platform asks for it, a mini program is certified before it is filed."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.lifecycle import ADDS_A_SERVICE
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.name"


def check(case: Case) -> Iterator[str]:
    """A change of what is filed needs no certification."""
    if case.account.lacks_certification and (case.kind is None or case.kind in ADDS_A_SERVICE):
        yield FIELD


RULE = Rule(
    id="OB-ACC-001",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="小程序须先完成认证",
    title_en="The mini program is certified",
    reason_zh="{field}对应的账号尚未认证，平台要求认证后才能备案。",
    reason_en="{field}: the account is not certified, and the platform asks for a certification before a filing.",
    remedy_zh="请先完成小程序认证，或同时办理认证及备案。",
    remedy_en="Have the mini program certified first, or ask for certification and filing in one.",
    check=check,
    passes=(Example("enterprise"),
            Example("enterprise", {}, {"account.lacks_certification": True, "kind": "change_both"})),
    fails=(Example("enterprise", {}, {"account.lacks_certification": True}, fields=(FIELD,)),),
)
