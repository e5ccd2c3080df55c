"""OB-IDN-002: the principals' certificate numbers."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import INDIVIDUAL, certificate_codes_of
from openbeian.regime.findings import Severity
from openbeian.regime.identity import certificate_problem
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Spot

SUBJECT, SERVICE = "organizer.principal.certificate.number", "service.principal.certificate.number"


def check(case: Case) -> Iterator[Spot]:
    """Certificates of the wrong type are the matter of OB-CER-002."""
    personal = certificate_codes_of(INDIVIDUAL)
    for path, principal in case.principals:
        certificate = principal.certificate
        if certificate.type in personal and certificate.number:
            if problem := certificate_problem(certificate.type, certificate.number):
                yield Spot(f"{path}.certificate.number", problem.zh, problem.en)


RULE = Rule(
    id="OB-IDN-002",
    severity=Severity.BLOCKS,
    clause=clauses.GB_11643,
    title_zh="负责人证件号码须符合该类证件的编码规则",
    title_en="The principals' certificate numbers are possible for their types, check digits included",
    reason_zh="{field}有误：{why}。",
    reason_en="{field} cannot be right: {why}.",
    remedy_zh="请按证件原件核对并更正号码，或更正证件类型。",
    remedy_en="Compare it with the original document and correct the number or the type.",
    check=check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(
        Example("enterprise", {SUBJECT: "330106198802140011", SERVICE: "330106198802140011"},
                fields=(SUBJECT, SERVICE)),
        Example("enterprise", {SUBJECT: "330106198813140010", SERVICE: "330106198813140010"},
                fields=(SUBJECT, SERVICE)),
    ),
)
