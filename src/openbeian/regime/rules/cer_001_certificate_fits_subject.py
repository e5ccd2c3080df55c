"""OB-CER-001: the organizer's certificate is one for its nature."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import certificate_codes_of, subject_types
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "organizer.certificate.type"


def check(case: Case) -> Iterator[str]:
    nature, shown = case.dossier.organizer.type, case.dossier.organizer.certificate.type
    if nature is None or nature not in subject_types() or shown is None:
        return
    if shown not in certificate_codes_of(nature):
        yield FIELD


RULE = Rule(
    id="OB-CER-001",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="主办者证件类型须与主办者性质相符",
    title_en="The organizer's certificate is of a type for its nature",
    reason_zh="{field}与主办者性质不符。",
    reason_en="{field} is not one for an organizer of this nature.",
    remedy_zh="请选择该性质可用的证件类型，例如企业用营业执照、个人用居民身份证。",
    remedy_en="Choose a type for this nature, such as a business licence for an enterprise.",
    check=check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(
        Example("enterprise", {FIELD: 13}, fields=(FIELD,), also=("OB-MAT-004",)),
        Example("enterprise", {FIELD: 999}, fields=(FIELD,), also=("OB-MAT-004",)),
    ),
)
