"""OB-CON-005: different people have different numbers."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule

OTHER_PERSON = {
    "service.principal.name": "吴样例", "service.principal.certificate.number": "330106199001010018",
    "service.principal.mobile": "13900000003", "service.principal.email": "wu@example.com",
    "service.principal.emergency_number": "13900000004",
}


def check(case: Case) -> Hits:
    """One may be the other's emergency contact; they may not have the same mobile or the same emergency number."""
    if case.one_person:
        return
    (_, first), (path, second) = case.principals
    for name in ("mobile", "emergency_number"):
        number = getattr(second, name)
        if number and number == getattr(first, name):
            yield f"{path}.{name}"


RULE = rule(
    "OB-CON-005", check,
    passes=(Example("enterprise"), Example("enterprise", OTHER_PERSON),
            Example("enterprise", {**OTHER_PERSON, "service.principal.emergency_number": "13900000001"})),
    fails=(Example("enterprise", {**OTHER_PERSON, "service.principal.mobile": "13900000001"},
                   fields=("service.principal.mobile",)),
           Example("enterprise", {**OTHER_PERSON, "service.principal.emergency_number": "13900000002"},
                   fields=("service.principal.emergency_number",)),
           Example("enterprise", {**OTHER_PERSON, "organizer.principal.emergency_number": "(0571)87654321",
                                  "service.principal.emergency_number": "０５７１－８７６５４３２１"},
                   fields=("service.principal.emergency_number",))),
)
