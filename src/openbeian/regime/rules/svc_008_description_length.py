"""OB-SVC-008: the description says enough, and not too much."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.description"
SHORTEST, LONGEST = 20, 200


def check(case: Case) -> Iterator[str]:
    """Every character counts one, Chinese or not."""
    description = case.dossier.service.description
    if description and not SHORTEST <= len(description) <= LONGEST:
        yield FIELD


RULE = Rule(
    id="OB-SVC-008",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="服务描述为 20 至 200 个字",
    title_en="The service description has 20 to 200 characters",
    reason_zh="{field}应为 20 至 200 个字。",
    reason_en="{field} must have 20 to 200 characters.",
    remedy_zh="请具体说明小程序实际提供的服务，20 至 200 个字。",
    remedy_en="Say in 20 to 200 characters what the mini program really offers.",
    check=check,
    passes=(Example("enterprise", {FIELD: "文" * 20}), Example("enterprise", {FIELD: "文" * 200})),
    fails=(Example("enterprise", {FIELD: "文" * 19}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "文" * 201}, fields=(FIELD,))),
)
