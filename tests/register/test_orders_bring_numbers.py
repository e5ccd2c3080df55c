"""From an accepted order to a number, and from an accepted cancellation to its end, through the real order rooms."""

import pytest

from openbeian.filings import submission
from openbeian.filings.errors import KindNotAllowed
from openbeian.filings.models import Order
from openbeian.ledger import clock
from openbeian.regime.facts import NO_STANDING, Approval
from openbeian.regime.lifecycle import Action, State
from openbeian.register import queries
from openbeian.register.errors import NumberRefused
from openbeian.register.models import Service
from openbeian.review import verbs as review
from tests import samples
from tests.orders import AUTHORITY, ORGANIZER, REVIEWER, account, submitted, take_action  # noqa: F401

pytestmark = pytest.mark.django_db
APPID = "wx0000000000000001"
SUBJECT, NUMBER = "浙ICP备2023000001号", "浙ICP备2023000001号-1X"


def accept(order: Order, approval: Approval | None) -> Order:
    """The administration takes an order in platform review all the way to its yes."""
    review.approve(order_id=order.pk, reviewer=REVIEWER)
    for action in (Action.UPLOADED, Action.VERIFIED):
        take_action(order_id=order.pk, action=action, actor=AUTHORITY, at=clock.now())
    return take_action(order_id=order.pk, action=Action.ACCEPT, actor=AUTHORITY, at=clock.now(), outcome=approval)


def test_a_number_comes_with_the_approval_and_goes_with_the_cancellation(submitted, at) -> None:  # noqa: F811
    order = submitted(APPID)
    assert queries.standing(appid=APPID) == NO_STANDING
    filed_at = at("2023-10-10T09:00:00+08:00")
    accept(order, Approval(SUBJECT, NUMBER, "ZJ1", "ZJ1-1", filed_at))
    standing = queries.standing(appid=APPID)
    assert (standing.subject_number, standing.service.number, standing.services_in_force) == (SUBJECT, NUMBER, 1)
    shown = queries.by_number(NUMBER)
    assert (shown.organizer_name, shown.service_name, shown.in_force) == ("杭州青禾示例科技有限公司", "青禾文具", True)

    ended_at = at("2023-12-01T09:00:00+08:00")
    who = account(APPID, samples.enterprise_dossier())
    cancellation = {"cancellation": {"reason": 1, "remark": "不再经营"}}
    ending = submission.file(kind="cancel_service", appid=APPID, document=cancellation, account=who, actor=ORGANIZER)
    assert accept(ending, None).state == State.CANCELLED
    assert list(Service.objects.values_list("number", "filed_at", "cancelled_at")) == [(NUMBER, filed_at, ended_at)]
    assert queries.by_number(NUMBER).in_force is False
    with pytest.raises(KindNotAllowed):
        submission.open_order(kind="cancel_service", appid=APPID, account=who, actor=ORGANIZER)


def test_an_order_whose_number_is_refused_is_not_filed(submitted, at) -> None:  # noqa: F811
    first, second = submitted(APPID), None
    at("2023-10-10T09:00:00+08:00")
    accept(first, Approval(SUBJECT, NUMBER, "ZJ1", "ZJ1-1", clock.now()))
    second = submitted("wx0000000000000002", dossier=samples.individual_dossier())
    with pytest.raises(NumberRefused):
        accept(second, Approval(SUBJECT, NUMBER, "ZJ1", "ZJ1-1", clock.now()))
    second.refresh_from_db()
    assert second.state == State.AUTHORITY_REVIEW
    assert Service.objects.count() == 1
