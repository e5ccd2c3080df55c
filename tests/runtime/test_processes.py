"""The running system as a tree of processes: it comes up, heals, and goes down without a trace."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from openbeian.runtime.processes import Running


def wait_until(happened: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def processes_on(var: Path) -> list[str]:
    """Command lines of living processes that carry this directory in their arguments or environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            if str(var).encode() in words and int(entry.name) != os.getpid():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200])
        except (OSError, ValueError):
            continue
    return found


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """One ``var/`` for all tests here: the first one makes the cluster and the tables."""
    with tempfile.TemporaryDirectory(prefix="openbeian-up-", ignore_cleanup_errors=True) as directory:
        yield Path(directory) / "var"


def environment(var: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    return {**kept, "OPENBEIAN_INSTANCE": "sandbox", "OPENBEIAN_VAR": str(var)}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "openbeian.cli", *words]


def start_up(var: Path, *options: str) -> subprocess.Popen[str]:
    (var / "run.json").unlink(missing_ok=True)  # a killed system leaves it
    return subprocess.Popen(command("up", "--port", "0", "--simulator-port", "0", *options), env=environment(var),
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # fmt: skip


def announced(var: Path) -> dict[str, str]:
    wait_until(lambda: (var / "run.json").exists())
    return json.loads((var / "run.json").read_text())


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def test_web_and_simulator_answer_and_the_worker_lives(services: "Running") -> None:
    assert requests.get(f"{services.web_url}/healthz", timeout=5).json() == {"ok": True}
    assert requests.get(f"{services.simulator_url}/healthz", timeout=5).json() == {"ok": True}
    assert services.pid("worker") is not None


def test_a_process_that_dies_is_started_again(services: "Running") -> None:
    said: list[str] = []
    stop = threading.Event()
    watching = threading.Thread(target=services.watch, args=(stop,), kwargs={"say": said.append})
    watching.start()
    try:
        before = services.pid("web")
        services.kill("web")
        wait_until(lambda: services.pid("web") not in (None, before) and answers(services.web_url))
    finally:
        stop.set()
        watching.join()
    assert len(said) == 1
    assert said[0].startswith("web ended (killed by SIGKILL); starting it again.")


def test_up_announces_itself_and_stops_without_a_trace(var: Path) -> None:
    up = start_up(var)
    where = announced(var)
    assert answers(where["web_url"])
    assert answers(where["simulator_url"])

    second = subprocess.run(command("up"), env=environment(var), capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert f"OpenBeian already runs on {var} at {where['web_url']}" in second.stderr
    assert "Traceback" not in second.stderr

    health = subprocess.run(command("health"), env=environment(var), capture_output=True, text=True, timeout=60)
    assert [line.split(":")[0] for line in health.stdout.splitlines()] == [
        "ok    database", "ok    tables", "ok    calendar", "ok    workers", "ok    jobs", "ok    lanes", "ok    limits",
        "ok    pushes", "ok    mail", "ok    disk", "ok    pages", "ok    simulated administration",
    ]  # fmt: skip
    assert health.returncode == 0

    up.send_signal(signal.SIGTERM)
    _, said = up.communicate(timeout=30)
    assert up.returncode == 0
    assert where["web_url"] in said
    assert not (var / "run.json").exists()
    assert processes_on(var) == []


def test_up_killed_outright_leaves_nothing_running(var: Path) -> None:
    up = start_up(var)
    announced(var)
    up.kill()
    up.communicate()
    if sys.platform == "linux":
        deadline = time.monotonic() + 60
        while (left := processes_on(var)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert left == []


def test_a_port_in_use_is_said_and_another_taken(var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        up = start_up(var, "--port", str(port))
        where = announced(var)
        assert where["web_url"] != f"http://127.0.0.1:{port}"
        assert answers(where["web_url"])
        up.send_signal(signal.SIGINT)
        _, said = up.communicate(timeout=30)
    assert f"Port {port} is in use; taking {where['web_url'].rpartition(':')[2]}." in said
    assert up.returncode == 0


def test_an_address_of_another_machine_is_a_clear_error(var: Path) -> None:
    up = start_up(var, "--host", "192.0.2.1", "--port", "8000")
    _, said = up.communicate(timeout=60)
    assert up.returncode == 1
    assert "cannot listen on 192.0.2.1" in said
    assert "Traceback" not in said
