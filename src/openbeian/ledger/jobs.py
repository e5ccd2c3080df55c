"""Making jobs by the name of their task, and what becomes of those that failed.

A room's ``tasks.py`` imports the code that its jobs run. Code that makes a job names the task instead of importing it,
so the two do not import each other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation

from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor


def defer(
    name: str, *, lock: str | None = None, queueing_lock: str | None = None, priority: int | None = None,
    schedule_in: timedelta | None = None, **arguments: Any,
) -> None:
    """Make a job of the task ``name`` in the caller's transaction.

    Jobs with the same ``lock`` run one after the other. Mind that a job with ``schedule_in`` keeps those made after it
    with the same lock waiting, too. ``priority`` replaces that of the task. ``schedule_in`` is measured with the wall
    clock. Raises :class:`procrastinate.exceptions.TaskNotFound` for a name without a task, and ``AlreadyEnqueued`` when
    a job with the same ``queueing_lock`` waits already; the transaction is then broken (see :func:`defer_once`).
    """
    options: dict[str, Any] = {"lock": lock, "queueing_lock": queueing_lock, "priority": priority}
    if schedule_in is not None:
        options["schedule_in"] = {"seconds": schedule_in.total_seconds()}
    given = {option: value for option, value in options.items() if value is not None}
    app.configure_task(name, allow_unknown=False, **given).defer(**arguments)


def defer_once(name: str, *, queueing_lock: str, **options: Any) -> bool:
    """:func:`defer`, unless a job with the same ``queueing_lock`` waits already. Returns whether a job was made.

    The waiting job may start before the caller commits, and then does not see what the caller has changed. Call this
    only after the change is committed, or where a later job makes up for it.
    """
    try:
        with transaction.atomic():  # a refusal must not break the caller's transaction
            defer(name, queueing_lock=queueing_lock, **options)
    except AlreadyEnqueued:
        return False
    return True


#: An instant gone by for the queue, which measures with the wall clock.
_AT_ONCE = datetime(2001, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class FailedJob:
    """A job that failed and is not tried again by itself. Why it failed stands in the worker's log."""

    id: int
    task: str
    arguments: dict[str, Any]
    attempts: int
    failed_at: datetime | None


def failed() -> list[FailedJob]:
    """The failed jobs, the first to fail at the head."""
    last = Max("procrastinateevent__at", filter=Q(procrastinateevent__type="failed"))
    rows = _failed().annotate(at=last).order_by("at", "id").values_list("id", "task_name", "args", "attempts", "at")
    return [FailedJob(*row) for row in rows]


@transaction.atomic
def retry_failed(*, ids: Collection[int] = (), actor: Actor) -> list[int]:
    """Run failed jobs again, those with ``ids`` or all. Returns which. Writes ``jobs:retry`` if there are any.

    One of which the like waits already is removed instead.
    """
    retried = [job.pk for job in _failed(ids) if _retry(job.pk)]
    _note("jobs:retry", retried, actor)
    return retried


@transaction.atomic
def discard_failed(*, ids: Collection[int] = (), actor: Actor) -> list[int]:
    """Remove failed jobs, those with ``ids`` or all. Returns which. Writes ``jobs:discard`` if there are any."""
    discarded = [job.pk for job in _failed(ids)]
    for job_id in discarded:
        _remove(job_id)
    _note("jobs:discard", discarded, actor)
    return discarded


def _failed(ids: Collection[int] = ()) -> QuerySet[ProcrastinateJob]:
    found = ProcrastinateJob.objects.filter(status="failed").order_by("id")
    return found.filter(pk__in=ids) if ids else found


def _retry(job_id: int) -> bool:
    try:
        with transaction.atomic():
            app.job_manager.retry_job_by_id(job_id, retry_at=_AT_ONCE)
    except UniqueViolation:
        _remove(job_id)
        return False
    return True


def _remove(job_id: int) -> None:
    with connection.cursor() as cursor:  # the library's models are for reading
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s AND status = 'failed'", [job_id])


def _note(tag: str, ids: list[int], actor: Actor) -> None:
    if ids:
        record(tag=tag, actor=actor, subject="jobs", at=clock.now(), data={"jobs": ids})
