"""Sweeps that are killed, that meet each other, and that meet a filing, on the real database."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, connections, transaction

from openbeian.ledger.models import Event
from openbeian.regime.shelf_policy import POLICY
from openbeian.shelf.errors import AlreadyRunning
from openbeian.shelf.models import MiniProgram
from openbeian.shelf.signals import apps_taken_offline
from openbeian.shelf.verbs import shelving, sweep
from tests.shelf.catalogue import HEADER, OPERATOR, filed, load, stock

pytestmark = pytest.mark.django_db(transaction=True)
DEADLINE = POLICY.deadline
APPS = 3_000
#: A sweep of its own process, slowed down so that it can be killed in the middle.
SLOW_SWEEP = """
import sys, time
import django
django.setup()
from datetime import datetime
from openbeian.regime.actors import Actor, Role
from openbeian.shelf.verbs import sweep

def tell(swept):
    print(swept.batches, flush=True)
    time.sleep(0.05)

sweep(at=datetime.fromisoformat(sys.argv[1]), actor=Actor(Role.OPERATOR, "user:1"), batch_size=50, progress=tell)
"""


def large_catalogue(at: Callable[[str], Any]) -> None:
    at("2024-04-01T00:00:00+08:00")
    load("\n".join([HEADER, *(f"wx{n:06d},a,b,330000,2022-05-01" for n in range(APPS))]))
    filed("wx000007", DEADLINE)


def in_background(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Run ``work`` on a connection of its own; what it returned or raised comes into the list."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def backends_waiting_for_a_lock() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return cursor.fetchone()[0]


def end() -> tuple[list[Any], list[Any]]:
    """The catalogue and what was told of it, without what depends on who ran when."""
    return (
        list(MiniProgram.objects.order_by("appid").values_list("appid", "offline_since", "offline_code")),
        sorted(Event.objects.filter(tag="shelf:app:taken_offline").values_list("subject", "data__code")),
    )


def test_a_sweep_that_was_killed_is_run_again_to_the_same_end(at) -> None:
    large_catalogue(at)
    environment = os.environ | {"DATABASE_URL": database_url()}
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_SWEEP, DEADLINE.isoformat()], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(3):
        assert process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait(20)
    process.stdout.close()
    half = MiniProgram.objects.exclude(offline_since=None).count()
    assert 0 < half < APPS - 1
    assert Event.objects.filter(tag="shelf:app:taken_offline").count() == half

    def take_up() -> bool:  # the database notices the death of the other process in its own time
        try:
            return sweep(at=DEADLINE, actor=OPERATOR).taken_offline == APPS - 1 - half
        except AlreadyRunning:
            return False

    wait_until(take_up)
    assert sweep(at=DEADLINE, actor=OPERATOR).taken_offline == 0
    code = "unfiled_after_deadline"
    overdue = [f"wx{n:06d}" for n in range(APPS) if n != 7]
    assert end() == (
        [(f"wx{n:06d}", None, "") if n == 7 else (f"wx{n:06d}", DEADLINE, code) for n in range(APPS)],
        [(f"app:{appid}", code) for appid in overdue],
    )


def database_url() -> str:
    """The address of the test database, for another process."""
    given = connection.get_connection_params()
    user, name, host = (quote(given.get(key) or "", safe="") for key in ("user", "dbname", "host"))
    return f"postgresql://{user}@/{name}?host={host}"


def test_a_second_sweep_beside_a_running_one_steps_back(at) -> None:
    large_catalogue(at)
    inside, leave = threading.Event(), threading.Event()

    def pause(_: Any) -> None:
        inside.set()
        assert leave.wait(20)

    thread, results = in_background(lambda: sweep(at=DEADLINE, actor=OPERATOR, batch_size=1_000, progress=pause))
    assert inside.wait(20)
    with pytest.raises(AlreadyRunning):
        sweep(at=DEADLINE, actor=OPERATOR)
    leave.set()
    thread.join(60)
    assert results[0].taken_offline == APPS - 1
    assert len(end()[1]) == APPS - 1


@pytest.mark.parametrize("guarded", [False, True])
def test_an_app_filed_while_a_sweep_judges_it_is_not_left_offline(at, monkeypatch, guarded: bool) -> None:
    """The number comes after the sweep has read that there is none, and before it writes.

    Without the lock taken before reading, the filing finds the app still on the shelf, does nothing, and the sweep
    then takes a filed app offline. With it, the filing waits and puts the app back.
    """
    at("2024-04-01T00:00:00+08:00")
    stock(("wx01", "2022-05-01"))
    if not guarded:
        monkeypatch.setattr(shelving, "lock", lambda appids: appids)
    judged, go_on = threading.Event(), threading.Event()

    def hold(**_: Any) -> None:  # the sweep has judged and written, and is about to commit
        judged.set()
        assert go_on.wait(20)

    apps_taken_offline.connect(hold)
    try:
        sweeping, _ = in_background(lambda: sweep(at=DEADLINE, actor=OPERATOR))
        assert judged.wait(20)
        filing, failed = in_background(lambda: filed("wx01", DEADLINE) and None)
        if guarded:
            wait_until(lambda: backends_waiting_for_a_lock() == 1)
        else:
            filing.join(20)
        go_on.set()
        sweeping.join(20)
        filing.join(20)
    finally:
        apps_taken_offline.disconnect(hold)
    assert failed == [None]
    assert MiniProgram.objects.get().is_standing == guarded


def test_rows_that_somebody_holds_are_waited_for_in_the_end(at) -> None:
    at("2024-04-01T00:00:00+08:00")
    stock(*((f"wx{n:02d}", "2022-05-01") for n in range(10)))
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM shelf_miniprogram WHERE appid = 'wx03' FOR UPDATE")
            held.set()
            assert release.wait(20)

    holding, _ = in_background(hold)
    assert held.wait(20)
    sweeping, results = in_background(lambda: sweep(at=DEADLINE, actor=OPERATOR, batch_size=4))
    wait_until(lambda: MiniProgram.objects.exclude(offline_since=None).count() == 9)
    wait_until(lambda: backends_waiting_for_a_lock() == 1)
    release.set()
    sweeping.join(20)
    holding.join(20)
    assert (results[0].taken_offline, results[0].batches) == (10, 4)


def test_a_filing_in_progress_is_not_swept_away(at) -> None:
    """The filing holds the app first: the sweep passes it over, waits at the end, and then finds it filed."""
    at("2024-04-01T00:00:00+08:00")
    stock(("wx01", "2022-05-01"), ("wx02", "2022-05-01"))
    issued, commit = threading.Event(), threading.Event()

    def filing() -> None:
        with transaction.atomic():
            filed("wx01", DEADLINE)
            issued.set()
            assert commit.wait(20)

    thread, failed = in_background(filing)
    assert issued.wait(20)
    sweeping, results = in_background(lambda: sweep(at=DEADLINE, actor=OPERATOR))
    wait_until(lambda: backends_waiting_for_a_lock() == 1)
    commit.set()
    sweeping.join(20)
    thread.join(20)
    assert (results[0].taken_offline, failed) == (1, [None])
    assert list(MiniProgram.objects.exclude(offline_since=None).values_list("appid", flat=True)) == ["wx02"]
