"""The processes of a running system: web, worker and the simulated administration, as one tree.

`serve` starts them on the database of the calling process and stops them at the end; `Running.watch` keeps them up.
A child dies with its parent (on Linux by the kernel's doing, so also when the parent is killed).
"""

import contextlib
import ctypes
import errno
import fcntl
import functools
import json
import logging.handlers
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from openbeian.runtime.database import url_from_settings, var_directory, variable

HEALTHY_SECONDS = 60.0
STOP_SECONDS = 12.0
LOG_BYTES, LOGS_BEFORE = 10_000_000, 3
"""A log that is as large is set aside; so many earlier ones stay."""

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


class ProcessFailed(RuntimeError):
    """A process of the system did not start or did not become healthy; the message has the end of its log."""


@dataclass(frozen=True)
class Addresses:
    """Where a running system is reached. Kept in ``var/run.json`` while ``openbeian up`` runs."""

    web_url: str
    simulator_url: str
    pid: int


@dataclass
class _Child:
    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    health_url: str | None
    ends_by: signal.Signals
    """What it gets when its parent dies. Granian must be asked, to take its own children along; the worker would
    wait for connections to a database that goes down too, and its jobs bear being run again."""
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    restart_at: float | None = None
    logging: threading.Thread | None = None

    def logged(self) -> None:
        """Wait until what the process, which has ended, has written is in its log."""
        if self.logging is not None:
            self.logging.join(2)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Running:
    """A started system. Names of processes: ``web``, ``worker``, ``simulator``."""

    def __init__(self, *, host: str, web_port: int, simulator_port: int, environment: Mapping[str, str]) -> None:
        from django.conf import settings

        self.web_url = f"http://{_bracketed(host)}:{web_port}"
        self.simulator_url = f"http://{_bracketed(host)}:{simulator_port}"
        logs = var_directory() / "log"
        logs.mkdir(parents=True, exist_ok=True)
        logs.chmod(0o750)
        (var_directory() / "static").mkdir(exist_ok=True)
        base = _environment(web_url=self.web_url, simulator_url=self.simulator_url, extra=environment)
        platform = base | {"DJANGO_SETTINGS_MODULE": "openbeian.config.settings"}
        simulated = base | {"DJANGO_SETTINGS_MODULE": "openbeian.config.simulator_settings"}
        workers = ["--workers", str(settings.OPENBEIAN_WEB_WORKERS)]
        self._children = {child.name: child for child in (
            _Child("web", _server("openbeian.config.wsgi:application", host, web_port, workers), platform,
                   logs / "web.log", f"{self.web_url}/healthz", signal.SIGTERM),
            _Child("simulator", _server("openbeian.config.simulator_wsgi:application", host, simulator_port, []),
                   simulated, logs / "simulator.log", f"{self.simulator_url}/healthz", signal.SIGTERM),
            _Child("worker", [sys.executable, "-m", "openbeian.cli", "worker"], platform,
                   logs / "worker.log", None, signal.SIGKILL),
        )}

    def start(self, name: str, *, wait: bool = True) -> None:
        """Start a process unless it is up; with ``wait``, return when it answers. Raises `ProcessFailed`."""
        child = self._children[name]
        if not child.alive:
            # Its own process group: Ctrl-C reaches only us, and a killed granian leaves no worker behind.
            child.process = subprocess.Popen(
                child.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env=child.environment, start_new_session=True,
                preexec_fn=functools.partial(_die_with_parent, child.ends_by) if _libc else None,
            )  # fmt: skip
            child.logging = threading.Thread(target=_keep_log, args=(child.process.stdout, child.log), daemon=True)
            child.logging.start()
            child.started = time.monotonic()
            child.restart_at = None
        if wait:
            self.wait_until_healthy(name)

    def wait_until_healthy(self, name: str) -> None:
        """Return when the process answers its health check. Raises `ProcessFailed`."""
        child = self._children[name]
        deadline = time.monotonic() + HEALTHY_SECONDS
        while child.alive:
            if child.health_url is None or answers(child.health_url):
                return
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{name} did not answer within {HEALTHY_SECONDS:.0f} s; the end of {child.log}:\n"
                                    f"{_tail(child.log)}")
            time.sleep(0.05)
        child.logged()
        raise ProcessFailed(f"{name} ended at once; the end of {child.log}:\n{_tail(child.log)}")

    def stop(self, name: str) -> None:
        """Ask a process to stop and wait until it has."""
        self._stop([self._children[name]])

    def kill(self, name: str) -> None:
        """Kill a process and its children outright (SIGKILL), as a fault would."""
        child = self._children[name]
        if child.process is not None:
            _signal_group(child.process, signal.SIGKILL)
            child.process.wait()

    def pid(self, name: str) -> int | None:
        """Process id, or None if it is not up."""
        child = self._children[name]
        return child.process.pid if child.process is not None and child.alive else None

    def log(self, name: str) -> Path:
        """The file that a process writes its log to."""
        return self._children[name].log

    def watch(self, stop: threading.Event, *, say: Callable[[str], None]) -> None:
        """Until ``stop`` is set, start every process again that dies: at once, then with growing pauses up to 30 s."""
        wanted = [child for child in self._children.values() if child.process is not None]
        while not stop.wait(0.2):
            now = time.monotonic()
            for child in wanted:
                if child.alive:
                    if now - child.started > 60:
                        child.failures = 0
                elif child.restart_at is None:
                    pause = min(30.0, 2.0 ** (child.failures - 1)) if child.failures else 0.0
                    child.failures += 1
                    child.restart_at = now + pause
                    code = child.process.returncode if child.process else None
                    say(f"{child.name} ended ({_manner(code)}); starting it again"
                        + (f" in {pause:.0f} s" if pause else "") + f". Its log: {child.log}")
                    if child.process is not None:
                        _signal_group(child.process, signal.SIGKILL)  # what a killed granian left behind
                elif now >= child.restart_at:
                    self.start(child.name, wait=False)

    def close(self) -> None:
        """Stop everything: first the doors, then the worker."""
        self._stop([self._children["web"], self._children["simulator"], self._children["worker"]])

    def _stop(self, children: list[_Child]) -> None:
        for child in children:
            if child.process is not None and child.alive:
                with contextlib.suppress(ProcessLookupError):
                    child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            if child.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.1, deadline - time.monotonic()))
                _signal_group(child.process, signal.SIGKILL)
                child.process.wait()
                child.logged()


@contextlib.contextmanager
def serve(
    *,
    web: bool = True,
    worker: bool = True,
    simulator: bool = True,
    host: str = "127.0.0.1",
    web_port: int = 0,
    simulator_port: int = 0,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Run the system on this process's database while the block runs. Port 0 takes a free one.

    Django must be set up and the database migrated. Raises `ProcessFailed`.
    """
    running = Running(host=host, web_port=web_port or free_port(host),
                      simulator_port=simulator_port or free_port(host), environment=environment or {})
    try:
        names = [name for name, wanted in (("simulator", simulator), ("web", web), ("worker", worker)) if wanted]
        for name in names:
            running.start(name, wait=False)
        for name in names:
            running.wait_until_healthy(name)
        yield running
    finally:
        running.close()


@contextlib.contextmanager
def only_one() -> Iterator[Callable[[Running], None]]:
    """Make sure that one system runs on this ``var/``; gives a function that lets `running_system` find it.

    Raises `ProcessFailed` if another one runs.
    """
    path = var_directory() / "run.json"
    var_directory().mkdir(parents=True, exist_ok=True)
    with open(var_directory() / "run.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ProcessFailed(_already_running()) from None
        path.unlink(missing_ok=True)  # of a system that was killed

        def announce(running: Running) -> None:
            temporary = path.with_suffix(".new")
            temporary.write_text(json.dumps(asdict(Addresses(running.web_url, running.simulator_url, os.getpid()))))
            temporary.replace(path)

        try:
            yield announce
        finally:
            path.unlink(missing_ok=True)


def running_system() -> Addresses | None:
    """The system that ``openbeian up`` runs on this ``var/``, if one does."""
    with contextlib.suppress(OSError, ValueError, TypeError), open(var_directory() / "run.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return Addresses(**json.loads((var_directory() / "run.json").read_text()))
    return None


def _already_running() -> str:
    system = running_system()
    where = f" at {system.web_url} (process {system.pid})" if system else ""
    return f"OpenBeian already runs on {var_directory()}{where}: stop that one, or set OPENBEIAN_VAR to another place"


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that is free now."""
    with _listening(host, 0) as probe:
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on the port. Raises OSError for an address that is not this machine's."""
    try:
        with _listening(host, port):
            return True
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return False
        raise


def next_free_port(host: str, port: int, *, but_not: int | None = None) -> int:
    """``port``, or the first free one after it."""
    for candidate in range(port, min(port + 100, 65536)):
        if candidate != but_not and is_free(host, candidate):
            return candidate
    return free_port(host)


def _environment(*, web_url: str, simulator_url: str, extra: Mapping[str, str]) -> dict[str, str]:
    from django.conf import settings
    from django.db import connection

    source = str(Path(__file__).resolve().parents[2])
    return {
        **os.environ,
        "DATABASE_URL": url_from_settings(connection.settings_dict),
        "OPENBEIAN_INSTANCE": settings.OPENBEIAN_INSTANCE,
        "OPENBEIAN_VAR": str(var_directory()),
        "OPENBEIAN_BASE_URL": variable("OPENBEIAN_BASE_URL") or web_url,
        "OPENBEIAN_SIMULATOR_URL": simulator_url,
        "PYTHONPATH": os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH")))),
        "PYTHONUNBUFFERED": "1",
        **extra,
    }


def _server(application: str, host: str, port: int, more: list[str]) -> list[str]:
    return [sys.executable, "-m", "openbeian.web.server", application, "--host", host, "--port", str(port), *more]


def _die_with_parent(by: signal.Signals) -> None:
    assert _libc is not None
    _libc.prctl(_PR_SET_PDEATHSIG, by)


def answers(url: str) -> bool:
    """Whether something answers 200 there."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


class _Log(logging.handlers.RotatingFileHandler):
    """A file that others may not read. A full disk stops nobody."""

    def _open(self) -> Any:
        return open(self.baseFilename, "a", encoding="utf-8", opener=_private)

    def handleError(self, record: logging.LogRecord) -> None:
        pass


def _private(path: str, flags: int) -> int:
    file = os.open(path, flags, 0o640)
    os.fchmod(file, 0o640)
    return file


def _keep_log(output: IO[bytes], path: Path) -> None:
    """Write what a process writes, until it and its children have ended."""
    log = _Log(path, maxBytes=LOG_BYTES, backupCount=LOGS_BEFORE)
    with output, contextlib.closing(log):
        while line := output.readline(65536):
            log.emit(logging.makeLogRecord({"msg": line.decode(errors="replace").rstrip("\n")}))


def _tail(log: Path) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    return "(no log)"


def _manner(code: int | None) -> str:
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def _listening(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def _bracketed(host: str) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{shown}]" if ":" in shown else shown
