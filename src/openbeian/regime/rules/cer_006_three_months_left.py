"""OB-CER-006: some administrations want three months of validity."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.dates import months_after
from openbeian.regime.rules.rule import Example, Rule

FIELD = "organizer.principal.certificate.valid_until"


def check(case: Case) -> Iterator[str]:
    for path, end in case.expiries:
        if months_after(case.today, 1) <= end < months_after(case.today, 3):
            yield path


RULE = Rule(
    id="OB-CER-006",
    severity=Severity.INFORMS,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="负责人证件剩余有效期宜不少于三个月",
    title_en="Three months of validity are better left on the principals' certificates",
    reason_zh="证件剩余有效期不足三个月（{field}），部分省通信管理局可能要求更长。",
    reason_en="Less than three months of validity are left ({field}); some administrations want more.",
    remedy_zh="如可换领，建议先换领新证件。",
    remedy_en="Renew the certificate first if you can.",
    check=check,
    passes=(Example("enterprise", {FIELD: "20231205"}),),
    fails=(Example("enterprise", {FIELD: "20231204"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "20231005"}, fields=(FIELD,))),
)
