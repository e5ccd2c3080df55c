"""OB-CAN-002: a cancellation holds nothing but the cancellation."""

from dataclasses import replace

from openbeian.regime.dossier import Materials, Organizer, Service
from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule


def check(case: Case) -> Hits:
    """The mini program's name is no filing data: it comes with the account, not from the organizer."""
    dossier = case.dossier
    if dossier.organizer != Organizer():
        yield "organizer"
    if replace(dossier.service, name="") != Service():
        yield "service"
    if dossier.materials != Materials():
        yield "materials"


RULE = rule(
    "OB-CAN-002", check,
    scope=Scope.CANCELLATION,
    passes=(Example("cancellation"),),
    fails=(Example("cancellation", {"organizer": {"name": "杭州青禾示例科技有限公司"}}, fields=("organizer",)),
           Example("cancellation", {"service": {"contents": [3]}, "materials": {"promise_video": ["MEDIA_VIDEO_0001"]}},
                   fields=("service", "materials"))),
)
