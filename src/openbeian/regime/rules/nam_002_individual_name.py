"""OB-NAM-002: an individual's mini program is not named like a business."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Scope

FIELD = "service.name"
WORDS = ("公司", "企业", "商城", "博客", "论坛", "社区", "平台", "工作室", "网络", "热线", "导航", "服务")


def check(case: Case) -> Iterator[str]:
    if any(word in case.dossier.service.name for word in WORDS):
        yield FIELD


RULE = Rule(
    id="OB-NAM-002",
    severity=Severity.CONFIRM,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="个人小程序名称不宜含企业、行业类用语",
    title_en="An individual's mini program is not named like a business",
    reason_zh="个人主体的{field}含有企业、行业类用语，容易被驳回。",
    reason_en="{field} sounds like a business; administrations often reject that for an individual.",
    remedy_zh="请更改为体现个人用途的名称。",
    remedy_en="Choose a name that tells of personal use.",
    check=check,
    scope=Scope.INDIVIDUAL,
    passes=(Example("individual"), Example("enterprise", {}, {"account.name": "青禾文具商城"})),
    fails=(Example("individual", {}, {"account.name": "记账平台"}, fields=(FIELD,)),),
)
