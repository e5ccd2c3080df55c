"""The yardstick between pgbench and ours: the statements of one request sent from Python, by the same server and driver.

Nothing is read, checked or decided; what it costs more than pgbench is the price of the language and its libraries.
"""

import contextlib
import hashlib
import os
import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from openbeian.bench.constant import serving
from openbeian.bench.replay import Recording, unwrapped
from openbeian.bench.scene import Applicant
from openbeian.demo.invented import appid_of
from openbeian.register.queries import certificate_digest

_RECORDING = "OPENBEIAN_BENCH_RECORDING"
_BODY = b'{"errcode":0,"errmsg":"ok"}'

Keys = dict[str, int]
"""By table the key that this request has made."""


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
def bare_server(recording: Recording, *, made: Mapping[str, int], who: Applicant, directory: Path) -> Iterator[str]:
    """Serve the recorded request of ``who``; gives the address. ``?n`` runs it for the n-th applicant of the scene.

    ``made`` is as in :func:`openbeian.bench.replay.script`. The recording is kept in ``directory``.
    """
    file = directory / "recording.pickle"
    kept = [(text, _plain(parameters)) for text, parameters in recording.statements]
    file.write_bytes(pickle.dumps((kept, dict(made), who)))
    with serving("openbeian.bench.bare_wsgi:application", {**os.environ, _RECORDING: str(file)}) as url:
        yield url


def _plain(parameters: Any) -> Any:
    if isinstance(parameters, Mapping):
        return {name: unwrapped(value) for name, value in parameters.items()}
    return [unwrapped(value) for value in parameters or ()]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application that sends the statements and answers a constant."""
    run, keys = environ["QUERY_STRING"], Keys()
    if run:
        before, within = _steps()
        for statement in before:
            statement.send(int(run), keys)
        with transaction.atomic():
            for statement in within:
                statement.send(int(run), keys)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(_BODY)))])
    return [_BODY]


_read: list[tuple[list[_Statement], list[_Statement]]] = []


def _steps() -> tuple[list[_Statement], list[_Statement]]:
    """The statements before the transaction and those in it, read once for each process."""
    if not _read:
        kept, made, who = pickle.loads(Path(os.environ[_RECORDING]).read_bytes())
        begin = next(index for index, (text, _) in enumerate(kept) if text.startswith("SAVEPOINT"))
        statements = [
            _Statement(text, parameters, _differing(parameters, made, who),
                       next((table for table in made if re.search(rf'INSERT INTO "?{table}"? ', text)), None))
            for text, parameters in kept if not text.startswith(("SAVEPOINT", "RELEASE"))]
        _read.append((statements[:begin], statements[begin:]))
    return _read[0]


def _differing(
    parameters: Any, made: Mapping[str, int], who: Applicant
) -> dict[Any, Callable[[int, Keys], Any]]:
    named = parameters.items() if isinstance(parameters, Mapping) else enumerate(parameters)
    found = {name: _other(value, made, who) for name, value in named}
    return {name: other for name, other in found.items() if other is not None}


def _other(value: Any, made: Mapping[str, int], who: Applicant) -> Callable[[int, Keys], Any] | None:
    if isinstance(value, list):
        others = [(item, _other(item, made, who)) for item in value]
        if any(other for _, other in others):
            return lambda run, keys: [other(run, keys) if other else item for item, other in others]
    elif isinstance(value, bytes) and value == certificate_digest(who.certificate_number):
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
