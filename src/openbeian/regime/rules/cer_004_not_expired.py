"""OB-CER-004: a principal's certificate is still valid."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "organizer.principal.certificate.valid_until"


def check(case: Case) -> Iterator[str]:
    """The day printed as the end is still a day of validity."""
    for path, end in case.expiries:
        if end < case.today:
            yield path


RULE = Rule(
    id="OB-CER-004",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="负责人证件须在有效期内",
    title_en="The principals' certificates have not expired",
    reason_zh="证件已过期（{field}）。",
    reason_en="The certificate has expired ({field}).",
    remedy_zh="请换领新证件后，重新上传照片并填写新的有效期。",
    remedy_en="Have it renewed, then upload the new pictures and state the new dates.",
    check=check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: "20230904"}, fields=(FIELD,)),
           Example("individual", {"service.principal.certificate.valid_until": "20230101"},
                   fields=("service.principal.certificate.valid_until",))),
)
