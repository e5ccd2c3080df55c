"""``openbeian health`` says what a person has to look at, wherever the processes run."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner

from openbeian.authority.models import Lane
from openbeian.cli import app
from openbeian.ledger import clock

pytestmark = pytest.mark.django_db(transaction=True)


def failing() -> tuple[int, dict[str, str]]:
    said = CliRunner().invoke(app, ["health"])
    lines = [line.removeprefix("FAIL").strip().split(": ", 1) for line in said.output.splitlines() if line.startswith("FAIL")]
    return said.exit_code, dict(lines)


@pytest.fixture
def unheard(settings: Any) -> None:
    settings.OPENBEIAN_BASE_URL = settings.OPENBEIAN_SIMULATOR_URL = "http://127.0.0.1:9"


def test_a_system_without_a_worker_is_not_well(services: Any, settings: Any) -> None:
    settings.OPENBEIAN_BASE_URL, settings.OPENBEIAN_SIMULATOR_URL = services.web_url, services.simulator_url
    services.stop("worker")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
    assert failing() == (1, {"workers": "0 alive"})
    services.start("worker")
    while not _workers():
        pass
    assert failing() == (0, {})


def _workers() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_workers")
        return cursor.fetchone()[0]


def test_what_waits_for_a_person_is_named(unheard: None, settings: Any, tmp_path: Path) -> None:
    settings.PRODUCTION, settings.EMAIL_FILE_PATH = True, tmp_path
    (tmp_path / "one.log").touch()
    Lane.objects.create(province="330000", halted_at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers; INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
                       " VALUES ('default', 'authority.upload', 'failed')")
    code, found = failing()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert code == 1
    assert found.pop("pages").startswith("http://127.0.0.1:9 does not answer well: ")
    assert found == {
        "workers": "0 alive", "jobs": "failed: 1 of authority.upload (openbeian jobs failed)",
        "lanes": "330000 halted (openbeian authority status)",
        "mail": f"1 kept in {tmp_path}, none sent (OPENBEIAN_SMTP_URL is not set)"}
