"""A job made by a running job belongs to that job's transaction; jobs of dead workers are taken up again."""

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.tasks import Task

from openbeian.notices.tasks import deliver
from openbeian.runtime.worker import _requeue, _work, worker_application


class Undone(Exception):
    pass


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return cursor.fetchone()[0]


@pytest.fixture(autouse=True)
def _close_sessions(transactional_db: None) -> Iterator[None]:
    """Leave no database session open of the threads in which timed jobs were made and run."""
    yield
    asyncio.run(sync_to_async(connections.close_all)())
    gc.collect()


@pytest.mark.django_db(transaction=True)
def test_a_job_made_in_a_worker_goes_with_its_transaction() -> None:
    before = jobs()
    fetching = worker_application()
    task = fetching.tasks["notices.deliver"]
    assert task is deliver
    with pytest.raises(Undone), transaction.atomic():
        task.configure(lock="a").defer(client_id="wx0123456789abcdef")
        assert jobs() == before + 1
        raise Undone
    assert jobs() == before


_LEFT_BEHIND = """
WITH dead AS (
    INSERT INTO procrastinate_workers (last_heartbeat) VALUES ('2001-01-01') RETURNING id)
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id)
SELECT 'default', job.*, dead.id FROM dead, (VALUES
    ('authority.tick', NULL, 'authority.tick', '{}'::jsonb, 'doing'::procrastinate_job_status),
    ('authority.upload', 'authority:330000', NULL, '{"order_id": 1}', 'doing'),
    ('authority.tick', NULL, 'authority.tick', '{}', 'todo')) AS job
"""


@pytest.mark.django_db(transaction=True)
def test_jobs_of_a_dead_worker_are_taken_up_by_the_living_whatever_waits_beside_them() -> None:
    """A second tick waits already, and two workers see the same jobs at the same time."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute(_LEFT_BEHIND)

    async def two_workers() -> None:
        worker = worker_application()
        async with worker.open_async():
            jobs = list(await worker.job_manager.get_stalled_jobs(seconds_since_heartbeat=1))
            assert len(jobs) == 2
            for job in [*jobs, *jobs]:
                await _requeue(worker, job)

    asyncio.run(two_workers())
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text, attempts FROM procrastinate_jobs ORDER BY task_name")
        assert cursor.fetchall() == [("authority.tick", "todo", 0), ("authority.upload", "todo", 1)]
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def counted() -> Iterator[Task]:
    """A task that a worker can run, which holds a lock as the hand-over of an order does."""
    yield app.task(name="tests.counted", lock="a")(lambda: None)
    del app.tasks["tests.counted"]


def left() -> int:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tests.counted'")
            return cursor.fetchone()[0]
    finally:
        connection.close()  # of a thread of its own


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_end_could_not_be_recorded_is_requeued_by_the_worker_that_ran_it(
    counted: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks in the statement. The job would hold its lock as long as the worker lives."""
    finish_job, failures = JobManager.finish_job, iter([ConnectorException()])

    async def finish_or_fail(self: JobManager, job: Job, **how: Any) -> None:
        if job.task_name == counted.name and (failure := next(failures, None)):
            raise failure
        await finish_job(self, job, **how)

    monkeypatch.setattr(JobManager, "finish_job", finish_or_fail)
    counted.defer()

    async def work_until_done() -> None:
        working = asyncio.create_task(_work(worker_application(), concurrency=2, heartbeat=0.2))
        try:
            async with asyncio.timeout(20):
                while await asyncio.to_thread(left):
                    await asyncio.sleep(0.1)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    asyncio.run(work_until_done())
    assert next(failures, None) is None


@pytest.mark.django_db(transaction=True)
def test_a_worker_ends_though_its_cancellation_is_lost_in_a_breaking_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the database is killed: the driver tells of the connection, and not that the task was cancelled."""
    asking = asyncio.Event()

    async def break_when_cancelled(self: JobManager, **_: Any) -> list[Job]:
        asking.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ConnectorException from None
        return []

    monkeypatch.setattr(JobManager, "get_stalled_jobs", break_when_cancelled)

    async def work_and_stop() -> None:
        working = asyncio.create_task(_work(worker_application(), concurrency=1, heartbeat=0.1))
        await asyncio.wait_for(asking.wait(), 20)
        working.cancel()
        done, _ = await asyncio.wait([working], timeout=20)
        assert done == {working}

    asyncio.run(work_and_stop())


@pytest.mark.django_db(transaction=True)
def test_a_worker_tells_whether_it_was_asked_to_stop_or_lost_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """A supervisor starts it again after the one and not after the other."""
    async def work(then: Callable[[], None]) -> bool:
        asyncio.get_running_loop().call_later(0.5, then)
        return await asyncio.wait_for(_work(worker_application(), concurrency=1, heartbeat=0.2), 20)

    async def lose_it(self: JobManager, worker_id: int) -> None:
        raise ConnectorException

    assert asyncio.run(work(lambda: os.kill(os.getpid(), signal.SIGTERM))) is True
    monkeypatch.setattr(JobManager, "update_heartbeat", lose_it)
    assert asyncio.run(work(lambda: None)) is False
