"""OB-CON-004: the emergency number is another one than the mobile."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "organizer.principal.emergency_number"


def check(case: Case) -> Hits:
    for path, principal in case.principals:
        if principal.mobile and principal.mobile == principal.emergency_number:
            yield f"{path}.emergency_number"


RULE = rule(
    "OB-CON-004", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: "13900000001"}, fields=(FIELD,)),
           Example("individual", {"service.principal.emergency_number": "139 0000 0011"},
                   fields=("service.principal.emergency_number",))),
)
