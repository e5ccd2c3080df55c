"""OB-SVC-003: no service content twice."""

from collections.abc import Iterator

from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, rule

FIELD = "service.contents"


def check(case: Case) -> Iterator[str]:
    contents = case.dossier.service.contents
    for i, code in enumerate(contents):
        if code in contents[:i]:
            yield f"{FIELD}.{i}"


RULE = rule(
    "OB-SVC-003", check,
    passes=(Example("enterprise"),),
    fails=(Example("enterprise", {FIELD: [163, 164, 163]}, fields=(f"{FIELD}.2",)),),
)
