"""OB-IDN-001: the organizer's certificate number."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import certificate_types
from openbeian.regime.findings import Severity
from openbeian.regime.identity import certificate_problem
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Spot

FIELD = "organizer.certificate.number"


def check(case: Case) -> Iterator[Spot]:
    certificate = case.dossier.organizer.certificate
    if certificate.number and certificate.type is not None and certificate.type in certificate_types():
        if problem := certificate_problem(certificate.type, certificate.number):
            yield Spot(FIELD, problem.zh, problem.en)


RULE = Rule(
    id="OB-IDN-001",
    severity=Severity.BLOCKS,
    clause=clauses.GB_32100,
    title_zh="主办者证件号码须符合该类证件的编码规则",
    title_en="The organizer's certificate number is possible for its type, check digit included",
    reason_zh="{field}有误：{why}。",
    reason_en="{field} cannot be right: {why}.",
    remedy_zh="请按证件原件核对并更正号码，或更正证件类型。",
    remedy_en="Compare it with the original certificate and correct the number or the type.",
    check=check,
    passes=(Example("enterprise"), Example("enterprise", {FIELD: "91330106MA0000016N"})),
    fails=(Example("enterprise", {FIELD: "91330106MA0000015L"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "9133"}, fields=(FIELD,)),
           Example("individual", {FIELD: "420103199208180034"}, fields=(FIELD,), also=("OB-IND-001",))),
)
