"""The clock of a soak: hours pass in seconds, and where nothing moves it goes on to the next instant of consequence."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from openbeian.authority.hours import rests_until
from openbeian.authority.models import Challenge, ChallengeState, Lane
from openbeian.ledger import clock
from openbeian.simulator import models as theirs

BEGINS = datetime.fromisoformat("2024-05-06T09:00:00+08:00")
#: How many times faster than the wall clock the instance's clock goes.
PACE = 3600
#: Seconds without any change after which the clock leaps.
STILL_FOR = 0.7


class Pace:
    """Moves the instance's clock; ``now`` is seconds since the beginning."""

    def __init__(self) -> None:
        self._passed = self._moved = 0.0
        clock.set_instant(BEGINS, running=True)

    def go_on(self, now: float, *, moved: bool) -> None:
        """Let the instance's time pass. ``moved``: whether anything has changed since the last time."""
        if moved:
            self._moved = now
        at = clock.now() + timedelta(seconds=(now - self._passed) * (PACE - 1))
        self._passed = now
        if now - self._moved > STILL_FOR:
            at = max(at, min(_awaited(at), default=at) + timedelta(seconds=1))
            self._moved = now - STILL_FOR / 2
        clock.set_instant(at, running=True)


def _awaited(at: datetime) -> Iterator[datetime]:
    """Instants after ``at`` by which something happens: rests end, verifications lapse, the province acts."""
    files = theirs.Outgoing.objects.filter(acknowledged_at=None)
    for lane in Lane.objects.all():
        yield from (until for way in ("send", "poll") if (until := rests_until(lane, way, at)))
        if lane.next_poll_at and lane.next_poll_at > at and files.filter(province=lane.province).exists():
            yield lane.next_poll_at
    for rows, column in (
        (Challenge.objects.filter(state=ChallengeState.PENDING), "due_at"), (theirs.Record.objects.all(), "due_at"),
        (theirs.Upload.objects.all(), "due_at"), (files, "available_at"),
    ):
        yield from rows.filter(**{f"{column}__gt": at}).order_by(column).values_list(column, flat=True)[:1]
