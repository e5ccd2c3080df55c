"""Which instance a database belongs to: its kind, its id and fingerprints of its keys.

An empty database is claimed before its first table is made, and never again. Every connection compares the claim with this
process's settings, so nothing is written to another instance's database. The table has no model: it is there before the
first migration.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.errors import UndefinedTable

from openbeian import vault
from openbeian.regime.errors import BilingualError

TABLE = "openbeian_instance"
_CREATE = f"""
CREATE TABLE {TABLE} (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), kind text NOT NULL, keys jsonb NOT NULL,
    only_one boolean NOT NULL UNIQUE DEFAULT true CHECK (only_one))
"""


class WrongDatabase(BilingualError):
    """The database belongs to another instance, or does not say to which; it was left as it is."""

    code = "wrong_database"


@dataclass(frozen=True)
class Instance:
    """What a database says of itself."""

    kind: str
    id: str
    keys: dict[str, Any]


_first_met: dict[str, str] = {}


def claimed_by(database: BaseDatabaseWrapper) -> Instance | None:
    """The instance that the database belongs to, None if nobody has claimed it. Raises :class:`WrongDatabase` if it does not
    let us read whose it is."""
    try:
        with database.cursor() as cursor:
            cursor.execute(f"SELECT kind, id, keys::text FROM {TABLE}")
            kind, id_, keys = cursor.fetchone()
            return Instance(kind, str(id_), json.loads(keys))
    except ProgrammingError as error:
        if isinstance(error.__cause__, UndefinedTable):
            return None
        reason = str(error).splitlines()[0]
        raise WrongDatabase(
            f"无法读取数据库（{_place()}）所属的实例，未作改动：{reason}。请检查数据库账号的权限。",
            f"The database ({_place()}) does not let us read which instance it belongs to: {reason}. Nothing was changed. "
            "Check the privileges of the database user.") from None


def claim(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Make an empty database this instance's own. For ``pre_migrate``. Raises :class:`WrongDatabase` if it holds tables."""
    if using != DEFAULT_DB_ALIAS or claimed_by(connection):
        return
    if connection.introspection.table_names():
        raise WrongDatabase(
            f"数据库（{_place()}）中已有其他系统的数据表，未作改动。请指定一个空数据库。",
            f"The database ({_place()}) holds tables of something else. Nothing was changed. Name an empty database.")
    with transaction.atomic(), connection.cursor() as cursor:  # no table without its row
        cursor.execute(_CREATE)
        cursor.execute(f"INSERT INTO {TABLE} (kind, keys) VALUES (%s, %s)",
                       [settings.OPENBEIAN_INSTANCE, json.dumps(vault.fingerprints())])


def compare(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """For ``connection_created``. Raises :class:`WrongDatabase` unless the database is this instance's, or has no tables."""
    if connection.alias != DEFAULT_DB_ALIAS:
        return
    problem: WrongDatabase | None
    try:
        found = claimed_by(connection)
        problem = _difference(found) if found else _unclaimed(connection)
    except WrongDatabase as unreadable:
        problem = unreadable
    if problem:
        connection.close()
        raise problem


def compare_at_start() -> None:
    """For a process that serves. Raises SystemExit for a wrong database; one that is away is compared when it is back."""
    try:
        connection.ensure_connection()
    except WrongDatabase as refused:
        raise SystemExit(f"{refused.zh} {refused.en}") from None
    except OperationalError:
        pass
    finally:
        connection.close()


def _difference(found: Instance) -> WrongDatabase | None:
    ours, fingerprints = settings.OPENBEIAN_INSTANCE, vault.fingerprints()
    which = f"{found.kind} {found.id[:8]}"
    if found.kind != ours:
        return WrongDatabase(
            f"数据库（{_place()}）属于 {which} 实例，当前命令以 {ours} 实例运行，未作改动。要操作该数据库，请设置 "
            f"OPENBEIAN_INSTANCE={found.kind}；否则请用 DATABASE_URL 或 OPENBEIAN_VAR 另指定一个数据库。",
            f"The database ({_place()}) belongs to the instance {which}, and this command runs as {ours}. Nothing was "
            f"changed. To work on that database, set OPENBEIAN_INSTANCE={found.kind}; else name another one with "
            "DATABASE_URL or OPENBEIAN_VAR.")
    if found.keys["digest"] != fingerprints["digest"] or any(
            fingerprints["keys"].get(name, known) != known for name, known in found.keys["keys"].items()):
        keys = "OPENBEIAN_KEYS_FILE" if settings.PRODUCTION else settings.VAR / "secrets.json"
        return WrongDatabase(
            f"数据库（{_place()}）属于 {which} 实例，与 {keys} 中的密钥不符，未作改动。"
            "请使用建立该数据库时的密钥，或另指定一个空数据库。",
            f"The database ({_place()}) belongs to the instance {which}, whose keys are not those in {keys}. Nothing was "
            "changed. Use the keys with which the database was made, or name an empty one.")
    if _first_met.setdefault("id", found.id) != found.id:
        return WrongDatabase(
            f"数据库（{_place()}）已换成另一个实例（{which}），未作改动。如确需使用，请重新启动。",
            f"The database ({_place()}) is now that of another instance, {which}. Nothing was changed. If that is meant, "
            "start again.")
    return None


def _unclaimed(database: BaseDatabaseWrapper) -> WrongDatabase | None:
    if "ledger_event" not in database.introspection.table_names():
        return None
    return WrongDatabase(
        f"数据库（{_place()}）由较早的未发布版本建立，无法升级，未作改动。请指定一个空数据库（DATABASE_URL），或移走其目录。",
        f"The database ({_place()}) was made by an older, unreleased version, from which there is no upgrade. Nothing was "
        "changed. Name an empty one in DATABASE_URL, or move its directory away.")


def _place() -> str:
    """Where the database is, without what a password may be in."""
    name, host = (str(connection.settings_dict[part]) for part in ("NAME", "HOST"))
    return f"{name}, {host}" if host else name
