"""Two people do the same thing at the same moment, on the real database.

Each race is run twice: first with the guard taken away, to show that the fault is real, then with it.
"""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction

from openbeian.filings import errors, orders, submission
from openbeian.filings.models import Order
from openbeian.filings.transitions import entered_columns
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.regime.lifecycle import State
from openbeian.register import queries as register
from openbeian.review import verbs as review
from tests import samples
from tests.orders import ORGANIZER, REVIEWER, account, submitted, with_uploads  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


def race(*contestants: Callable[[], Any]) -> list[Any]:
    """Run all at once, each on its own connection; what each returned or raised, in order."""
    barrier = threading.Barrier(len(contestants))
    results: list[Any] = [None] * len(contestants)

    def run(number: int, contestant: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(10)
            results[number] = contestant()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(contestants)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@contextmanager
def without(*statements: tuple[str, str]):
    """Take a guard away and put it back."""
    with connection.cursor() as cursor:
        for remove, _ in statements:
            cursor.execute(remove)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for _, restore in statements:
                cursor.execute(restore)


def read_decide_write(order_id: int, target: State, meet: threading.Barrier) -> None:
    """The fault this project rules out: read, decide, write, without tying the write to what was read."""
    order = Order.objects.get(pk=order_id)
    assert order.state == State.PLATFORM_REVIEW
    meet.wait(10)
    with transaction.atomic():
        Order.objects.filter(pk=order_id).update(version=order.version + 1, **entered_columns(target, clock.now()))
        Event.objects.create(at=clock.now(), tag="order:naive", actor_role="reviewer", actor_id="x",
                             subject=f"order:{order_id}")


def test_two_decisions_on_one_order(submitted) -> None:  # noqa: F811
    order = submitted()
    meet = threading.Barrier(2)
    guard = ("ALTER TABLE filings_order DISABLE TRIGGER filings_guard_order",
             "ALTER TABLE filings_order ENABLE TRIGGER filings_guard_order")
    with without(guard):
        race(lambda: read_decide_write(order.pk, State.HANDOVER, meet),
             lambda: read_decide_write(order.pk, State.WITHDRAWN, meet))
    assert Event.objects.filter(tag="order:naive").count() == 2, "without the guard both decisions go through"

    second = submitted(appid="wx0000000000000002", dossier=samples.individual_dossier())
    results = race(
        lambda: review.approve(order_id=second.pk, reviewer=REVIEWER),
        lambda: review.approve(order_id=second.pk, reviewer=REVIEWER),
        lambda: orders.withdraw(order_id=second.pk, actor=ORGANIZER),
        lambda: review.return_for_completion(order_id=second.pk, reviewer=REVIEWER, findings=[
            review.ReviewFinding("service.description", "太简单", "写明实际业务")]),
    )
    assert sum(isinstance(result, Order) for result in results) == 1
    assert sum(isinstance(result, errors.Conflict) for result in results) == 3
    assert Event.objects.filter(
        subject=f"order:{second.pk}", tag__in=("order:approve", "order:withdraw", "order:return")).count() == 1


def _opener(appid: str, dossier: dict[str, Any]) -> Callable[[], Order]:
    return lambda: submission.file(appid=appid, document=dossier, account=account(appid, dossier), actor=ORGANIZER)


def test_many_applications_for_one_mini_program(at) -> None:
    at("2023-09-05T10:00:00+08:00")
    appid = "wx0000000000000003"
    who = account(appid, samples.enterprise_dossier())

    def open_one() -> Order:
        return submission.open_order(kind="first_filing", appid=appid, account=who, actor=ORGANIZER)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('filings_one_open_order'::regclass)")
        definition = cursor.fetchone()[0]
        cursor.execute("DROP INDEX filings_one_open_order")
        try:
            faulty = race(*[open_one] * 8)
            assert sum(isinstance(result, Order) for result in faulty) == 8, "without the index all of them open"
        finally:
            cursor.execute("ALTER TABLE filings_order DISABLE TRIGGER filings_guard_order")
            cursor.execute("DELETE FROM filings_order")
            cursor.execute("ALTER TABLE filings_order ENABLE TRIGGER filings_guard_order")
            cursor.execute(definition)
    dossier = with_uploads(samples.enterprise_dossier(), appid)
    results = race(*[_opener(appid, dossier)] * 8)
    assert sum(isinstance(result, Order) for result in results) == 1, results
    assert {type(result) for result in results if not isinstance(result, Order)} <= {
        errors.OpenOrderExists, errors.Conflict, errors.StandsAlone}
    assert Order.objects.filter(appid=appid).count() == 1


def test_first_filings_of_one_organizer_for_two_mini_programs(at) -> None:
    at("2023-09-05T10:00:00+08:00")
    appids = ["wx0000000000000004", "wx0000000000000005"]
    dossiers = [with_uploads(samples.enterprise_dossier(), appid) for appid in appids]
    guard = ("ALTER TABLE filings_order DROP CONSTRAINT filings_stand_alone",
             "ALTER TABLE filings_order ADD CONSTRAINT filings_stand_alone EXCLUDE USING gist (lane WITH &&)")
    with connection.cursor() as cursor:
        cursor.execute(guard[0])
        faulty = race(*[_opener(appid, dossier) for appid, dossier in zip(appids, dossiers, strict=True)])
        assert [type(result) for result in faulty] == [Order, Order], "without the constraint both are open"
        for result in faulty:
            orders.withdraw(order_id=result.pk, actor=ORGANIZER)
        cursor.execute(guard[1])
    results = race(*[_opener(appid, dossier) for appid, dossier in zip(appids, dossiers, strict=True)])
    assert sorted(type(result).__name__ for result in results) == ["Order", "StandsAlone"]


def test_the_register_is_asked_while_the_organizer_s_other_orders_wait(at, monkeypatch: pytest.MonkeyPatch) -> None:
    at("2023-09-05T10:00:00+08:00")
    appid = "wx0000000000000006"
    dossier = with_uploads(samples.enterprise_dossier(), appid)
    digest = register.certificate_digest(1, dossier["organizer"]["certificate"]["number"])
    with transaction.atomic():
        submission.lock_organizer(digest)

    def lock_at_once() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM filings_organizer WHERE certificate_digest = %s FOR UPDATE NOWAIT", [digest])
            return cursor.fetchone()

    others = race(lock_at_once)
    asked = register.record_of

    def record_of(**of: Any) -> Any:
        assert of["certificate_digest"] == digest
        others.extend(race(lock_at_once))
        return asked(**of)

    monkeypatch.setattr(register, "record_of", record_of)
    submission.file(appid=appid, document=dossier, account=account(appid, dossier), actor=ORGANIZER)
    free, taken = others
    assert len(free) == 1, "before, nobody's turn"
    assert "could not obtain lock" in str(taken)
