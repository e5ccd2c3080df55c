"""The administration's answers, the clock and several workers, all at the same moment, on the real database.

Each race is run first with the guard taken away, to show that the fault is real, then with it.
"""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from openbeian import vault
from openbeian.authority import verbs
from openbeian.authority.client import ProvinceClient, account
from openbeian.authority.models import INBOX, Challenge, InboxFile, Lane, Upload
from openbeian.authority.verbs.inbox import apply
from openbeian.authority.verbs.lanes import exclusively
from openbeian.filings.errors import Conflict
from openbeian.filings.models import Order
from openbeian.filings.transitions import entered_columns
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.regime.actors import CLOCK
from openbeian.regime.facts import Approval
from openbeian.regime.lifecycle import Action, State
from tests import samples
from tests.authority.road import (  # noqa: F401
    NUMBER,
    SUBJECT_NUMBER,
    ZHEJIANG,
    approved,
    province,
    result,
    state_of,
    submitted,
    verified,
)
from tests.authority.test_uploads import credit_code
from tests.orders import AUTHORITY, take_action
from tests.races.test_order_races import race, without

pytestmark = pytest.mark.django_db(transaction=True)

TRIGGER = ("ALTER TABLE filings_order DISABLE TRIGGER filings_guard_order",
           "ALTER TABLE filings_order ENABLE TRIGGER filings_guard_order")
APPROVAL = Approval(SUBJECT_NUMBER, NUMBER, "33000000001", "33000000002", samples.NOW)
WAY = (Action.UPLOADED, Action.VERIFIED)


def naive(order_id: int, action: Action, target: State, meet: threading.Barrier) -> str:
    """The fault this project rules out: read, decide, write, without tying the write to what was read."""
    order = Order.objects.get(pk=order_id)
    meet.wait(10)
    with transaction.atomic():
        Order.objects.filter(pk=order_id).update(version=order.version + 1, **entered_columns(target, clock.now()))
        Event.objects.create(at=clock.now(), tag=f"order:{action}", actor_role="authority", actor_id="naive",
                             subject=f"order:{order_id}")
    return "moved"


@pytest.mark.parametrize("steps, left, right", [
    (0, (Action.UPLOADED, State.SMS_PENDING), (Action.DATA_ERROR, State.RETURNED)),
    (1, (Action.VERIFIED, State.AUTHORITY_REVIEW), (Action.LAPSED, State.SMS_LAPSED)),
    (2, (Action.ACCEPT, State.FILED), (Action.REFUSE, State.AUTHORITY_REJECTED)),
    (0, (Action.UPLOADED, State.SMS_PENDING), (Action.UPLOADED, State.SMS_PENDING)),
    (2, (Action.ACCEPT, State.FILED), (Action.ACCEPT, State.FILED)),
])
def test_two_answers_about_one_order(approved, steps, left, right):  # noqa: F811
    def order_in_place(number: int) -> Order:
        order = approved(appid=f"wx000000000000000{number}", dossier=samples.spoil(samples.enterprise_dossier(), {
            "organizer.certificate.number": credit_code(number)}))
        for action in WAY[:steps]:
            take_action(order_id=order.pk, action=action, actor=AUTHORITY, at=clock.now())
        return order

    def told(order: Order) -> int:
        return Event.objects.filter(
            subject=order.subject, tag__in=[f"order:{left[0]}", f"order:{right[0]}"]).count()

    order = order_in_place(1)
    meet = threading.Barrier(2)
    with without(TRIGGER):
        outcomes = race(*(lambda pair=pair: naive(order.pk, *pair, meet) for pair in (left, right)))
    assert (outcomes, told(order)) == (["moved", "moved"], 2)

    order = order_in_place(2)

    def guarded(action: Action) -> Order:
        actor = CLOCK if action == Action.LAPSED else AUTHORITY
        outcome = APPROVAL if action == Action.ACCEPT else () if action in (Action.REFUSE, Action.DATA_ERROR) else None
        return take_action(order_id=order.pk, action=action, actor=actor, at=clock.now(), outcome=outcome)

    outcomes = race(lambda: guarded(left[0]), lambda: guarded(right[0]))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Order"]
    assert told(order) == 1
    assert state_of(order) in (left[1], right[1])


@pytest.fixture
def orders(approved, province) -> Iterator[list[Order]]:  # noqa: F811
    """Two approved orders of one lane, whose first contact with the province is behind it."""
    found = [approved(appid=f"wx000000000000000{n}", dossier=samples.spoil(samples.enterprise_dossier(), {
        "organizer.certificate.number": credit_code(n)})) for n in (1, 2)]
    verbs.synchronise(client=ProvinceClient(account(ZHEJIANG)))
    yield found


def test_two_orders_ask_for_a_sequence_number(orders):
    meet = threading.Barrier(2)

    def naive_number() -> int:
        lane = Lane.objects.get(pk=ZHEJIANG)
        meet.wait(10)
        lane.last_sequence += 1
        lane.save()
        return lane.last_sequence

    assert race(naive_number, naive_number) == [1, 1]

    Lane.objects.update(last_sequence=0)
    client = ProvinceClient(account(ZHEJIANG))
    prepared = race(*(lambda pk=order.pk: verbs.prepare(order_id=pk, client=client) for order in orders))
    assert sorted(upload.sequence for upload in prepared) == [1, 2]


def test_two_jobs_for_one_order(orders, province):  # noqa: F811
    first, _ = orders
    race(*[lambda: verbs.hand_over(order_id=first.pk)] * 4)
    assert list(Upload.objects.values_list("sequence", "order_id")) == [(1, first.pk)]
    assert province.called("isp_upload") == 1
    assert Event.objects.filter(tag="authority:prepared").count() == 1
    assert Event.objects.filter(tag="authority:delivered").count() <= 1


def test_only_one_process_sends_on_a_lane(db):
    inside: list[int] = []
    most: list[int] = []

    def send(guard: bool) -> None:
        def work() -> None:
            inside.append(1)
            most.append(len(inside))
            threading.Event().wait(0.2)
            inside.pop()

        if not guard:
            return work()
        with exclusively(ZHEJIANG, "send", wait=True):
            work()
        return None

    assert race(lambda: send(False), lambda: send(False)) == [None, None]
    assert max(most) == 2
    most.clear()
    assert race(*[lambda: send(True)] * 3) == [None, None, None]
    assert most == [1, 1, 1]


def stored(order: Order, xml: bytes) -> InboxFile:
    return InboxFile.objects.create(
        province=ZHEJIANG, file_name=f"F{InboxFile.objects.count()}", digest=b"", received_at=clock.now(),
        sealed=vault.seal(xml, purpose=INBOX))


def test_two_workers_apply_the_same_file(orders):
    order, other = orders
    verbs.hand_over(order_id=order.pk)
    verbs.hand_over(order_id=other.pk)
    meet = threading.Barrier(2)
    file = stored(other, result(other.pk))

    def naive_apply() -> str:
        found = InboxFile.objects.get(pk=file.pk)
        assert found.applied_at is None
        meet.wait(10)
        with transaction.atomic():
            Event.objects.create(at=clock.now(), tag="naive", actor_role="authority", actor_id="x", subject="x")
            InboxFile.objects.filter(pk=file.pk).update(applied_at=clock.now())
        return "applied"

    assert race(naive_apply, naive_apply) == ["applied", "applied"]
    assert Event.objects.filter(tag="naive").count() == 2

    file = stored(order, result(order.pk))
    assert sorted(race(*[lambda: apply(file_id=file.pk)] * 3)) == [False, False, True]
    assert Event.objects.filter(subject=order.subject, tag="order:uploaded").count() == 1
    assert Challenge.objects.filter(order=order).count() == 2


def test_a_verification_and_the_clock_at_the_same_moment(orders, at):
    """Whoever is first, the verification counts, and the order, its challenges and its events tell the same story."""
    order, _ = orders
    verbs.hand_over(order_id=order.pk)
    apply(file_id=stored(order, result(order.pk)).pk)
    file = stored(order, verified(order.pk, "2023-09-06T09:59:59+08:00"))
    due = at("2023-09-06T10:00:00+08:00")
    Lane.objects.update(drained_at=due)

    outcomes: list[Any] = race(lambda: apply(file_id=file.pk), lambda: verbs.lapse_overdue(at=due))
    assert outcomes[0] is True
    states = set(Challenge.objects.filter(order=order).values_list("state", flat=True))
    tags = Event.objects.filter(subject=order.subject, tag__in=["order:verified", "order:lapsed"]).order_by("pk")
    assert (state_of(order), states) == ("authority_review", {"verified"})
    assert [event.tag for event in tags] == [*["order:lapsed"] * outcomes[1], "order:verified"]


def test_no_request_of_a_user_waits_for_the_lane(orders, province):  # noqa: F811
    """While a worker sits in a call to the province, with its lane to itself, people go on deciding."""
    from openbeian.review.verbs import approve
    from tests.orders import REVIEWER

    order, other = orders
    called, answer = threading.Event(), threading.Event()

    def slow(arguments: dict[str, str]) -> Any:
        called.set()
        answer.wait(20)
        return province._isp_upload(arguments)

    province.answers["isp_upload"] = [slow]
    sending = threading.Thread(target=lambda: race(lambda: verbs.hand_over(order_id=order.pk)))
    sending.start()
    try:
        assert called.wait(20)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
            Order.objects.filter(pk__in=[order.pk, other.pk]).update(claimed_by="user:3")
            cursor.execute("SELECT 1 FROM authority_lane FOR UPDATE")
            with pytest.raises(Conflict):
                approve(order_id=order.pk, reviewer=REVIEWER)
    finally:
        answer.set()
        sending.join(30)
    assert Upload.objects.get(order=order).state == "delivered"
