"""OB-ORG-001: the organizer is the one the account is registered to."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule
from openbeian.regime.shape import printable

FIELD = "organizer.name"


def check(case: Case) -> Iterator[str]:
    """Reading has put the account's own spelling in the place of any other of the same name."""
    name = case.dossier.organizer.name
    if name and name != printable(case.account.organizer_name):
        yield FIELD


RULE = Rule(
    id="OB-ORG-001",
    severity=Severity.BLOCKS,
    clause=clauses.ANTI_FRAUD_23,
    title_zh="主办者名称须与小程序账号主体一致",
    title_en="The organizer is the one the mini program's account is registered to",
    reason_zh="{field}与小程序账号主体不一致。",
    reason_en="{field} differs from the one the mini program's account is registered to.",
    remedy_zh="请填写与账号主体完全一致的名称；主体已更名的，请先更新账号主体信息。",
    remedy_en="State the account's organizer; if it was renamed, have the account updated first.",
    check=check,
    passes=(Example("enterprise"),
            Example("enterprise", {FIELD: "青禾（杭州）科技有限公司"},
                    {"account.organizer_name": "青禾(杭州)科技有限公司"}),
            Example("enterprise", {FIELD: " 示例-样本 有限公司"}, {"account.organizer_name": "示例—样本有限公司"})),
    fails=(Example("enterprise", {FIELD: "杭州青禾样例科技有限公司"}, fields=(FIELD,)),
           Example("enterprise", {}, {"account.organizer_name": ""}, fields=(FIELD,))),
)
