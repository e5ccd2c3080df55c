"""OB-IDN-003: the legal representative's certificate number."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import INDIVIDUAL, certificate_types_of
from openbeian.regime.findings import Severity
from openbeian.regime.identity import certificate_problem
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "organizer.legal_representative.certificate_number"


def check(case: Case) -> Iterator[str]:
    """The dossier does not state the type, so the number must be possible for some certificate of a person."""
    person = case.dossier.organizer.legal_representative
    if person and person.certificate_number and all(
        certificate_problem(kind.code, person.certificate_number) for kind in certificate_types_of(INDIVIDUAL)
    ):
        yield FIELD


RULE = Rule(
    id="OB-IDN-003",
    severity=Severity.BLOCKS,
    clause=clauses.GB_11643,
    title_zh="法定代表人证件号码须符合个人证件的编码规则",
    title_en="The legal representative's number is possible for a person's certificate, check digit included",
    reason_zh="{field}有误：不符合任何一种个人证件的编码规则，请核对是否有错字。",
    reason_en="{field} fits no certificate of a person; look for a mistyped sign.",
    remedy_zh="请按证件原件核对并更正号码。",
    remedy_en="Compare it with the original document and correct the number.",
    check=check,
    passes=(Example("enterprise"), Example("enterprise", {FIELD: "E12345678"})),
    fails=(Example("enterprise", {FIELD: "330106197906300028"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "周"}, fields=(FIELD,))),
)
