"""OB-NAM-002: an individual's mini program is not named like a business."""

from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule

FIELD = "service.name"
WORDS = ("公司", "企业", "商城", "博客", "论坛", "社区", "平台", "工作室", "网络", "热线", "导航", "服务")


def check(case: Case) -> Hits:
    if any(word in case.dossier.service.name for word in WORDS):
        yield FIELD


RULE = rule(
    "OB-NAM-002", check,
    scope=Scope.INDIVIDUAL,
    passes=(Example("individual"), Example("enterprise", {}, {"account.name": "青禾文具商城"})),
    fails=(Example("individual", {}, {"account.name": "记账平台"}, fields=(FIELD,)),),
)
