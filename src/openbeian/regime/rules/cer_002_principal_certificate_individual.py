"""OB-CER-002: a principal shows a person's certificate."""

from openbeian.regime.code_tables import INDIVIDUAL, certificate_codes_of
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "organizer.principal.certificate.type"


def check(case: Case) -> Hits:
    personal = certificate_codes_of(INDIVIDUAL)
    for path, principal in case.principals:
        if principal.certificate.type is not None and principal.certificate.type not in personal:
            yield f"{path}.certificate.type"


RULE = rule(
    "OB-CER-002", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: 28}, fields=(FIELD,), also=("OB-MAT-004",)),
           Example("enterprise", {"service.principal.certificate.type": 777},
                   fields=("service.principal.certificate.type",), also=("OB-MAT-004",))),
)
