"""OB-SVC-007: whoever needs no prior approval says so, and says nothing else."""

from openbeian.regime.code_tables import NONE_OF_THE_ABOVE
from openbeian.regime.rules.rule import Case, Example, Hits, Spot, rule

FIELD = "service.prior_approvals"


def check(case: Case) -> Hits:
    types = [approval.type for approval in case.dossier.service.prior_approvals]
    if not types:
        yield Spot(FIELD, "没有填写任何一项", "it is empty")
    elif NONE_OF_THE_ABOVE in types and set(types) != {NONE_OF_THE_ABOVE}:
        yield Spot(FIELD, "“以上都不涉及”不能与其他项同时选择", "“none of the above” stands beside other items")


RULE = rule(
    "OB-SVC-007", check,
    passes=(Example("enterprise"),),
    fails=(Example("enterprise", {FIELD: []}, fields=(FIELD,)),
           Example("enterprise", fields=(FIELD,), change={
               FIELD: [{"type": 24}, {"type": 2, "number": "示例-2号", "picture": "MEDIA_NRLX_000001"}]})),
)
