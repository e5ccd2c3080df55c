"""OB-CER-002: a principal shows a person's certificate."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import INDIVIDUAL, certificate_codes_of
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "organizer.principal.certificate.type"


def check(case: Case) -> Iterator[str]:
    personal = certificate_codes_of(INDIVIDUAL)
    for path, principal in case.principals:
        if principal.certificate.type is not None and principal.certificate.type not in personal:
            yield f"{path}.certificate.type"


RULE = Rule(
    id="OB-CER-002",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="负责人证件须为个人证件",
    title_en="A principal's certificate is one of a person",
    reason_zh="{field}不是个人证件。",
    reason_en="{field} is not a certificate of a person.",
    remedy_zh="请选择居民身份证、护照等个人证件类型。",
    remedy_en="Choose a person's certificate, such as the resident identity card or a passport.",
    check=check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: 28}, fields=(FIELD,), also=("OB-MAT-004",)),
           Example("enterprise", {"service.principal.certificate.type": 777},
                   fields=("service.principal.certificate.type",), also=("OB-MAT-004",))),
)
