"""OB-CAN-003: a filing holds no cancellation."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule


def check(case: Case) -> Iterator[str]:
    """Seen only where the order's kind is known; otherwise such a dossier is a cancellation."""
    if case.dossier.cancellation is not None:
        yield "cancellation"


RULE = Rule(
    id="OB-CAN-003",
    severity=Severity.BLOCKS,
    clause=clauses.DOSSIER_FORMAT,
    title_zh="备案订单不得包含注销信息",
    title_en="A filing holds no cancellation",
    reason_zh="备案订单不应包含{field}信息。",
    reason_en="{field} data does not belong in a filing.",
    remedy_zh="请删除注销信息；需要注销的请另行办理注销。",
    remedy_en="Remove it; a cancellation needs an order of its own.",
    check=check,
    passes=(Example("enterprise"), Example("enterprise", {}, {"kind": "first_filing"})),
    fails=(Example("enterprise", {"cancellation": {"reason": 1}}, {"kind": "first_filing"}, fields=("cancellation",)),),
)
