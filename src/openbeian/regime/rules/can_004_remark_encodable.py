"""OB-CAN-004: a cancellation's remark can be written in the administration's encoding, GBK."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.gbk import uncarried
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Scope, Spot
from openbeian.regime.rules.txt_001_encodable import spot

FIELD = "cancellation.remark"


def check(case: Case) -> Iterator[Spot]:
    cancellation = case.dossier.cancellation
    if cancellation is not None and (positions := uncarried(cancellation.remark)):
        yield spot(FIELD, positions)


RULE = Rule(
    id="OB-CAN-004",
    severity=Severity.BLOCKS,
    scope=Scope.CANCELLATION,
    clause=clauses.V3_ENCODING,
    title_zh="注销备注在管局接口的 GBK 字符集内",
    title_en="The remark of a cancellation is within GBK",
    reason_zh="{field}含有管局系统无法接收的字符：{why}。",
    reason_en="{field} holds signs that the administration's system cannot take: {why}.",
    remedy_zh="请删除表情符号和特殊符号。",
    remedy_en="Remove emoji and special signs.",
    check=check,
    passes=(Example("cancellation", {FIELD: "业务停止"}),),
    fails=(Example("cancellation", {FIELD: "再见👋"}, fields=(FIELD,)),),
)
