"""What a database holds, and emptying it."""

from django.db import connection, transaction

from openbeian.ledger.instance import TABLE, WrongDatabase, claimed_by
from openbeian.ledger.models import Event

_BOOKKEEPING = {"django_migrations", "django_content_type", "auth_permission", TABLE}


def tables_in_use(*, since: Event | None = None) -> list[str]:
    """The tables that hold rows, or rows written after this event, which must be the last of its transaction.

    Jobs do not count: there is none without what it is about.
    """
    newer = f"WHERE age(xmin) < (SELECT age(xmin) FROM ledger_event WHERE id = {since.pk})" if since else ""
    with connection.cursor() as cursor:
        tables = [table for table in sorted(connection.introspection.table_names(cursor))
                  if table not in _BOOKKEEPING and not table.startswith("procrastinate_")]
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM \"{table}\" {newer} LIMIT 1)" for table in tables))
        return [table for (table,) in cursor.fetchall()]


def empty() -> None:
    """Empty every table, in use or not. Raises :class:`WrongDatabase` for a production instance."""
    found = claimed_by(connection)
    if found is None or found.kind == "production":
        raise WrongDatabase("生产实例的数据库不能清空。", "The database of a production instance is not emptied.")
    # A worker that is running keeps its registration, or it could take no job any more.
    kept = {*_BOOKKEEPING, "procrastinate_workers"}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL openbeian.reset = 'on'")
        tables = [table for table in connection.introspection.table_names(cursor) if table not in kept]
        cursor.execute(f"TRUNCATE {', '.join(connection.ops.quote_name(table) for table in tables)} RESTART IDENTITY")
