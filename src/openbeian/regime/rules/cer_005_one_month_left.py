"""OB-CER-005: at least one month of validity is left.

Guides of platforms ask for one to three months. The platform's own steps say one, so one blocks; what falls
short of three is told by OB-CER-006. A month is a calendar month: on 5 September the certificate must hold on
5 October. The whole road (first review, SMS, 20 working days) takes about that long.
"""

from openbeian.regime.rules.dates import months_after
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "organizer.principal.certificate.valid_until"


def check(case: Case) -> Hits:
    for path, end in case.expiries:
        if case.today <= end < months_after(case.today, 1):
            yield path


RULE = rule(
    "OB-CER-005", check,
    passes=(Example("enterprise"), Example("individual", {FIELD: "20240105"})),
    fails=(Example("enterprise", {FIELD: "20231004"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "20230905"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "20240228"}, {"now": "2024-01-31T10:00:00+08:00",
                   "face_check.finished_at": "2024-01-31T09:00:00+08:00"}, fields=(FIELD,))),
)
