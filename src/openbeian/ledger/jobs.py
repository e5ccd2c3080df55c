"""Deferring jobs by name: a verb makes a job in its own transaction without importing the task that does it."""

from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def defer(
    name: str, *, lock: str | None = None, queueing_lock: str | None = None, seconds: float | None = None, **arguments: Any
) -> None:
    """Make a job for the task ``name`` in the caller's transaction; it runs after the commit.

    Jobs with the same ``lock`` run one after the other. ``seconds`` is the delay before it may start.
    Raises ``AlreadyEnqueued`` if a job with the same ``queueing_lock`` waits.
    """
    options: dict[str, Any] = {"lock": lock, "queueing_lock": queueing_lock}
    if seconds is not None:
        options["schedule_in"] = {"seconds": seconds}
    app.configure_task(name, **options).defer(**arguments)


def defer_once(name: str, *, queueing_lock: str, **arguments: Any) -> None:
    """`defer`, unless a job with the same ``queueing_lock`` waits already."""
    try:
        with transaction.atomic():  # a refusal must not spoil the caller's transaction
            defer(name, queueing_lock=queueing_lock, **arguments)
    except AlreadyEnqueued:
        pass
