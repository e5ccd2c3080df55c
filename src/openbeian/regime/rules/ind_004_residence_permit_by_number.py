"""OB-IND-004: the number alone hints that an individual files outside the home province.

A resident identity number begins with the province of first registration and keeps it for life, whoever moves.
So it proves nothing about today's home province: a reviewer looks at the card, and the rule does not block.
"""

from openbeian.regime.code_tables import provinces
from openbeian.regime.rules.ind_003_residence_permit import ADDRESS, FIELD, printed_province
from openbeian.regime.rules.rule import RESIDENT_ID, Case, Example, Hits, Scope, rule


def check(case: Case) -> Hits:
    organizer = case.dossier.organizer
    if organizer.certificate.type != RESIDENT_ID or organizer.residence_permit:
        return
    number = organizer.certificate.number
    if number and organizer.province in provinces() and number[:2] != organizer.province[:2]:
        if printed_province(case) is None:
            yield FIELD


RULE = rule(
    "OB-IND-004", check,
    scope=Scope.INDIVIDUAL,
    passes=(Example("individual"), Example("individual", {FIELD: None, ADDRESS: "北京市朝阳区样本路6号"})),
    fails=(Example("individual", {FIELD: None, ADDRESS: "武汉市江汉区样本路6号"}, fields=(FIELD,)),),
)
