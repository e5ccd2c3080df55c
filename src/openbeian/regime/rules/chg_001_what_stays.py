"""OB-CHG-001: a change keeps the organizer's nature, province and certificate."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.kinds import fixed_fields_changed
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Scope

CHANGE = {"kind": "change_both", "filed": {"service.description": "展示本公司自产的文具，提供商品浏览、下单与订单查询服务。"}}


def check(case: Case) -> Iterator[str]:
    if case.filed is not None:
        yield from fixed_fields_changed(case.dossier, case.filed)


RULE = Rule(
    id="OB-CHG-001",
    severity=Severity.BLOCKS,
    clause=clauses.ORDER_33_14,
    title_zh="变更备案不得更改主体性质、省份和证件",
    title_en="A change keeps the organizer's nature, province and certificate",
    reason_zh="{field}与已备案信息不同，不能通过变更备案修改。",
    reason_en="{field} differs from what is filed and cannot be changed by a change filing.",
    remedy_zh="请恢复为已备案的内容；确需更改的，请先注销主体，再重新办理首次备案。",
    remedy_en="Put back what is filed; to change it, cancel the subject and file anew.",
    check=check,
    scope=Scope.CHANGE,
    passes=(Example("enterprise", {}, CHANGE),),
    fails=(Example("enterprise", {}, {"kind": "change_both", "filed": {"organizer.province": "310000"}},
                   fields=("organizer.province",)),),
)
