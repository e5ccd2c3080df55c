"""``openbeian jobs``: what failed in the background is listed, run again, or removed by a person."""

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import Result
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.tasks import Task
from tests.jobs import run_jobs  # noqa: F401
from typer.testing import CliRunner

from openbeian.cli import app as commands
from openbeian.ledger.jobs import FailedJob, failed
from openbeian.ledger.models import Event
from openbeian.regime.calendar import to_the_minute

pytestmark = pytest.mark.django_db(transaction=True)


class Broken(Exception):
    pass


@pytest.fixture
def done() -> list[int]:
    """What the job has done; it fails while there is nothing but a zero."""
    return [0]


@pytest.fixture
def delicate(done: list[int]) -> Iterator[Task]:
    """A task that fails at first."""
    def work(order_id: int) -> None:
        if done == [0]:
            raise Broken
        done.append(order_id)

    yield app.task(name="tests.delicate", queueing_lock="tests.delicate")(work)
    del app.tasks["tests.delicate"]


def openbeian(*words: str) -> Result:
    return CliRunner().invoke(commands, ["jobs", *words], catch_exceptions=False)


def states() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE task_name = 'tests.delicate' ORDER BY id")
        return [state for state, in cursor.fetchall()]


def test_a_failed_job_is_listed_and_run_again(
    run_jobs: Callable[[], None], delicate: Task, done: list[int]  # noqa: F811
) -> None:
    assert (openbeian("failed").exit_code, openbeian("failed").stdout) == (0, "没有失败的任务。No job has failed.\n")
    delicate.defer(order_id=7)
    run_jobs()
    job, = failed()
    assert job == FailedJob(job.id, "tests.delicate", {"order_id": 7}, 1, job.failed_at)
    listed = openbeian("failed", "--json")
    assert listed.exit_code == 1
    assert [(row["id"], row["task"]) for row in json.loads(listed.stdout)] == [(job.id, "tests.delicate")]
    assert openbeian("failed").stdout == (
        f'{job.id}  {to_the_minute(job.failed_at)}  tests.delicate  {{"order_id": 7}}  执行 1 次 attempts\n')

    done.clear()
    assert openbeian("retry", str(job.id + 1)).exit_code == 1
    assert openbeian("retry", str(job.id)).stdout == f"重新执行 Run again: {job.id}\n"
    run_jobs()
    assert (done, failed(), states()) == ([7], [], [])
    event = Event.objects.get(tag="jobs:retry")
    assert (event.data, event.actor_id) == ({"jobs": [job.id]}, "command-line")


def test_of_several_alike_one_is_run_again(run_jobs: Callable[[], None], delicate: Task) -> None:  # noqa: F811
    for order_id in (1, 2):
        delicate.defer(order_id=order_id)
        run_jobs()
    first, second = failed()
    assert openbeian("retry").stdout == f"重新执行 Run again: {first.id}\n"
    assert states() == ["todo"]
    assert openbeian("retry").exit_code == 1


def test_failed_jobs_are_removed(run_jobs: Callable[[], None], delicate: Task) -> None:  # noqa: F811
    delicate.defer(order_id=1)
    run_jobs()
    job, = failed()
    delicate.defer(order_id=2)
    assert openbeian("discard").stdout == f"已删除 Removed: {job.id}\n"
    assert (failed(), states()) == ([], ["todo"])
    assert openbeian("discard", str(job.id)).exit_code == 1
