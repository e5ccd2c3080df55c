"""OB-ORG-001: the organizer is the one the account is registered to."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule
from openbeian.regime.shape import printable

FIELD = "organizer.name"


def check(case: Case) -> Hits:
    """Reading has put the account's own spelling in the place of any other of the same name."""
    name = case.dossier.organizer.name
    if name and name != printable(case.account.organizer_name):
        yield FIELD


RULE = rule(
    "OB-ORG-001", check,
    passes=(Example("enterprise"),
            Example("enterprise", {FIELD: "青禾（杭州）科技有限公司"},
                    {"account.organizer_name": "青禾(杭州)科技有限公司"}),
            Example("enterprise", {FIELD: " 示例-样本 有限公司"}, {"account.organizer_name": "示例—样本有限公司"})),
    fails=(Example("enterprise", {FIELD: "杭州青禾样例科技有限公司"}, fields=(FIELD,)),
           Example("enterprise", {}, {"account.organizer_name": ""}, fields=(FIELD,))),
)
