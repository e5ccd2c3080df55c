"""Who has taken an order decides it: the claim is part of the statement that moves the order."""

from collections.abc import Callable

import pytest

from openbeian.filings.errors import Conflict
from openbeian.filings.models import Order
from openbeian.regime.actors import Actor, Role
from openbeian.review.verbs import (
    ClaimedByAnother,
    ReviewFinding,
    approve,
    claim,
    release,
    return_for_completion,
)
from tests.orders import submitted  # noqa: F401

WANG, LI = Actor(Role.REVIEWER, "user:1"), Actor(Role.REVIEWER, "user:2")
FINDING = ReviewFinding(field="service.description", reason="描述过于简单", remedy="写明实际业务")

pytestmark = pytest.mark.django_db


def test_nobody_decides_an_order_that_another_reviewer_has_taken(submitted: Callable[..., Order]) -> None:
    order = submitted()
    claim(order_id=order.pk, reviewer=WANG)
    with pytest.raises(ClaimedByAnother):
        approve(order_id=order.pk, reviewer=LI)
    with pytest.raises(ClaimedByAnother):
        return_for_completion(order_id=order.pk, reviewer=LI, findings=[FINDING])
    order.refresh_from_db()
    assert (order.state, order.claimed_by) == ("platform_review", WANG.id)

    assert approve(order_id=order.pk, reviewer=WANG).state == "handover"


def test_after_its_release_another_reviewer_may_decide(submitted: Callable[..., Order]) -> None:
    order = submitted()
    claim(order_id=order.pk, reviewer=WANG)
    release(order_id=order.pk, reviewer=WANG)
    returned = return_for_completion(order_id=order.pk, reviewer=LI, findings=[FINDING])
    assert (returned.state, returned.claimed_by) == ("returned", "")


def test_an_order_that_nobody_took_may_be_decided_once(submitted: Callable[..., Order]) -> None:
    order = submitted()
    approve(order_id=order.pk, reviewer=LI)
    with pytest.raises(Conflict):
        approve(order_id=order.pk, reviewer=WANG)
