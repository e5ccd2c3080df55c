"""What the sandbox decides in people's place, where people or clients are quicker. The outcomes themselves are walked
on a running sandbox, in tests/conformance/test_sandbox.py.
"""

from collections.abc import Callable
from typing import Any

import pytest

from openbeian.filings.evidence import create_face_check, finish_face_check
from openbeian.filings.models import FaceCheckState, Order
from openbeian.filings.orders import withdraw
from openbeian.filings.queries import timeline
from openbeian.regime.actors import Actor, Role
from openbeian.review.verbs import claim
from openbeian.sandbox import decisions
from tests import samples
from tests.orders import ORGANIZER, damage_snapshot, submitted

__all__ = ["submitted"]
pytestmark = pytest.mark.django_db


def named(name: str) -> dict[str, Any]:
    dossier = samples.enterprise_dossier()
    dossier["organizer"]["name"] = name
    return dossier


def state(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def test_the_sandbox_decides_as_a_reviewer_of_its_own(submitted: Callable[..., Order]) -> None:
    order = submitted()
    decisions.review_order(order_id=order.pk)
    last = timeline(order).last()
    assert (last.tag, last.actor_role, last.actor_id) == ("order:approve", "reviewer", "sandbox")
    assert state(order) == "handover"


def test_deciding_twice_is_deciding_once(submitted: Callable[..., Order]) -> None:
    order = submitted(dossier=named("杭州沙箱退回示例有限公司"))
    decisions.review_order(order_id=order.pk)
    decisions.review_order(order_id=order.pk)
    assert state(order) == "returned"
    assert order.findings.filter(source="reviewer").count() == 3


def test_an_order_that_a_person_has_taken_is_the_person_s(submitted: Callable[..., Order]) -> None:
    order = submitted()
    claim(order_id=order.pk, reviewer=Actor(Role.REVIEWER, "user:7"))
    decisions.review_order(order_id=order.pk)
    assert state(order) == "platform_review"


def test_an_order_that_was_withdrawn_stays_so(submitted: Callable[..., Order]) -> None:
    order = submitted()
    withdraw(order_id=order.pk, actor=ORGANIZER)
    decisions.review_order(order_id=order.pk)
    assert state(order) == "withdrawn"


def test_an_order_whose_snapshot_is_damaged_is_left_to_people(submitted: Callable[..., Order]) -> None:
    order = submitted()
    damage_snapshot(order)
    decisions.review_order(order_id=order.pk)
    assert state(order) == "platform_review"


def test_a_face_check_that_the_page_was_quicker_with_stays_so(at: Callable[[str], Any]) -> None:
    at("2026-03-02T10:00:00+08:00")
    task = create_face_check(appid="wx0000000000000001", actor=ORGANIZER)
    finish_face_check(task_id=task.task_id, passed=False, actor=ORGANIZER)
    decisions.take_face_check(task_id=task.task_id)
    task.refresh_from_db()
    assert task.state == FaceCheckState.FAILED
