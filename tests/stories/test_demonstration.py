"""The demonstration's story, told on real processes, with every fact it claims."""

import pytest
from django.db import transaction

from openbeian.demo import demonstration
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor, Role

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_story_from_august_2023_to_april_2024(services) -> None:
    lines: list[str] = []
    facts = demonstration.tell(
        web_url=services.web_url, simulator_url=services.simulator_url, say=lines.append).as_json()
    assert facts["invariants"]["violated"] == []
    assert facts["invariants"]["checked"] > 100
    assert {(order["appid"][-2:], order["kind"], order["states"][-1]["state"]) for order in facts["orders"]} == {
        ("a1", "first_filing", "filed"),
        ("b2", "first_filing", "filed"),
        ("c3", "first_filing", "expired"),  # refused, then left alone for sixty days
        ("e5", "first_filing", "filed"),
        ("e5", "cancel_service", "cancelled"),
        ("f6", "first_filing", "filed"),
    }
    numbers = [order["number"] for order in facts["orders"] if order["number"]]
    assert sorted(numbers) == [
        "沪ICP备2023000001号-1X", "浙ICP备2023000001号-1X", "苏ICP备2024000001号-1X", "鄂ICP备2023000001号-1X"]
    returned = [step["state"] for order in facts["orders"] if order["appid"].endswith("a1") for step in order["states"]]
    assert returned == ["draft", "platform_review", "returned", "platform_review", "handover", "sms_pending",
                        "authority_review", "filed"]
    lapsed = [step["state"] for order in facts["orders"] if order["appid"].endswith("b2") for step in order["states"]]
    assert lapsed == ["draft", "platform_review", "handover", "sms_pending", "sms_lapsed", "handover", "sms_pending",
                      "authority_review", "filed"]
    assert facts["sweep"] == {"at": "2024-04-01T00:00:00+08:00", "taken_offline": 2, "second_run": 0}
    assert [(g["allowed"], g["code"]) for g in facts["gate"] if g["appid"].endswith("d4")] == [
        (True, "listed_before_start_until_deadline"),
        (True, "listed_before_start_until_deadline"),
        (False, "unfiled_after_deadline"),
        (True, "listed_before_start_until_deadline"),
        (False, "unfiled_after_deadline"),
    ]


def test_a_database_with_real_events_is_never_emptied(settings, at) -> None:
    """``DATABASE_URL`` of a real system, and ``./run`` typed in the wrong window."""
    at("2024-05-01T10:00:00+08:00")
    with transaction.atomic():
        record(tag="user:create", actor=Actor(Role.OPERATOR, "user:1"), subject="user:1", at=clock.now())
    settings.OPENBEIAN_INSTANCE = "demo"
    with pytest.raises(demonstration.NotADemonstration):
        demonstration.reset()
    with pytest.raises(demonstration.NotADemonstration):
        demonstration.ensure(web_url="http://127.0.0.1:9", simulator_url="http://127.0.0.1:9", say=print)
    assert Event.objects.filter(actor_id="user:1").count() == 1
