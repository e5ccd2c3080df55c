"""OB-SVC-003: no service content twice."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.contents"


def check(case: Case) -> Iterator[str]:
    contents = case.dossier.service.contents
    for i, code in enumerate(contents):
        if code in contents[:i]:
            yield f"{FIELD}.{i}"


RULE = Rule(
    id="OB-SVC-003",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="服务内容不得重复",
    title_en="No service content is chosen twice",
    reason_zh="{field}与前面的项重复。",
    reason_en="{field} repeats an earlier one.",
    remedy_zh="请删除重复项。",
    remedy_en="Remove the repetition.",
    check=check,
    passes=(Example("enterprise"),),
    fails=(Example("enterprise", {FIELD: [163, 164, 163]}, fields=(f"{FIELD}.2",)),),
)
