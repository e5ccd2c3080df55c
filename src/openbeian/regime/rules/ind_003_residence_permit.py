"""OB-IND-003: an individual files outside the home province only with proof of residence.

The printed address names the home province, so there is no doubt, and the field is required then: it blocks.
Where only the number hints at another province, OB-IND-004 asks to confirm. Someone who has moved since the
card was issued uploads the household register here. Whether the province admits it at all, its own rules say.
"""

from openbeian.regime.code_tables import provinces
from openbeian.regime.rules.rule import RESIDENT_ID, Case, Example, Hits, Scope, rule

FIELD = "organizer.residence_permit"
ADDRESS = "organizer.certificate.address"


def printed_province(case: Case) -> str | None:
    """The code of the province that the address printed on the organizer's certificate begins with."""
    address = case.dossier.organizer.certificate.address
    return next((code for code, row in provinces().items() if address.startswith(row.name)), None)


def check(case: Case) -> Hits:
    organizer = case.dossier.organizer
    if organizer.certificate.type == RESIDENT_ID and not organizer.residence_permit:
        if printed_province(case) not in (None, organizer.province) and organizer.province in provinces():
            yield FIELD


RULE = rule(
    "OB-IND-003", check,
    scope=Scope.INDIVIDUAL,
    passes=(Example("individual"),
            Example("individual", {FIELD: None, ADDRESS: "北京市朝阳区样本路6号"})),
    fails=(Example("individual", {FIELD: None}, fields=(FIELD,)),),
)
