"""The sweep (批量下架): writes down what the gate already says.

It only ever catches up. Where an app stands is in its row, so a sweep that was killed is simply run again; run
twice, or late, the end is the same.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from openbeian.ledger import clock
from openbeian.regime.actors import Actor
from openbeian.shelf.errors import AlreadyRunning, InTheFuture
from openbeian.shelf.verbs.shelving import STANDING, judge, lock, take_locked_offline, take_offline

BATCH_SIZE = 5_000
#: Key of the advisory lock that lets one sweep run at a time.
_LOCK = 0x73686C66


@dataclass
class Swept:
    """What a sweep did: ``examined`` apps stood on the shelf at its start, ``taken_offline`` of them do no more."""

    at: datetime
    dry_run: bool
    examined: int = 0
    taken_offline: int = 0
    batches: int = 0


def sweep(
    *,
    at: datetime,
    actor: Actor,
    dry_run: bool = False,
    batch_size: int = BATCH_SIZE,
    progress: Callable[[Swept], None] | None = None,
) -> Swept:
    """Take every app offline that stands on the shelf and that the policy denies it at ``at`` and still now.

    One scan finds the overdue; they are then taken offline ``batch_size`` at a time, each batch in a transaction of
    its own that judges them anew. Rows that somebody else holds are passed over and waited for in the end.
    ``progress`` is called after each batch. A dry run counts and changes nothing.

    Side effects: those of :func:`~openbeian.shelf.verbs.take_offline`. Raises :class:`AlreadyRunning`, and
    :class:`InTheFuture` in production for an ``at`` ahead of the clock.
    """
    if at > clock.now() and not dry_run and not clock.settable():
        raise InTheFuture()
    swept = Swept(at=at, dry_run=dry_run, examined=_count(STANDING, {"at": at}))
    if dry_run:
        swept.taken_offline = _count(*_overdue(at))
        return swept
    with _alone():
        held: list[str] = []
        for appids in _batches(at, batch_size):
            with transaction.atomic():
                locked = lock(appids, skip_locked=True)
                taken = take_locked_offline(appids=locked, at=at, actor=actor)
            held.extend(sorted(set(appids) - set(locked)))
            _count_batch(swept, taken, progress)
        for first in range(0, len(held), batch_size):
            _count_batch(swept, take_offline(appids=held[first : first + batch_size], at=at, actor=actor), progress)
    return swept


def _batches(at: datetime, size: int) -> Iterator[list[str]]:
    """The overdue apps as one scan sees them, in the order they lie on disk, so that a batch touches few pages."""
    judgement = judge(at)  # whether they are overdue still, each batch asks for itself
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT m.appid FROM shelf_miniprogram m WHERE {STANDING} AND {judgement.denied} ORDER BY m.ctid",
            judgement.parameters)
        while rows := cursor.fetchmany(size):
            yield [appid for (appid,) in rows]


def _count_batch(swept: Swept, taken: dict[str, str], progress: Callable[[Swept], None] | None) -> None:
    if taken:
        swept.taken_offline += len(taken)
        swept.batches += 1
        if progress:
            progress(swept)


def _count(condition: str, parameters: Mapping[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM shelf_miniprogram m WHERE {condition}", parameters)
        return cursor.fetchone()[0]


def _overdue(at: datetime) -> tuple[str, dict[str, Any]]:
    then, today = judge(at), judge(max(at, clock.now()), name="now")
    return f"{STANDING} AND {then.denied} AND {today.denied}", {**then.parameters, **today.parameters}


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the sweep's lock. The database drops it with the connection, so a killed sweep blocks nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning()
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
