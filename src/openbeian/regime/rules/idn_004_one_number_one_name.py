"""OB-IDN-004: one certificate number belongs to one name."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

SERVICE, LEGAL = "service.principal.name", "organizer.legal_representative.name"


def check(case: Case) -> Iterator[str]:
    people = [(f"{path}.name", person.name, person.certificate.number) for path, person in case.principals]
    if person := case.dossier.organizer.legal_representative:
        people.append((LEGAL, person.name, person.certificate_number))
    names: dict[str, str] = {}
    for path, name, number in people:
        if name and number and names.setdefault(number, name) != name:
            yield path


RULE = Rule(
    id="OB-IDN-004",
    severity=Severity.BLOCKS,
    clause=clauses.ORDER_33_23,
    title_zh="同一证件号码对应的姓名须一致",
    title_en="The same certificate number stands with the same name",
    reason_zh="{field}与同一证件号码的另一处姓名不一致。",
    reason_en="{field} differs from the name that stands with the same certificate number elsewhere.",
    remedy_zh="请核对姓名和证件号码，两处填写须一致。",
    remedy_en="Compare names and numbers; the same person must be stated the same way.",
    check=check,
    passes=(Example("enterprise", {SERVICE: "林 示例"}), Example("individual")),
    fails=(Example("enterprise", {SERVICE: "林例示"}, fields=(SERVICE,)),
           Example("enterprise", {"organizer.legal_representative.certificate_number": "330106198802140010"},
                   fields=(LEGAL,))),
)
