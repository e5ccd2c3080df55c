"""OB-CER-006: some administrations want three months of validity."""

from openbeian.regime.rules.dates import months_after
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "organizer.principal.certificate.valid_until"


def check(case: Case) -> Hits:
    for path, end in case.expiries:
        if months_after(case.today, 1) <= end < months_after(case.today, 3):
            yield path


RULE = rule(
    "OB-CER-006", check,
    passes=(Example("enterprise", {FIELD: "20231205"}),),
    fails=(Example("enterprise", {FIELD: "20231204"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "20231005"}, fields=(FIELD,))),
)
