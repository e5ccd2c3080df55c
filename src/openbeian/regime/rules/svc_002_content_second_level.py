"""OB-SVC-002: service contents are of the second level."""

from collections.abc import Iterator

from openbeian.regime.code_tables import service_contents
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, rule

FIELD = "service.contents"


def check(case: Case) -> Iterator[str]:
    table = service_contents()
    for i, code in enumerate(case.dossier.service.contents):
        if code not in table or table[code].parent == 0:
            yield f"{FIELD}.{i}"


RULE = rule(
    "OB-SVC-002", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: [163, 512]}, fields=(f"{FIELD}.1",)),
           Example("enterprise", {FIELD: [9999, 163]}, fields=(f"{FIELD}.0",))),
)
