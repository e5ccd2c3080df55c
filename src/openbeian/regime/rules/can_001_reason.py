"""OB-CAN-001: a cancellation says why."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import cancel_reasons
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Scope

FIELD = "cancellation.reason"


def check(case: Case) -> Iterator[str]:
    cancellation = case.dossier.cancellation
    if cancellation is None or cancellation.reason not in cancel_reasons():
        yield FIELD


RULE = Rule(
    id="OB-CAN-001",
    severity=Severity.BLOCKS,
    clause=clauses.ORDER_33_15,
    title_zh="注销须选择有效的原因",
    title_en="A cancellation states a valid reason",
    reason_zh="{field}未填写或不存在。",
    reason_en="{field} is missing or does not exist.",
    remedy_zh="请选择：1 不再运营；2 主体信息变更，将重新备案。",
    remedy_en="Choose 1, no longer operated, or 2, subject changed and to be filed again.",
    check=check,
    scope=Scope.CANCELLATION,
    passes=(Example("cancellation"), Example("cancellation", {FIELD: 2})),
    fails=(Example("cancellation", {FIELD: 3}, fields=(FIELD,)),
           Example("cancellation", {FIELD: None}, fields=(FIELD,)),
           Example("cancellation", {"cancellation": None}, fields=(FIELD,))),
)
