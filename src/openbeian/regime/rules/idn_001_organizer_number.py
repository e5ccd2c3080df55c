"""OB-IDN-001: the organizer's certificate number."""

from openbeian.regime.code_tables import certificate_types
from openbeian.regime.identity import certificate_problem
from openbeian.regime.rules.rule import Case, Example, Hits, Spot, rule

FIELD = "organizer.certificate.number"


def check(case: Case) -> Hits:
    certificate = case.dossier.organizer.certificate
    if certificate.number and certificate.type is not None and certificate.type in certificate_types():
        if problem := certificate_problem(certificate.type, certificate.number):
            yield Spot(FIELD, problem.zh, problem.en)


RULE = rule(
    "OB-IDN-001", check,
    passes=(Example("enterprise"), Example("enterprise", {FIELD: "91330106MA0000016N"})),
    fails=(Example("enterprise", {FIELD: "91330106MA0000015L"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "9133"}, fields=(FIELD,)),
           Example("individual", {FIELD: "420103199208180034"}, fields=(FIELD,), also=("OB-IND-001",))),
)
