"""The worker: takes jobs from the database and runs them, several at a time."""

import asyncio
import contextlib
import logging
from datetime import UTC, datetime

from django.conf import settings
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status

log = logging.getLogger(__name__)

GRACE_SECONDS = 8.0
"""How long a worker that is asked to stop lets its running jobs finish."""


def run_worker(*, concurrency: int = 4) -> None:
    """Run until SIGTERM or SIGINT. Jobs of workers that died are started again."""
    asyncio.run(_work(worker_application(), concurrency, settings.OPENBEIAN_WORKER_HEARTBEAT))


def worker_application() -> App:
    """The application that fetches jobs, with connections of its own.

    The tasks stay with the application on Django's connection, so that a job deferred by a running job is a row of
    that job's transaction. (``App.replace_connector`` would move them to a connection of their own, and a job could
    then run before the change it belongs to is committed.)
    """
    return app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]


async def _work(worker_app: App, concurrency: int, heartbeat: float) -> None:
    async with worker_app.open_async():
        requeuing = asyncio.create_task(_requeue_stalled_jobs(worker_app, heartbeat))
        try:
            await worker_app.run_worker_async(
                concurrency=concurrency,
                fetch_job_polling_interval=1.0,
                shutdown_graceful_timeout=GRACE_SECONDS,
                update_heartbeat_interval=heartbeat,
                stalled_worker_timeout=5 * heartbeat,
                delete_jobs="successful",
            )
        finally:
            requeuing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await requeuing


async def _requeue_stalled_jobs(worker_app: App, heartbeat: float) -> None:
    """Requeue the jobs of dead workers. A job must therefore be idempotent.

    Nothing that befalls one job or one round ends this: a job left behind would hold its lock for ever.
    """
    while True:
        with contextlib.suppress(ConnectorException):  # the database is away
            for job in await worker_app.job_manager.get_stalled_jobs(seconds_since_heartbeat=5 * heartbeat):
                await _requeue(worker_app, job)
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
