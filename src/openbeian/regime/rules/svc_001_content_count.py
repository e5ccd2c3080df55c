"""OB-SVC-001: one to five service contents."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.contents"


def check(case: Case) -> Iterator[str]:
    if not 1 <= len(case.dossier.service.contents) <= 5:
        yield FIELD


RULE = Rule(
    id="OB-SVC-001",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="服务内容选择 1 至 5 项",
    title_en="One to five service contents are chosen",
    reason_zh="{field}应选择 1 至 5 项。",
    reason_en="{field} must have one to five items.",
    remedy_zh="请选择最能说明小程序实际服务的 1 至 5 项。",
    remedy_en="Choose the one to five that say best what the mini program does.",
    check=check,
    passes=(Example("enterprise", {FIELD: [163]}), Example("enterprise", {FIELD: [1, 2, 3, 4, 5]})),
    fails=(Example("enterprise", {FIELD: []}, fields=(FIELD,)),
           Example("enterprise", {FIELD: [1, 2, 3, 4, 5, 6]}, fields=(FIELD,))),
)
