"""OB-SVC-006: no prior approval type twice."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import prior_approval
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.prior_approvals"


def _item(kind: int) -> dict[str, object]:
    return {"type": kind, "number": f"示例-{kind}号", "picture": "MEDIA_NRLX_000001"}


def check(case: Case) -> Iterator[str]:
    seen = set()
    for i, approval in enumerate(case.dossier.service.prior_approvals):
        row = prior_approval(approval.type) if approval.type is not None else None
        if row is not None:
            if row.code in seen:
                yield f"{FIELD}.{i}.type"
            seen.add(row.code)


RULE = Rule(
    id="OB-SVC-006",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="前置审批类型不得重复",
    title_en="No prior approval type stands twice",
    reason_zh="{field}与前面的项重复。",
    reason_en="{field} repeats an earlier one.",
    remedy_zh="同一类型只保留一项；多份批准文件可放入其他附件。",
    remedy_en="Keep one item of each type; further documents go to the other attachments.",
    check=check,
    passes=(Example("enterprise", {FIELD: [_item(2), _item(9)]}),),
    fails=(Example("enterprise", {FIELD: [_item(2), _item(9), _item(2)]}, fields=(f"{FIELD}.2.type",)),
           # 12 is another number for 11, ride hailing
           Example("enterprise", {FIELD: [_item(11), _item(12)]}, fields=(f"{FIELD}.1.type",))),
)
