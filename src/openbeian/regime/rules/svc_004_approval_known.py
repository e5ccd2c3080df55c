"""OB-SVC-004: prior approvals are of known types."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import prior_approval
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.prior_approvals"


def check(case: Case) -> Iterator[str]:
    for i, approval in enumerate(case.dossier.service.prior_approvals):
        if approval.type is None or prior_approval(approval.type) is None:
            yield f"{FIELD}.{i}.type"


RULE = Rule(
    id="OB-SVC-004",
    severity=Severity.BLOCKS,
    clause=clauses.DECREE_292_5,
    title_zh="前置审批类型须存在",
    title_en="Prior approvals are of known types",
    reason_zh="{field}未填写或不存在。",
    reason_en="{field} is missing or does not exist.",
    remedy_zh="请按前置审批代码表选择类型；都不涉及的选“以上都不涉及”（24）。",
    remedy_en="Choose a type from the code table, or “none of the above” (24).",
    check=check,
    passes=(Example("enterprise"),
            Example("enterprise",
                    {FIELD: [{"type": 2, "number": "浙出示例-00001号", "picture": "MEDIA_NRLX_000001"}]})),
    fails=(Example("enterprise", {FIELD: [{"number": "浙出示例-00001号", "picture": "MEDIA_NRLX_000001"}]},
                   fields=(f"{FIELD}.0.type",)),
           Example("enterprise", {FIELD: [{"type": 7, "number": "示例1号", "picture": "MEDIA_NRLX_000001"}]},
                   fields=(f"{FIELD}.0.type",))),
)
