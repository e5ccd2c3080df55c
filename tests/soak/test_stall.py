"""When a soak stands still, its report names every worker and what it waits for."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.db import connection, transaction

from openbeian.authority.tasks import tick
from openbeian.runtime.processes import Running, serve
from openbeian.soak.stall import stall_report
from tests.jobs import forget_jobs


@pytest.fixture
def system(transactional_db: None) -> Iterator[Running]:
    """A system of which nothing is started yet."""
    forget_jobs()
    with serve(web=False, worker=False, simulator=False) as system:
        yield system
    forget_jobs()


def wait_for_a_lock_on(table: str) -> None:
    """Return when another session waits for this table."""
    deadline = time.monotonic() + 30
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
            if cursor.fetchone():
                return
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_the_report_names_every_worker_and_what_it_waits_for(
    system: Running, at: Callable[[str], datetime]
) -> None:
    at("2024-01-01T10:00:00+08:00")
    tick.defer(timestamp=0)
    not_up = Running(host="127.0.0.1", web_port=9, simulator_port=9, environment={})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE authority_challenge IN ACCESS EXCLUSIVE MODE")
        system.start("worker")
        wait_for_a_lock_on("authority_challenge")
        report = list(stall_report([system, not_up]))

    begins = report.index(f"worker 1, process {system.pid('worker')}:")
    tables, stacks = report[:begins], report[begins + 1:-2]
    assert tables[0] == "clock 2024-01-01T10:00:00+08:00"
    assert ["job: doing", "authority.tick"] in [line.split("  ")[:2] for line in tables]
    assert ["relation", "AccessShareLock"] in [
        line.split("  ")[1:3] for line in tables if line.startswith("lock waited for: ")]
    assert [line for line in stacks if "schedule.py" in line and "in remind" in line] != []
    assert report[-2:] == ["worker 2, process None:", "is not up"]
