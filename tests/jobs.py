"""Running what waits in the job queue, in the test's own process."""

from collections.abc import Callable

import pytest
from django.db import connection


def forget_jobs(task_name: str = "%") -> None:
    """Drop what earlier tests left in the queue; Django does not own the table and does not empty it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name LIKE %s", [task_name])


@pytest.fixture
def run_jobs(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Run every job that is due now, as the worker would, in this process."""
    from procrastinate.contrib.django import app

    # Timed jobs go by the wall clock; here only what a test has brought about is run.
    monkeypatch.setattr(app.periodic_registry, "periodic_tasks", {})
    # The worker's threads leave no connection behind.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    forget_jobs()

    def run() -> None:
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        with app.replace_connector(connector) as worker:
            worker.run_worker(
                wait=False, concurrency=1, install_signal_handlers=False, listen_notify=False, delete_jobs="successful")

    return run
