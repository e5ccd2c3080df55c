"""The yardstick of everything that writes: pgbench running only the SQL that our code sends, with as many clients.

The statements of one request are recorded as they go out, turned into a script in which what must be unique differs
at each run (order, appid, certificate), and run by PostgreSQL's own load generator with prepared statements.
"""

import contextlib
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection
from psycopg import Binary
from psycopg.types.json import Json, Jsonb

from openbeian.regime.numbers import is_digits


@dataclass
class Recording:
    """The statements of one request in order, with their parameters and the first row of what they returned."""

    statements: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def round_trips(self) -> int:
        return len(self.statements)


@contextlib.contextmanager
def recorded() -> Iterator[Recording]:
    """Record what this process sends to the database while the block runs."""
    recording = Recording()

    def note(execute: Any, statement: str, parameters: Any, many: bool, context: Any) -> Any:
        if many:
            raise ValueError("a statement with many parameter sets cannot be replayed")
        recording.statements.append((statement, parameters))
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(note):
        yield recording


def script(recording: Recording, *, made: Mapping[str, int], unique: Mapping[Any, str]) -> str:
    """A pgbench script of the recording.

    ``made`` tells, for each table whose new key later statements use, the key that the recorded request made; in the
    script it is the one made anew. ``unique`` gives, for a parameter's value, an SQL expression with ``:n``, a number
    that no other run has.
    """
    keys = {key: f":{table}_id" for table, key in made.items()}
    lines = ["\\set run :run + 1", "\\set n :first + :client_id * :each + :run"]
    depth = 0
    for statement, parameters in recording.statements:
        word = statement.split(None, 1)[0].upper()
        if word == "SAVEPOINT":
            depth += 1
            if depth == 1:
                lines.append("BEGIN;")
                continue
        elif word == "RELEASE":
            depth -= 1
            if depth == 0:
                lines.append("COMMIT;")
                continue
        text = _rendered(statement, parameters, keys=keys, unique=unique)
        table = next((t for t in made if re.search(rf'INSERT INTO "?{t}"? ', statement)), None)
        lines.append(f"{text} \\gset {table}_" if table else f"{text};")
    return "\n".join(lines) + "\n"


def _rendered(statement: str, parameters: Any, *, keys: Mapping[int, str], unique: Mapping[Any, str]) -> str:
    if not parameters:
        return _one_line(statement)
    if isinstance(parameters, Mapping):
        named = {name: _literal(value, keys=keys, unique=unique) for name, value in parameters.items()}
        return _one_line(re.sub(r"%(%|\((\w+)\)s)", lambda m: named[m[2]] if m[2] else "%", statement))
    values = iter([_literal(value, keys=keys, unique=unique) for value in parameters])
    return _one_line(re.sub(r"%(%|s)", lambda m: next(values) if m[1] == "s" else "%", statement))


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def _literal(value: Any, *, keys: Mapping[int, str], unique: Mapping[Any, str]) -> str:
    value = unwrapped(value)
    with contextlib.suppress(TypeError):
        if value in unique:
            return unique[value]
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "NULL"}[value]
    if isinstance(value, int):
        return keys.get(value, str(value))
    if isinstance(value, str) and is_digits(order := value.removeprefix("order:")) and int(order) in keys:
        return f"(E'order\\x3a' || {keys[int(order)]})"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    if isinstance(value, datetime):
        return f"{_text(value.isoformat())}::timestamptz"
    if isinstance(value, date):
        return f"{_text(value.isoformat())}::date"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return "ARRAY[" + ", ".join(_literal(v, keys=keys, unique=unique) for v in value) + "]"
    if isinstance(value, Json | Jsonb):
        return f"{_text(json.dumps(value.obj))}::{type(value).__name__.lower()}"
    raise ValueError(f"a parameter of type {type(value).__name__} cannot be replayed")


def unwrapped(value: Any) -> Any:
    """A parameter as plain Python, out of what a driver or a database wraps bytes in."""
    if isinstance(value, Binary):
        value = value.obj
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def _text(value: str) -> str:
    # A colon before a letter would be a variable to pgbench, inside quotes too.
    escaped = value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a").replace("\n", "\\n")
    return f"E'{escaped}'"


@dataclass(frozen=True)
class PgbenchFigures:
    """What pgbench says of a script."""

    per_second: float
    failed: int


def pgbench(text: str, *, url: str, clients: int, transactions: int, first: int = 1) -> PgbenchFigures:
    """Run the script ``transactions`` times with ``clients`` connections, ``:n`` counting up from ``first``.

    Raises RuntimeError if it fails.
    """
    from openbeian.runtime.embedded import binary_directory

    each = max(1, transactions // clients)
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        ran = subprocess.run(
            [str(binary_directory() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={clients}",
             f"--jobs={min(clients, 2)}", f"--transactions={each}", f"--define=first={first}",
             f"--define=each={each}", "--define=run=-1", f"--file={file.name}", url],
            capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(f"pgbench: {ran.stderr[-2000:]}")
    return PgbenchFigures(
        per_second=float(_figure(r"tps = ([0-9.]+)", ran.stdout)),
        failed=int(_figure(r"number of failed transactions: ([0-9]+)", ran.stdout)),
    )


def _figure(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"pgbench said something else than expected: {text[-500:]}")
    return found[1]
