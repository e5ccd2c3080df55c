"""OB-SVC-002: service contents are of the second level."""

from openbeian.regime.code_tables import service_contents
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "service.contents"


def check(case: Case) -> Hits:
    """Names the list, because the dossier has the codes in another order than they were sent.

    A code that could not be read has a finding already.
    """
    table = service_contents()
    if any(code >= 0 and (code not in table or table[code].parent == 0) for code in case.dossier.service.contents):
        yield FIELD


RULE = rule(
    "OB-SVC-002", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: [163, 512]}, fields=(FIELD,)),
           Example("enterprise", {FIELD: [9999, 163]}, fields=(FIELD,))),
)
