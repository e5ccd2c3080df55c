"""OB-SVC-002: service contents are of the second level."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import service_contents
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.contents"


def check(case: Case) -> Iterator[str]:
    table = service_contents()
    for i, code in enumerate(case.dossier.service.contents):
        if code not in table or table[code].parent == 0:
            yield f"{FIELD}.{i}"


RULE = Rule(
    id="OB-SVC-002",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="服务内容须为二级类目",
    title_en="Service contents are of the second level",
    reason_zh="{field}不存在，或是一级类目。",
    reason_en="{field} does not exist, or is of the first level.",
    remedy_zh="请选择二级类目。",
    remedy_en="Choose an item of the second level.",
    check=check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: [163, 512]}, fields=(f"{FIELD}.1",)),
           Example("enterprise", {FIELD: [9999, 163]}, fields=(f"{FIELD}.0",))),
)
