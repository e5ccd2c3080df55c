"""Making jobs by the name of their task.

A room's ``tasks.py`` imports the code that its jobs run. Code that makes a job names the task instead of importing it,
so the two do not import each other.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


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
