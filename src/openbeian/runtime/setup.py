"""Making a process ready to work: Django, its database, and the tables in it."""

import os
from pathlib import Path

import django

from openbeian.runtime.database import acquire_database, limit_connections


def set_up_django(*, database: bool = True, migrate: bool = True) -> None:
    """Load the settings and the rooms, and find or start the database. Safe to call twice.

    With ``migrate``, the tables of the embedded database are brought up to date; an outside one is left to
    ``openbeian migrate``. Without ``database``, for help texts, nothing is started. Connects, so that a database of another
    instance is refused before anything is done (`openbeian.ledger.instance`).
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openbeian.config.settings")
    limit_connections()
    django.setup()  # refuses wrong settings, before anything is started
    if database:
        from django.db import connection

        embedded = acquire_database()
        connection.ensure_connection()
        if embedded and migrate:
            ensure_migrated()


def ensure_migrated(*, always: bool = False, verbosity: int = 0) -> bool:
    """Bring the tables up to date if they are not; returns whether there was anything to do. One process at a time.

    With ``always``, also what is made anew at every migration, such as the trigger that guards the lifecycle.
    """
    from django.core.management import call_command
    from django.db import connection

    if not always and _none_is_new():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('openbeian migrate'))")
    try:
        pending = pending_migrations()  # another process may have been faster
        if pending or always:
            call_command("migrate", verbosity=verbosity if pending else 0, interactive=False)
        return bool(pending)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('openbeian migrate'))")


def _none_is_new() -> bool:
    """Whether every migration file of this release is noted in the database. Loads none of them: every command asks this."""
    from django.apps import apps
    from django.db import ProgrammingError
    from django.db.migrations.recorder import MigrationRecorder

    files = {(app.label, file.stem) for app in apps.get_app_configs()
             for file in Path(app.path, "migrations").glob("[!_]*.py")}
    try:
        return files <= set(MigrationRecorder.Migration.objects.values_list("app", "name"))
    except ProgrammingError:
        return False


def pending_migrations() -> list[str]:
    """Migrations that this release has and the database has not, as ``room.name``."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
