"""OB-IDN-002: the principals' certificate numbers."""

from openbeian.regime.code_tables import INDIVIDUAL, certificate_codes_of
from openbeian.regime.identity import certificate_problem
from openbeian.regime.rules.rule import Case, Example, Hits, Spot, rule

SUBJECT, SERVICE = "organizer.principal.certificate.number", "service.principal.certificate.number"


def check(case: Case) -> Hits:
    """Certificates of the wrong type are the matter of OB-CER-002."""
    personal = certificate_codes_of(INDIVIDUAL)
    for path, principal in case.principals:
        certificate = principal.certificate
        if certificate.type in personal and certificate.number:
            if problem := certificate_problem(certificate.type, certificate.number):
                yield Spot(f"{path}.certificate.number", problem.zh, problem.en)


RULE = rule(
    "OB-IDN-002", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(
        Example("enterprise", {SUBJECT: "330106198802140011", SERVICE: "330106198802140011"},
                fields=(SUBJECT, SERVICE)),
        Example("enterprise", {SUBJECT: "330106198813140010", SERVICE: "330106198813140010"},
                fields=(SUBJECT, SERVICE)),
    ),
)
