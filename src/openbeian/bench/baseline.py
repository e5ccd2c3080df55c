"""The yardsticks served over HTTP, by the system's own server: a constant, and the bare statements of one request.

The constant is what the server can do with nothing to do. The statements are recorded ones, sent from Python with
nothing read, checked or decided; what they cost more than pgbench is the price of the language and its libraries.
"""

import contextlib
import functools
import hashlib
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.db import connection, transaction

from openbeian.bench.replay import Recording, unwrapped
from openbeian.demo.sample_data import appid_of

if TYPE_CHECKING:
    from openbeian.bench.scene import Applicant

_RECORDING = "OPENBEIAN_BENCH_RECORDING"
_BODY = b'{"errcode":0,"errmsg":"ok"}'

Keys = dict[str, int]
"""By table the key that this request has made."""


def constant(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application that answers 200 and a constant to everything."""
    environ["wsgi.input"].read()
    return _answered(start_response)


def _answered(start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(_BODY)))])
    return [_BODY]


@contextlib.contextmanager
def constant_server() -> Iterator[str]:
    """The same HTTP server as the system's, answering a constant; gives its address."""
    with serving("openbeian.bench.baseline:constant") as url:
        yield url


@contextlib.contextmanager
def serving(application: str, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve a WSGI application by the system's HTTP server, in that server's own threads; gives its address."""
    from openbeian.runtime.processes import answers, free_port

    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
         "--no-ws", "--http", "1", "--log-level", "error",
         "--workers", str(settings.OPENBEIAN_WEB_WORKERS), "--blocking-threads", "8",
         application],
        env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        while not answers(url):
            if server.poll() is not None:
                raise RuntimeError(f"the server of {application} ended at once")
        yield url
    finally:
        server.terminate()
        server.wait(20)


@dataclass(frozen=True)
class _Statement:
    """A statement, its parameters as recorded, and those that differ with each run."""

    text: str
    parameters: Any
    differing: Mapping[Any, Callable[[int, Keys], Any]]
    makes: str | None

    def send(self, run: int, keys: Keys) -> None:
        parameters = self.parameters
        if self.differing:
            parameters = parameters.copy()
            for name, value in self.differing.items():
                parameters[name] = value(run, keys)
        with connection.cursor() as cursor:
            cursor.execute(self.text, parameters)
            row = cursor.fetchone() if cursor.pgresult.nfields else None
            if self.makes and row:
                keys[self.makes] = row[0]


@contextlib.contextmanager
def bare_server(recording: Recording, *, made: Mapping[str, int], who: "Applicant", directory: Path) -> Iterator[str]:
    """Serve the recorded request of ``who``; gives the address. ``?n`` runs it for the n-th applicant of the scene.

    ``made`` is as in :func:`openbeian.bench.replay.script`. The recording is kept in ``directory``.
    """
    from openbeian.register.queries import certificate_digest

    file = directory / "recording.pickle"
    kept = [(text, _plain(parameters)) for text, parameters in recording.statements]
    file.write_bytes(pickle.dumps((kept, dict(made), who, certificate_digest(1, who.certificate_number))))
    with serving("openbeian.bench.baseline:statements", {**os.environ, _RECORDING: str(file)}) as url:
        yield url


def _plain(parameters: Any) -> Any:
    if isinstance(parameters, Mapping):
        return {name: unwrapped(value) for name, value in parameters.items()}
    return [unwrapped(value) for value in parameters or ()]


def statements(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application that sends the statements and answers a constant."""
    run, keys = environ["QUERY_STRING"], Keys()
    if run:
        before, within = _steps()
        for statement in before:
            statement.send(int(run), keys)
        with transaction.atomic():
            for statement in within:
                statement.send(int(run), keys)
    return _answered(start_response)


@functools.cache
def _steps() -> tuple[list[_Statement], list[_Statement]]:
    """The statements before the transaction and those in it."""
    django.setup()
    kept, made, who, digest = pickle.loads(Path(os.environ[_RECORDING]).read_bytes())
    begin = next(index for index, (text, _) in enumerate(kept) if text.startswith("SAVEPOINT"))
    steps = []
    for text, parameters in kept:
        if not text.startswith(("SAVEPOINT", "RELEASE")):
            named = parameters.items() if isinstance(parameters, Mapping) else enumerate(parameters)
            others = {name: _other(value, made, who, digest) for name, value in named}
            makes = next((table for table in made if re.search(rf'INSERT INTO "?{table}"? ', text)), None)
            steps.append(_Statement(
                text, parameters, {name: other for name, other in others.items() if other is not None}, makes))
    return steps[:begin], steps[begin:]


def _other(
    value: Any, made: Mapping[str, int], who: "Applicant", digest: bytes
) -> Callable[[int, Keys], Any] | None:
    """What takes the place of a parameter in another run; None if it is the same."""
    if isinstance(value, list):
        others = [(item, _other(item, made, who, digest)) for item in value]
        if any(other for _, other in others):
            return lambda run, keys: [other(run, keys) if other else item for item, other in others]
    elif isinstance(value, bytes) and value == digest:
        return lambda run, keys: hashlib.sha256(str(run).encode()).digest()
    elif value in (who.appid, who.face_check, *who.media):
        return lambda run, keys: value.replace(who.appid, appid_of(run))
    elif type(value) is int:
        for table, key in made.items():
            if value == key:
                return lambda run, keys: keys[table]
    elif isinstance(value, str) and value.startswith("order:"):
        for table, key in made.items():
            if value == f"order:{key}":
                return lambda run, keys: f"order:{keys[table]}"
    return None
