"""The ledger keeps everything, and the clock is the only one who knows the time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from openbeian.ledger import clock
from openbeian.ledger.models import ClockSetting, Event
from openbeian.ledger.queries import events_of
from openbeian.ledger.verbs import record
from openbeian.regime.actors import CLOCK, Actor, Role

AT = datetime.fromisoformat("2023-09-05T10:00:00+08:00")


@pytest.mark.django_db
def test_an_event_says_what_when_and_by_whom() -> None:
    record(tag="order:submit", actor=Actor(Role.ORGANIZER, "client:wx1"), subject="order:1", at=AT, data={"to": "x"})
    event = events_of("order:1").get()
    assert (event.at, event.tag, event.actor_role, event.actor_id, event.data) == (
        AT, "order:submit", "organizer", "client:wx1", {"to": "x"})


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_the_transaction_of_its_change() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        record(tag="order:submit", actor=CLOCK, subject="order:1", at=AT)
    assert Event.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("statement", [
    "UPDATE ledger_event SET tag = 'other'",
    "DELETE FROM ledger_event",
    "SET LOCAL openbeian.reset = 'off'; TRUNCATE ledger_event",
])
def test_nothing_is_changed_or_removed(statement: str) -> None:
    record(tag="order:submit", actor=CLOCK, subject="order:1", at=AT)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.filter(tag="order:submit").count() == 1


@pytest.mark.django_db
def test_the_clock_stands_runs_on_and_never_goes_back() -> None:
    ClockSetting.objects.all().delete()
    clock.set_instant(AT, running=False)
    assert clock.now() == AT
    with pytest.raises(clock.ClockError):
        clock.set_instant(AT - timedelta(seconds=1), running=False)
    with pytest.raises(clock.ClockError):
        clock.set_instant(datetime(2024, 1, 1), running=False)
    later = AT + timedelta(days=1)
    clock.set_instant(later, running=True)
    assert later <= clock.now() < later + timedelta(minutes=5)


@pytest.mark.django_db
def test_production_has_the_wall_clock_and_no_setting(settings) -> None:
    ClockSetting.objects.all().delete()
    clock.set_instant(AT, running=False)
    settings.OPENBEIAN_INSTANCE = "production"
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=5)
    with pytest.raises(clock.ClockError):
        clock.set_instant(AT, running=False)
