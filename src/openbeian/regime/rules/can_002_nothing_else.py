"""OB-CAN-002: a cancellation holds nothing but the cancellation."""

from collections.abc import Iterator
from dataclasses import replace

from openbeian.regime import clauses
from openbeian.regime.dossier import Materials, Organizer, Service
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Scope


def check(case: Case) -> Iterator[str]:
    """The mini program's name is no filing data: it comes with the account, not from the organizer."""
    dossier = case.dossier
    if dossier.organizer != Organizer():
        yield "organizer"
    if replace(dossier.service, name="") != Service():
        yield "service"
    if dossier.materials != Materials():
        yield "materials"


RULE = Rule(
    id="OB-CAN-002",
    severity=Severity.BLOCKS,
    clause=clauses.DOSSIER_FORMAT,
    title_zh="注销订单只填写注销信息",
    title_en="A cancellation holds nothing but the cancellation",
    reason_zh="注销订单不应包含备案信息（{field}）。",
    reason_en="A cancellation order holds no filing data ({field}).",
    remedy_zh="请删除备案信息；需要变更的请另行办理变更备案。",
    remedy_en="Remove the filing data; changes need an order of their own.",
    check=check,
    scope=Scope.CANCELLATION,
    passes=(Example("cancellation"),),
    fails=(Example("cancellation", {"organizer": {"name": "杭州青禾示例科技有限公司"}}, fields=("organizer",)),
           Example("cancellation", {"service": {"contents": [3]}, "materials": {"promise_video": ["MEDIA_VIDEO_0001"]}},
                   fields=("service", "materials"))),
)
