"""OB-SVC-005: a prior approval comes with its number and its document."""

from openbeian.regime.code_tables import NONE_OF_THE_ABOVE
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.prior_approvals"


def check(case: Case) -> Hits:
    for i, approval in enumerate(case.dossier.service.prior_approvals):
        if approval.type != NONE_OF_THE_ABOVE:
            if not approval.number:
                yield f"{FIELD}.{i}.number"
            if not approval.picture:
                yield f"{FIELD}.{i}.picture"


RULE = rule(
    "OB-SVC-005", check,
    passes=(Example("enterprise"),
            Example("enterprise",
                    {FIELD: [{"type": 2, "number": "浙出示例-00001号", "picture": "MEDIA_NRLX_000001"}]})),
    fails=(Example("enterprise", {FIELD: [{"type": 2}]}, fields=(f"{FIELD}.0.number", f"{FIELD}.0.picture")),
           Example("enterprise", {FIELD: [{"type": 2, "number": "浙出示例-00001号"}]},
                   fields=(f"{FIELD}.0.picture",))),
)
