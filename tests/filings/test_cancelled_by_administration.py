"""The administration ends a record by itself: what follows for the organizer's other mini programs and open orders."""

from collections.abc import Callable
from datetime import datetime

import pytest

from openbeian.filings import decide, errors, submission
from openbeian.filings.models import Order
from openbeian.filings.queries import account_of, submitted_dossier
from openbeian.ledger import clock
from openbeian.notices.models import Notice
from openbeian.regime.dossier import document
from openbeian.regime.facts import Approval
from openbeian.regime.lifecycle import Action
from openbeian.register import queries as register
from openbeian.register.errors import NotInForce, NumberRefused
from openbeian.register.models import Access, Service, Subject
from openbeian.review.verbs import approve
from openbeian.shelf.queries import gate
from tests.filings.test_kinds import (  # noqa: F401 – fixtures
    APP,
    NUMBER,
    OTHER,
    PURPOSE,
    cancel,
    changed,
    decided,
    file,
    filed,
    listed,
    sent,
)
from tests.orders import AUTHORITY, ORGANIZER, REVIEWER, take_action
from tests.shelf.catalogue import stock

pytestmark = pytest.mark.django_db
FIRST, SECOND = f"{NUMBER}-1X", f"{NUMBER}-2X"
SUBJECT, SERVICE, ACCESS = 0, 1, 2


@pytest.fixture
def two(filed: Order) -> Order:  # noqa: F811
    """An organizer with two mini programs on the shelf; the order of the second."""
    stock((APP, "2023-08-01T10:00:00+08:00"), (OTHER, "2023-08-01T10:00:00+08:00"))
    return decided(file(sent(OTHER), OTHER), SECOND)


def follow(category: int, key: str, province: str = "330000") -> list[str]:
    return decide.follow_cancellation(province=province, category=category, key=key, actor=AUTHORITY, at=clock.now())


def gates() -> list[str]:
    return [gate(appid).code for appid in (APP, OTHER)]


def told() -> list[tuple[str, str]]:
    """The notices that the administrators got about an end, and the mini program each is about."""
    ends = Notice.objects.filter(code__in=("cancelled", "access_ended", "taken_offline")).order_by("code", "appid")
    return list(ends.values_list("code", "appid"))


def test_the_end_of_a_subject_ends_all_its_services_and_closes_the_shelf(
    two: Order, at: Callable[[str], datetime]
) -> None:
    ended_at = at("2024-05-01T10:00:00+08:00")
    assert follow(SUBJECT, "ZT1") == [NUMBER, FIRST, SECOND]
    assert list(Subject.objects.values_list("cancelled_at", flat=True)) == [ended_at]
    assert list(Service.objects.values_list("cancelled_at", flat=True)) == [ended_at] * 2
    assert list(Access.objects.values_list("until", flat=True)) == [ended_at] * 2
    assert gates() == ["filing_cancelled"] * 2
    assert told() == [("cancelled", APP), ("cancelled", OTHER), ("taken_offline", APP), ("taken_offline", OTHER)]
    assert follow(SUBJECT, "ZT1") == []


def test_the_end_of_a_service_leaves_its_organizer_and_the_other_services(
    two: Order, at: Callable[[str], datetime]
) -> None:
    at("2024-05-01T10:00:00+08:00")
    assert follow(SERVICE, "WZ1X") == [FIRST]
    assert (Subject.objects.get().cancelled_at, register.standing(appid=OTHER).services_in_force) == (None, 1)
    assert (gates(), told()) == (["filing_cancelled", "filed"], [("cancelled", APP), ("taken_offline", APP)])


def test_the_end_of_an_access_leaves_the_number_in_force(two: Order, at: Callable[[str], datetime]) -> None:
    ended_at = at("2024-05-01T10:00:00+08:00")
    assert follow(ACCESS, two.province_access_id) == [SECOND]
    assert list(Service.objects.order_by("pk").values_list("cancelled_at", flat=True)) == [None, None]
    assert list(Access.objects.order_by("pk").values_list("until", flat=True)) == [None, ended_at]
    assert (gates(), told()) == (["filed", "filing_cancelled"], [("access_ended", OTHER), ("taken_offline", OTHER)])


@pytest.mark.parametrize(("category", "key", "province"), [
    (SUBJECT, "ZT1", "110000"), (SUBJECT, "WZ1X", "330000"), (SERVICE, "ZT1", "330000"), (ACCESS, "WZ1X", "330000")])
def test_an_id_counts_in_its_own_province_and_for_its_own_sort_of_record_only(
    two: Order, category: int, key: str, province: str
) -> None:
    assert follow(category, key, province) == []
    assert (gates(), told()) == (["filed", "filed"], [])


def under_way(order: Order) -> Order:
    """The administration has the order."""
    approve(order_id=order.pk, reviewer=REVIEWER)
    for action in (Action.UPLOADED, Action.VERIFIED):
        take_action(order_id=order.pk, action=action, actor=AUTHORITY, at=clock.now())
    order.refresh_from_db()
    return order


def again(order: Order) -> Order:
    """The organizer submits what was submitted before."""
    return submission.submit(
        order_id=order.pk, document=document(submitted_dossier(order)), account=account_of(order), actor=ORGANIZER)


def approval(number: str) -> Approval:
    return Approval(NUMBER, number, "ZT1", "WZ9X", clock.now(), "JR9X")


def test_a_cancellation_under_way_has_nothing_left_to_do(two: Order) -> None:
    order = under_way(cancel("cancel_service"))
    follow(SUBJECT, "ZT1")
    assert (order.state, decide.accept(order, approval=None, actor=AUTHORITY, at=clock.now()).state) == (
        "authority_review", "cancelled")
    assert told() == [("cancelled", APP), ("cancelled", OTHER), ("taken_offline", APP), ("taken_offline", OTHER)]


def test_a_change_under_way_cannot_be_accepted_and_cannot_be_sent_again(two: Order) -> None:
    first = Order.objects.get(appid=APP)
    order = under_way(file(changed(first, **PURPOSE)))
    before = register.dossier_of(Service.objects.get(number=FIRST))
    follow(SERVICE, "WZ1X")
    with pytest.raises(NotInForce):
        decide.accept(order, approval=None, actor=AUTHORITY, at=clock.now())
    order.refresh_from_db()
    assert (order.state, register.dossier_of(Service.objects.get(number=FIRST))) == ("authority_review", before)
    take_action(order_id=order.pk, action=Action.REFUSE, actor=AUTHORITY, at=clock.now())
    with pytest.raises(errors.KindNotAllowed):
        again(order)


def test_a_new_service_under_way_is_sent_again_as_a_first_filing(filed: Order) -> None:  # noqa: F811
    order = under_way(file(sent(OTHER), OTHER))
    assert order.kind == "new_service"
    follow(SUBJECT, "ZT1")
    with pytest.raises(NumberRefused):
        take_action(order_id=order.pk, action=Action.ACCEPT, actor=AUTHORITY, at=clock.now(), outcome=approval(SECOND))
    take_action(order_id=order.pk, action=Action.REFUSE, actor=AUTHORITY, at=clock.now())
    order = again(order)
    assert (order.state, order.kind, order.subject_number) == ("platform_review", "first_filing", "")
