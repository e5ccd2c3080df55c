"""OB-CAN-004: the administration's files can carry a cancellation's remark."""

from openbeian.regime.gbk import uncarried
from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule
from openbeian.regime.rules.txt_001_encodable import spot

FIELD = "cancellation.remark"


def check(case: Case) -> Hits:
    cancellation = case.dossier.cancellation
    if cancellation is not None and (positions := uncarried(cancellation.remark)):
        yield spot(FIELD, positions)


RULE = rule(
    "OB-CAN-004", check,
    scope=Scope.CANCELLATION,
    passes=(Example("cancellation", {FIELD: "业务停止"}),),
    fails=(Example("cancellation", {FIELD: "再见👋"}, fields=(FIELD,)),),
)
