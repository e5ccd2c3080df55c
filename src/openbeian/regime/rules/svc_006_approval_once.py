"""OB-SVC-006: no prior approval type twice."""

from openbeian.regime.code_tables import prior_approval
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.prior_approvals"


def _item(kind: int) -> dict[str, object]:
    return {"type": kind, "number": f"示例-{kind}号", "picture": "MEDIA_NRLX_000001"}


def check(case: Case) -> Hits:
    seen = set()
    for i, approval in enumerate(case.dossier.service.prior_approvals):
        row = prior_approval(approval.type) if approval.type is not None else None
        if row is not None:
            if row.code in seen:
                yield f"{FIELD}.{i}.type"
            seen.add(row.code)


RULE = rule(
    "OB-SVC-006", check,
    passes=(Example("enterprise", {FIELD: [_item(2), _item(9)]}),),
    fails=(Example("enterprise", {FIELD: [_item(2), _item(9), _item(2)]}, fields=(f"{FIELD}.2.type",)),
           # 12 is another number for 11, ride hailing
           Example("enterprise", {FIELD: [_item(11), _item(12)]}, fields=(f"{FIELD}.1.type",))),
)
