"""OB-SVC-007: whoever needs no prior approval says so, and says nothing else."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import NONE_OF_THE_ABOVE
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Spot

FIELD = "service.prior_approvals"


def check(case: Case) -> Iterator[Spot]:
    types = [approval.type for approval in case.dossier.service.prior_approvals]
    if not types:
        yield Spot(FIELD, "没有填写任何一项", "it is empty")
    elif NONE_OF_THE_ABOVE in types and set(types) != {NONE_OF_THE_ABOVE}:
        yield Spot(FIELD, "“以上都不涉及”不能与其他项同时选择", "“none of the above” stands beside other items")


RULE = Rule(
    id="OB-SVC-007",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="不涉及前置审批的须明确选择“以上都不涉及”，且单独选择",
    title_en="“None of the above” is stated explicitly, and alone",
    reason_zh="{field}有误：{why}。",
    reason_en="{field} cannot be right: {why}.",
    remedy_zh="不涉及的只选“以上都不涉及”（24）；涉及的只选所涉及的类型。",
    remedy_en="State “none of the above” (24) alone, or only the types that apply.",
    check=check,
    passes=(Example("enterprise"),),
    fails=(Example("enterprise", {FIELD: []}, fields=(FIELD,)),
           Example("enterprise", fields=(FIELD,), change={
               FIELD: [{"type": 24}, {"type": 2, "number": "示例-2号", "picture": "MEDIA_NRLX_000001"}]})),
)
