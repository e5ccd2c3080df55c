"""What everything waits for when a soak stands still: the clock, the lanes, the jobs, the database, the workers' stacks."""

import os
import signal
import time
from collections.abc import Iterator, Sequence

from django.db import DatabaseError, connection

from openbeian.ledger import clock
from openbeian.regime.calendar import SHANGHAI
from openbeian.runtime.processes import Running

#: A worker writes its stacks at once, unless it is being killed.
STACKS_SECONDS = 1.0
_TABLES = {
    "job": """SELECT job.status, job.task_name, count(*), min(job.id), min(job.scheduled_at), array_agg(DISTINCT job.lock),
                     array_agg(DISTINCT job.worker_id), max(job.attempts)
              FROM procrastinate_jobs job GROUP BY 1, 2 ORDER BY 1, 2""",
    "worker row": "SELECT id, now() - last_heartbeat FROM procrastinate_workers ORDER BY id",
    "session": """SELECT pid, state, wait_event_type, wait_event, now() - state_change, left(query, 90)
                  FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid""",
    "lock waited for": """SELECT pid, locktype, mode, classid, objid FROM pg_locks WHERE NOT granted ORDER BY pid""",
    "lane": """SELECT province, next_poll_at, drained_at, halted_at, send_error, send_after, poll_error, poll_after
               FROM authority_lane ORDER BY province""",
    "upload": "SELECT province, state, count(*), min(attempts), max(attempts) FROM authority_upload GROUP BY 1, 2 ORDER BY 1, 2",
    "order": "SELECT state, count(*) FROM filings_order GROUP BY 1 ORDER BY 1",
    "file to fetch": """SELECT province_id, count(*), min(available_at) FROM simulator_outgoing
                        WHERE acknowledged_at IS NULL GROUP BY 1 ORDER BY 1""",
}


def stall_report(workers: Sequence[Running]) -> Iterator[str]:
    """Lines for a person, without personal data."""
    yield f"clock {clock.now().astimezone(SHANGHAI).isoformat()}"
    for what, statement in _TABLES.items():
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                for row in cursor.fetchall():
                    yield f"{what}: " + "  ".join(map(str, row))
        except DatabaseError as error:
            yield f"{what}: {error}"
    for number, worker in enumerate(workers, 1):
        yield f"worker {number}, process {worker.pid('worker')}:"
        yield from _stacks(worker)


def _stacks(worker: Running) -> Iterator[str]:
    """What the threads and the tasks of a worker do now, which it adds to its log when told to."""
    pid, log = worker.pid("worker"), worker.log("worker")
    if pid is None:
        yield "is not up"
        return
    before = log.stat().st_size
    os.kill(pid, signal.SIGUSR1)
    time.sleep(STACKS_SECONDS)
    with log.open("rb") as told:
        told.seek(before)
        yield from told.read().decode(errors="replace").splitlines()
