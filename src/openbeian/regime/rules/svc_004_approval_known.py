"""OB-SVC-004: prior approvals are of known types."""

from openbeian.regime.code_tables import prior_approval
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.prior_approvals"


def check(case: Case) -> Hits:
    for i, approval in enumerate(case.dossier.service.prior_approvals):
        if approval.type is None or prior_approval(approval.type) is None:
            yield f"{FIELD}.{i}.type"


RULE = rule(
    "OB-SVC-004", check,
    passes=(Example("enterprise"),
            Example("enterprise",
                    {FIELD: [{"type": 2, "number": "浙出示例-00001号", "picture": "MEDIA_NRLX_000001"}]})),
    fails=(Example("enterprise", {FIELD: [{"number": "浙出示例-00001号", "picture": "MEDIA_NRLX_000001"}]},
                   fields=(f"{FIELD}.0.type",)),
           Example("enterprise", {FIELD: [{"type": 7, "number": "示例1号", "picture": "MEDIA_NRLX_000001"}]},
                   fields=(f"{FIELD}.0.type",))),
)
