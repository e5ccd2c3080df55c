"""One way for a row to enter its lifecycle and to change its state: one statement that records its event as well.

Each room has its lifecycle as a table (orders: :mod:`openbeian.regime.lifecycle`) and looks the transition up there;
these functions carry it out.
"""

import functools
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models, transaction

from openbeian.regime.actors import Actor

Row = TypeVar("Row", bound=models.Model)


class StateChanged(Exception):
    """The row is not as the caller read it; nothing was changed. ``state`` is its present state, None if it is gone."""

    def __init__(self, state: Any) -> None:
        super().__init__(f"the row is in state {state}")
        self.state = state


def begin(row: Row, *, event: str, subject: str, actor: Actor, at: datetime, data: Mapping[str, Any]) -> Row:
    """Insert ``row`` and record that it begins; returns it with its key. Must run in a transaction.

    In ``subject``, ``{pk}`` is the key that the row gets.
    """
    _in_transaction()
    fields, _, columns = _fields(type(row))
    before, _, after = subject.partition("{pk}")
    with connection.cursor() as cursor:
        cursor.execute(f"""
WITH made AS (
    INSERT INTO {row._meta.db_table} ({columns}) VALUES ({_marks(fields)}) RETURNING id
), recorded AS (
    INSERT INTO ledger_event (at, tag, actor_role, actor_id, subject, data)
    SELECT %s::timestamptz, %s::text, %s::text, %s::text, %s::text || id || %s::text, %s::jsonb FROM made
)
SELECT id FROM made
""", [*_values(row), at, event, actor.role, actor.id, before, after, _json(data)])
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias
    return row


def transition(
    row: Row, *, to: Any, event: str, subject: str, actor: Actor, at: datetime, data: Mapping[str, Any],
    only_if: Mapping[str, Collection[Any]] | None = None, insert: Sequence[models.Model] = (), **columns: Any,
) -> Row:
    """Bring ``row`` from the state it was read in to the state ``to``; returns the same row with what has changed.

    One statement: the update names id, state and version (where the row counts versions) as they were read, and the
    event is written with it, as are the rows to ``insert``. ``only_if`` gives further columns with the values they must
    have, ``columns`` are set too. Must run in a transaction. Raises :class:`StateChanged`.
    """
    _in_transaction()
    seen: Any = row
    changes, conditions = {"state": to, **columns}, {"state": [seen.state], **(only_if or {})}
    if _counts_versions(row):
        changes["version"] = seen.version + 1
        conditions["version"] = [seen.version]
    assignments, parameters = _assignments(row, changes)
    where, wanted = _conditions(row, conditions)
    inserts, inserted = _inserts(insert)
    meta = row._meta
    with connection.cursor() as cursor:
        cursor.execute(f"""
WITH changed AS (
    UPDATE {meta.db_table} SET {assignments} WHERE {where} AND "{meta.pk.column}" = %s RETURNING id
), recorded AS (
    INSERT INTO ledger_event (at, tag, actor_role, actor_id, subject, data)
    SELECT %s::timestamptz, %s::text, %s::text, %s::text, %s::text, %s::jsonb FROM changed
){inserts}
SELECT id FROM changed
""", [*parameters, *wanted, row.pk, at, event, actor.role, actor.id, subject, _json(data), *inserted])
        changed = cursor.fetchone()
    if changed is None:
        raise StateChanged(type(row)._base_manager.filter(pk=row.pk).values_list("state", flat=True).first())
    for name, value in changes.items():
        setattr(row, name, value)
    return row


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a transition and its event are one transaction")


def _counts_versions(row: models.Model) -> bool:
    try:
        row._meta.get_field("version")
    except FieldDoesNotExist:
        return False
    return True


def _assignments(row: models.Model, changes: Mapping[str, Any]) -> tuple[str, list[Any]]:
    fields: list[Any] = [row._meta.get_field(name) for name in changes]
    return ", ".join([f'"{field.column}" = %s' for field in fields]), _prepared(fields, changes.values())


def _conditions(row: models.Model, conditions: Mapping[str, Collection[Any]]) -> tuple[str, list[Any]]:
    fields: list[Any] = [row._meta.get_field(name) for name in conditions]
    texts = [f'"{field.column}" IN ({_marks(allowed)})'
             for field, allowed in zip(fields, conditions.values(), strict=True)]
    return " AND ".join(texts), [value for allowed in conditions.values() for value in allowed]


def _inserts(rows: Iterable[models.Model]) -> tuple[str, list[Any]]:
    text, parameters = "", []
    for number, row in enumerate(rows):
        fields, _, columns = _fields(type(row))
        text += (f", inserted{number} AS (INSERT INTO {row._meta.db_table} ({columns}) "
                 f"SELECT {_marks(fields)} FROM changed)")
        parameters += _values(row)
    return text, parameters


@functools.cache
def _fields(model: type[models.Model]) -> tuple[list[Any], list[str], str]:
    """The fields of a row without its key, which the database gives: themselves, their attributes, their columns."""
    fields: list[Any] = [field for field in model._meta.concrete_fields if not field.primary_key]
    return fields, [field.attname for field in fields], ", ".join(f'"{field.column}"' for field in fields)


def _values(row: models.Model) -> list[Any]:
    fields, attributes, _ = _fields(type(row))
    return _prepared(fields, [getattr(row, attribute) for attribute in attributes])


def _prepared(fields: Iterable[Any], values: Iterable[Any]) -> list[Any]:
    """Values for the driver, which takes all but JSON and rows of other tables as they are."""
    return [field.get_db_prep_save(value, connection) if isinstance(field, models.JSONField)
            else value.pk if isinstance(value, models.Model) else value
            for field, value in zip(fields, values, strict=True)]


def _marks(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(dict(data), ensure_ascii=False)
