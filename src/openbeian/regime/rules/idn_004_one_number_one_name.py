"""OB-IDN-004: one certificate number belongs to one name."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule

SERVICE, LEGAL = "service.principal.name", "organizer.legal_representative.name"


def check(case: Case) -> Hits:
    people = [(f"{path}.name", person.name, person.certificate.number) for path, person in case.principals]
    if person := case.dossier.organizer.legal_representative:
        people.append((LEGAL, person.name, person.certificate_number))
    names: dict[str, str] = {}
    for path, name, number in people:
        if name and number and names.setdefault(number, name) != name:
            yield path


RULE = rule(
    "OB-IDN-004", check,
    passes=(Example("enterprise", {SERVICE: "林 示例"}), Example("individual")),
    fails=(Example("enterprise", {SERVICE: "林例示"}, fields=(SERVICE,)),
           Example("enterprise", {"organizer.legal_representative.certificate_number": "330106198802140010"},
                   fields=(LEGAL,))),
)
