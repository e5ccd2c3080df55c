"""The calendar of working days (工作日) that all processes of an instance share.

What the package ``chinesecalendar`` knows comes with a release; a later year, or a correction, is a row here. Each
new connection to the database takes the rows up, so a process that runs on hears of a year within the time that a
connection is kept. Until then what it counts is provisional, and the daily job settles it.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from openbeian.ledger import clock
from openbeian.ledger.models import CalendarYear
from openbeian.ledger.signals import calendar_published
from openbeian.ledger.verbs import record
from openbeian.regime import calendar
from openbeian.regime.actors import Actor

log = logging.getLogger(__name__)


def take_up() -> None:
    """Put the calendar with all years published here in use in this process."""
    _use(CalendarYear.objects.order_by("year").values_list("text", flat=True))


def take_up_on_connection(*, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """For ``connection_created``. A database whose tables are still to be made has no years."""
    if connection.alias != DEFAULT_DB_ALIAS:
        return
    try:
        take_up()
    except ProgrammingError:
        calendar.use(calendar.published())


def _use(texts: Iterable[str]) -> None:
    known = calendar.published()
    for text in texts:
        try:
            known = known.with_csv(text)
        except calendar.CalendarDataError as error:  # from a release that checked less
            log.error("a stored year cannot be used: %s", error)
    calendar.use(known)


@transaction.atomic
def settle() -> None:
    """Settle limits that were counted by processes which did not know of a year yet. Safe to repeat."""
    take_up()  # a worker may keep its connections for days
    calendar_published.send(sender=CalendarYear)


def settle_rows(rows: Iterable[Any], limit: Callable[[Any], calendar.Due]) -> int:
    """Count the provisional limit of each row again. Returns how many are settled."""
    settled = 0
    for row in rows:
        due = limit(row)
        if not due.provisional:
            settled += type(row).objects.filter(pk=row.pk, due_provisional=True).update(
                due_at=due.instant, due_provisional=False)
    return settled


@transaction.atomic
def publish_year(*, text: str, actor: Actor) -> int:
    """Publish or correct a year's holidays, see :meth:`~openbeian.regime.calendar.WorkingCalendar.with_csv`.

    Writes ``calendar:published`` and sends ``calendar_published``: due instants that waited for this year are settled
    in the same transaction. Returns the year. Raises
    :class:`~openbeian.regime.calendar.CalendarDataError`, and then nothing is changed.
    """
    year = calendar.year_of(text)
    before = calendar.in_use()
    calendar.use(before.with_csv(text))
    try:
        at = clock.now()
        CalendarYear.objects.update_or_create(
            year=year, defaults={"text": text, "published_at": at, "published_by": actor.id})
        record(tag="calendar:published", actor=actor, subject=f"calendar:{year}", at=at)
        calendar_published.send(sender=CalendarYear)
    except BaseException:
        calendar.use(before)
        raise
    return year
