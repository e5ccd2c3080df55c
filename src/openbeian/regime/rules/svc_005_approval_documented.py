"""OB-SVC-005: a prior approval comes with its number and its document."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import NONE_OF_THE_ABOVE
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.prior_approvals"


def check(case: Case) -> Iterator[str]:
    for i, approval in enumerate(case.dossier.service.prior_approvals):
        if approval.type != NONE_OF_THE_ABOVE:
            if not approval.number:
                yield f"{FIELD}.{i}.number"
            if not approval.picture:
                yield f"{FIELD}.{i}.picture"


RULE = Rule(
    id="OB-SVC-005",
    severity=Severity.BLOCKS,
    clause=clauses.ORDER_33_11,
    title_zh="前置审批须填写批准文号并上传批准文件",
    title_en="A prior approval carries its number and its document",
    reason_zh="缺少{field}。",
    reason_en="{field} is missing.",
    remedy_zh="请填写主管部门的批准文号，并上传批准文件照片。",
    remedy_en="State the number of the authority's approval and upload a picture of the document.",
    check=check,
    passes=(Example("enterprise"),
            Example("enterprise",
                    {FIELD: [{"type": 2, "number": "浙出示例-00001号", "picture": "MEDIA_NRLX_000001"}]})),
    fails=(Example("enterprise", {FIELD: [{"type": 2}]}, fields=(f"{FIELD}.0.number", f"{FIELD}.0.picture")),
           Example("enterprise", {FIELD: [{"type": 2, "number": "浙出示例-00001号"}]},
                   fields=(f"{FIELD}.0.picture",))),
)
