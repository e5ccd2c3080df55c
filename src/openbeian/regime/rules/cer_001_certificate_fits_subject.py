"""OB-CER-001: the organizer's certificate is one for its nature."""

from openbeian.regime.code_tables import certificate_codes_of, subject_types
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "organizer.certificate.type"


def check(case: Case) -> Hits:
    nature, shown = case.dossier.organizer.type, case.dossier.organizer.certificate.type
    if nature is None or nature not in subject_types() or shown is None:
        return
    if shown not in certificate_codes_of(nature):
        yield FIELD


RULE = rule(
    "OB-CER-001", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(
        Example("enterprise", {FIELD: 13}, fields=(FIELD,), also=("OB-MAT-004",)),
        Example("enterprise", {FIELD: 999}, fields=(FIELD,), also=("OB-MAT-004",)),
    ),
)
