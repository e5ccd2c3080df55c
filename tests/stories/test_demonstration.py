"""The demonstration's story, told on real processes, with every fact it claims."""

from pathlib import Path

import pytest
from django.db import connection

from openbeian.accounts.models import UserRole
from openbeian.accounts.verbs import create_user
from openbeian.demo import demonstration
from openbeian.demo.belongings import tables_in_use
from openbeian.demo.kind import NotADemonstration
from openbeian.ledger import clock
from openbeian.ledger.instance import WrongDatabase
from openbeian.regime.actors import Actor, Role
from tests.conformance.documents import block
from tests.conformance.terminal import Terminal

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_story_from_august_2023_to_april_2024(services, tmp_path: Path) -> None:
    lines: list[str] = []
    demonstration.begin()
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

    with Terminal(tmp_path).open() as terminal:
        printed = terminal.run(block("README.md", "./run gate check").text)
    for told in ("listed_before_start_until_deadline", "unfiled_after_deadline", "浙ICP备2023000001号-1X"):
        assert told in printed

    services.stop("worker")
    demonstration.complete()
    demonstration.refuse_other_data()
    clock.set_instant(clock.now(), running=True)
    with pytest.raises(demonstration.HoldsOtherData, match=r"\(ledger_clocksetting\)"):
        demonstration.refuse_other_data()
    demonstration.begin()
    assert tables_in_use() == ["ledger_clocksetting"]


def test_a_setting_with_which_the_story_would_stop_is_named(settings) -> None:
    demonstration.check_settings()
    settings.OPENBEIAN_FACE_CHECK = "page"
    with pytest.raises(NotADemonstration, match="needs the default of OPENBEIAN_FACE_CHECK; unset it.$"):
        demonstration.check_settings()


def test_a_database_with_anything_in_it_is_not_replaced_unasked(at) -> None:
    demonstration.refuse_other_data()
    at("2024-05-01T10:00:00+08:00")
    create_user(username="wang", password="a-long-password", role=UserRole.OPERATOR, actor=Actor(Role.OPERATOR, "user:1"))
    with pytest.raises(demonstration.HoldsOtherData) as refused:
        demonstration.refuse_other_data()
    assert refused.value.en == (
        "The database holds data that the demonstration did not write (accounts_user, ledger_clocksetting, ledger_event). "
        "Nothing was changed; --replace empties it.")


def test_a_production_instance_is_never_emptied(at) -> None:
    at("2024-05-01T10:00:00+08:00")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE openbeian_instance SET kind = 'production'")
    with pytest.raises(WrongDatabase):
        demonstration.begin()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE openbeian_instance SET kind = 'test'")
    assert tables_in_use() == ["ledger_clocksetting"]
