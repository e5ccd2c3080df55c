"""OB-CER-004: a principal's certificate is still valid."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "organizer.principal.certificate.valid_until"


def check(case: Case) -> Hits:
    """The day printed as the end is still a day of validity."""
    for path, end in case.expiries:
        if end < case.today:
            yield path


RULE = rule(
    "OB-CER-004", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: "20230904"}, fields=(FIELD,)),
           Example("individual", {"service.principal.certificate.valid_until": "20230101"},
                   fields=("service.principal.certificate.valid_until",))),
)
