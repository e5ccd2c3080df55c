"""OB-ORG-003: the organizer's nature is one of the table."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import subject_types
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "organizer.type"


def check(case: Case) -> Iterator[str]:
    kind = case.dossier.organizer.type
    if kind is not None and kind not in subject_types():
        yield FIELD


RULE = Rule(
    id="OB-ORG-003",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="主办者性质须存在",
    title_en="The organizer's nature exists",
    reason_zh="{field}不存在。",
    reason_en="{field} does not exist.",
    remedy_zh="请按单位性质代码表选择，例如企业（4）、个人（5）。",
    remedy_en="Choose one from the code table, such as enterprise (4) or individual (5).",
    check=check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: 7}, fields=(FIELD,)),),
)
