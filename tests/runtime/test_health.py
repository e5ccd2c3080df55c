"""A process says whether it lives and can work, whatever hangs; the database ends what takes too long."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.backends.signals import connection_created
from django.db.migrations.recorder import MigrationRecorder

from openbeian.config.health import Readiness
from openbeian.runtime import database
from openbeian.runtime.processes import Running
from tests.runtime.swallowing import Way

#: Nothing here takes so long unless it hangs.
SECONDS = 30


def asked(running: Running, path: str) -> tuple[int, Any]:
    answer = requests.get(f"{running.web_url}{path}", timeout=SECONDS)
    return answer.status_code, answer.json()


def test_health_is_answered_while_the_database_is_silent_and_all_threads_wait_for_it(running: Running, way: Way) -> None:
    gate = "/gate/check?appid=wx0000000000000001"
    assert (asked(running, "/livez"), asked(running, "/healthz")) == ((200, {"ok": True}), (200, {"ok": True}))
    assert asked(running, gate)[0] == 200
    way.silent.set()
    with ThreadPoolExecutor(8) as clients:
        waiting = [clients.submit(asked, running, gate) for _ in range(8)]
        problem = {"ok": False, "problem": "the database does not answer in time"}
        assert [asked(running, "/healthz") for _ in range(3)] == [(503, problem)] * 3
        assert asked(running, "/livez") == (200, {"ok": True})
        way.silent.clear()
        assert [one.result()[0] for one in waiting] == [200] * 8
    deadline = time.monotonic() + SECONDS
    while asked(running, "/healthz")[0] != 200:
        assert time.monotonic() < deadline


@pytest.mark.django_db(transaction=True)
def test_a_process_is_ready_once_the_tables_are_of_its_release() -> None:
    migrations, readiness = MigrationRecorder(connection), Readiness()
    room, name = max(key for key in migrations.applied_migrations() if key[0] == "wechat")
    migrations.record_unapplied(room, name)
    try:
        assert readiness.problem() == "the tables are not of this release: openbeian migrate"
    finally:
        migrations.record_applied(room, name)
    assert readiness.problem() == ""


@pytest.fixture
def limited() -> Iterator[None]:
    connection.close()
    connection_created.disconnect(dispatch_uid="runtime.database.limit")  # a command that ran here before has another limit
    database.limit_connections(statement_seconds=1)
    yield
    connection_created.disconnect(dispatch_uid="runtime.database.limit")
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_the_database_ends_a_statement_that_takes_too_long(limited: None) -> None:
    with connection.cursor() as cursor, pytest.raises(OperationalError, match="statement timeout"):
        cursor.execute("SELECT pg_sleep(60)")


@pytest.mark.django_db(transaction=True)
def test_the_database_ends_a_transaction_in_which_nothing_happens(
    limited: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "IN_TRANSACTION_SECONDS", 1)
    with pytest.raises(DatabaseError, match="idle-in-transaction"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        time.sleep(1.5)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")


@pytest.mark.parametrize("address", ["postgresql://u@h/x", "postgresql://u@h/x?connect_timeout=3"])
def test_every_connection_gives_a_silent_database_up(address: str) -> None:
    options = database.settings_from_url(address)["OPTIONS"]
    assert [options[name] for name in ("connect_timeout", "tcp_user_timeout", "keepalives_idle")] == [
        "3" if "=3" in address else "5", "10000", "10"]
