"""The clock. Outside ``regime/``, which is told the time, this is the only place that knows what time it is.

A production instance has the wall clock and nothing else. A demonstration, sandbox or test instance may be set
to another instant, for all its processes at once: the setting is a row in the database. It is either frozen or
running on from the instant it was set to, and it never goes back.
"""

from datetime import UTC, datetime

from django.conf import settings
from django.db import connection

from openbeian.ledger.models import ClockSetting


class ClockError(Exception):
    """The clock was asked to do what this instance, or time itself, does not allow."""


def settable() -> bool:
    """Whether this instance's clock may be set at all."""
    return settings.OPENBEIAN_INSTANCE in ("demo", "sandbox", "test")


def now() -> datetime:
    """The present instant, in UTC."""
    if not settable():
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT instant, set_at, running FROM ledger_clocksetting")
        return present(*(cursor.fetchone() or (None, None, None)))


def present(instant: datetime | None, set_at: datetime | None, running: bool | None) -> datetime:
    """The present instant by a :class:`ClockSetting` that another statement has read along; all None without one."""
    wall = datetime.now(UTC)
    if instant is None or set_at is None or not settable():
        return wall
    return instant + (wall - set_at) if running else instant


def set_instant(instant: datetime, *, running: bool) -> None:
    """Set the instance clock to ``instant``, frozen or running on from it.

    Raises :class:`ClockError` in production, for an instant without a zone, and for one that lies before the
    instant the clock was last set to.
    """
    if not settable():
        raise ClockError("a production instance has no clock setting")
    if instant.tzinfo is None:
        raise ClockError("the instant needs a time zone, for example 2024-04-01T00:00:00+08:00")
    previous = ClockSetting.objects.first()
    if previous is not None and instant < previous.instant:
        raise ClockError("the clock does not go back")
    ClockSetting.objects.update_or_create(
        id=1, defaults={"instant": instant.astimezone(UTC), "set_at": datetime.now(UTC), "running": running}
    )
