"""Whose a database is, and emptying one's own. The first event of its ledger tells."""

from django.db import connection, transaction

from openbeian.ledger.models import Event
from openbeian.regime.actors import Actor


def begun_by(actor: Actor) -> bool | None:
    """Whether ``actor`` wrote the first event; None where there is none yet, or not even a table for it."""
    if Event._meta.db_table not in connection.introspection.table_names():
        return None
    first = Event.objects.order_by("id").first()
    return None if first is None else first.actor_id == actor.id


def empty() -> None:
    """Empty every table, for callers that know the database is theirs to empty."""
    # A worker that is running keeps its registration, or it could take no job any more.
    kept = {"django_migrations", "django_content_type", "auth_permission", "procrastinate_workers"}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL openbeian.reset = 'on'")
        tables = [table for table in connection.introspection.table_names(cursor) if table not in kept]
        cursor.execute(f"TRUNCATE {', '.join(connection.ops.quote_name(table) for table in tables)} RESTART IDENTITY")
