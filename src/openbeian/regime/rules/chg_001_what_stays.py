"""OB-CHG-001: a change keeps the organizer's nature, province and certificate."""

from openbeian.regime.kinds import fixed_fields_changed
from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule

CHANGE = {"kind": "change_both", "filed": {"service.description": "展示本公司自产的文具，提供商品浏览、下单与订单查询服务。"}}


def check(case: Case) -> Hits:
    if case.filed is not None:
        yield from fixed_fields_changed(case.dossier, case.filed)


RULE = rule(
    "OB-CHG-001", check,
    scope=Scope.CHANGE,
    passes=(Example("enterprise", {}, CHANGE),),
    fails=(Example("enterprise", {}, {"kind": "change_both", "filed": {"organizer.province": "310000"}},
                   fields=("organizer.province",)),),
)
