"""The worker: takes jobs from the database and runs them, several at a time."""

import asyncio
import contextlib
import faulthandler
import functools
import logging
import signal
from collections.abc import Awaitable, Callable, Container
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker

from openbeian.logs import described, subject

log = logging.getLogger(__name__)

GRACE_SECONDS = 8.0
"""How long a worker that is asked to stop lets its running jobs finish."""


def run_worker(*, concurrency: int = 4) -> None:
    """Run until SIGTERM or SIGINT. Jobs of workers that died are started again. Raises SystemExit if the database goes.

    On SIGUSR1 the worker writes the stacks of its threads and tasks to its log and goes on.
    """
    try:
        asked = asyncio.run(_work(worker_application(), concurrency, settings.OPENBEIAN_WORKER_HEARTBEAT))
    except ConnectorException as error:
        log.error("the worker ends: %s", described(error))
        raise SystemExit(1) from None
    if not asked:
        raise SystemExit(1)


def worker_application() -> App:
    """The application that fetches jobs, with connections of its own.

    The tasks stay with the application on Django's connection, so that a job deferred by a running job is a row of
    that job's transaction. (``App.replace_connector`` would move them to a connection of their own, and a job could
    then run before the change it belongs to is committed.)
    """
    return app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]


async def _work(worker_app: App, concurrency: int, heartbeat: float) -> bool:
    """Work until asked to stop, or until the database goes. Returns whether it was asked."""
    running: set[int] = set()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, _print_tasks)
    faulthandler.register(signal.SIGUSR1, chain=True)
    async with worker_app.open_async():
        worker = Worker(
            worker_app, concurrency=concurrency, fetch_job_polling_interval=1.0,
            shutdown_graceful_timeout=GRACE_SECONDS, update_heartbeat_interval=heartbeat,
            stalled_worker_timeout=5 * heartbeat, delete_jobs="successful", install_signal_handlers=False,
            worker_middleware=[functools.partial(_noting, running)])
        asked, over = asyncio.Event(), asyncio.Event()

        def stop() -> None:
            asked.set()
            worker.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        requeuing = asyncio.create_task(_requeue_stalled_jobs(worker, running, heartbeat, over))
        try:
            await worker.run()
        finally:
            over.set()  # a cancellation that meets a connection as it breaks can be lost
            requeuing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await requeuing
    return asked.is_set()


def _print_tasks() -> None:
    for task in asyncio.all_tasks():
        task.print_stack()


async def _noting(running: set[int], run: Callable[[], Awaitable[Any]], context: JobContext, _: Worker) -> Any:
    """Run a job, with its number in ``running`` meanwhile and in its log lines."""
    assert context.job.id is not None
    running.add(context.job.id)
    subject.set(f"job-{context.job.id}")
    try:
        return await run()
    finally:
        running.discard(context.job.id)


async def _requeue_stalled_jobs(
    worker: Worker, running: Container[int], heartbeat: float, over: asyncio.Event
) -> None:
    """Requeue the jobs of dead workers, and those of our own whose end we could not record. A job is idempotent.

    Goes on until ``over`` is set. Nothing that happens to one job or in one round ends this: a job left behind would hold
    its lock for ever.
    """
    manager = worker.app.job_manager
    ended: set[int | None] = set()
    while not over.is_set():
        with contextlib.suppress(ConnectorException):  # the database is away
            stalled = await manager.get_stalled_jobs(seconds_since_heartbeat=5 * heartbeat)
            ours = await manager.list_jobs_async(status=Status.DOING.value, worker_id=worker.worker_id)
            # A job that has just ended, or is about to begin, is not running either: it counts in the next round.
            not_running = [job for job in ours if job.id not in running] if worker.worker_id is not None else []
            for job in [*stalled, *(job for job in not_running if job.id in ended)]:
                await _requeue(worker.app, job)
            ended = {job.id for job in not_running}
        await asyncio.sleep(heartbeat)


async def _requeue(worker_app: App, job: Job) -> None:
    try:
        # The job queue measures with the wall clock, whatever the instance clock says.
        await worker_app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
    except UniqueViolation:
        # Of its queueing lock: one like it waits already, and will do what this one has left undone.
        with contextlib.suppress(ConnectorException):
            await worker_app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=True)
    except ConnectorException:
        log.info("job %s was requeued by another worker, or the database is away", job.id)
