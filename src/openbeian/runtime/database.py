"""Which PostgreSQL this process uses.

``DATABASE_URL`` names an outside server; without it, it is the embedded one in the instance's directory.
"""

import os
import re
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openbeian.runtime.embedded import EmbeddedServer, EmbeddedServerError

_embedded: EmbeddedServer | None = None

PATIENCE = {
    "connect_timeout": "5", "tcp_user_timeout": "10000", "keepalives_idle": "10", "keepalives_interval": "5",
    "keepalives_count": "3"}
"""How long a database that is silent counts as there; an address may say otherwise. Milliseconds, and else seconds."""
IN_TRANSACTION_SECONDS = 60
WEB_STATEMENT_SECONDS = 20


def variable(name: str) -> str:
    """An environment variable without space around it; "" if it is not set."""
    return os.environ.get(name, "").strip()


def project_directory() -> Path:
    """Root of the clone; for a package installed elsewhere, the working directory."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").exists() else Path.cwd()


def var_directory() -> Path:
    """Where a running system keeps its data: ``OPENBEIAN_VAR``, else a directory of its kind in ``var/`` of the project."""
    kind = variable("OPENBEIAN_INSTANCE") or "production"
    return Path(variable("OPENBEIAN_VAR") or project_directory() / "var" / kind).resolve()


def embedded_server() -> EmbeddedServer:
    """The embedded server of this instance. Starts nothing."""
    return EmbeddedServer(var_directory() / "postgres")


def acquire_database() -> bool:
    """Find or start the embedded server, unless ``DATABASE_URL`` names an outside one; returns whether it is embedded.

    Raises `EmbeddedServerError`, also where ``var/`` still holds a database of before each kind had its own directory.
    """
    global _embedded
    if variable("DATABASE_URL"):
        return False
    if _embedded is None:
        old = project_directory() / "var" / "postgres"
        if old.exists() and not variable("OPENBEIAN_VAR"):
            raise EmbeddedServerError(
                f"{old} 由较早的未发布版本建立，无法升级。现在各种实例的数据分目录存放，这里是 {var_directory()}。请移走 {old}。 "
                f"{old} was made by an older, unreleased version, from which there is no upgrade. Each kind of instance now has "
                f"its own directory, here {var_directory()}. Move {old} away.")
        server = embedded_server()
        server.acquire()
        server.ensure_database()
        _embedded = server
    return True


def release_database(*, wait: bool = False) -> None:
    """Stop using the embedded server, if this process does. The last one to leave stops it."""
    global _embedded
    if _embedded is not None:
        _embedded.release(wait=wait)
        _embedded = None


def settings_from_url(url: str) -> dict[str, Any]:
    """Django's form of a ``postgresql://`` address (percent-encoding, ``?host=/socket`` and libpq options included).

    Raises ValueError, which may say why and does not repeat the address: it may hold a password.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        raise ValueError("libpq does not understand it") from None
    if not parts.get("dbname"):
        raise ValueError("it names no database")
    for name, text in parts.items():
        if name.endswith(("port", "timeout")) and not re.fullmatch("[0-9]{1,9}(,[0-9]{1,9})*", text):
            raise ValueError(f"its {name} is no number")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # Values travel beside the statement, and one that comes again is prepared: the server parses and plans it once.
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 5, **PATIENCE, **parts},
    }


def limit_connections(*, statement_seconds: int = 0) -> None:
    """Let the database end statements of Django's connections that run too long (0: none does), and transactions in which
    nothing happens: a process that is frozen, or gone without a word, would keep its locks.

    Not in the address: a connection pooler refuses such options there.
    """
    from django.db.backends.signals import connection_created

    def limit(connection: Any, **_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, false),"
                           " set_config('idle_in_transaction_session_timeout', %s, false)",
                           [f"{statement_seconds}s", f"{IN_TRANSACTION_SECONDS}s"])

    connection_created.connect(limit, weak=False, dispatch_uid="runtime.database.limit")


def url_from_settings(settings: Mapping[str, Any]) -> str:
    """The address in one line again, for the environment of child processes."""
    quote = urllib.parse.quote
    user = quote(settings.get("USER") or "", safe="")
    password = f":{quote(settings['PASSWORD'], safe='')}" if settings.get("PASSWORD") else ""
    options = {
        "host": settings.get("HOST"),
        "port": settings.get("PORT"),
        **{name: value for name, value in settings.get("OPTIONS", {}).items() if isinstance(value, str)},
    }
    query = urllib.parse.urlencode({k: v for k, v in options.items() if v}, quote_via=quote)
    return f"postgresql://{user}{password}@/{quote(str(settings['NAME']), safe='')}?{query}"
