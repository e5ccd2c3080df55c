"""OB-NAM-001: names with words reserved for national bodies."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.name"
WORDS = ("中国", "中华", "中央", "人民", "人大", "国家", "反腐", "纪检", "监察", "信访", "维权", "投诉")
PUBLIC_BODIES = {1, 2, 3}  # defence, government, public institution


def check(case: Case) -> Hits:
    """A word that is in the organizer's own name needs no other reason."""
    name, organizer = case.dossier.service.name, case.account.organizer_name
    if case.dossier.organizer.type not in PUBLIC_BODIES:
        for word in WORDS:
            if word in name and word not in organizer:
                yield FIELD
                return


RULE = rule(
    "OB-NAM-001", check,
    passes=(Example("enterprise"),
            Example("enterprise", {"organizer.name": "人民示例书店有限公司"},
                    {"account.name": "人民示例书店", "account.organizer_name": "人民示例书店有限公司"})),
    fails=(Example("enterprise", {}, {"account.name": "中国青禾文具"}, fields=(FIELD,)),),
)
