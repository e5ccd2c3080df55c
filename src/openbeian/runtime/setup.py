"""Making a process ready to work: Django, its database, and the tables in it."""

import os
from typing import TYPE_CHECKING

import django

from openbeian.runtime.database import acquire_database

if TYPE_CHECKING:
    from django.db.migrations.loader import MigrationLoader


class OldDatabase(RuntimeError):
    """The tables were made by an older version, and there is no way to bring them up to date."""


def set_up_django(*, database: bool = True, migrate: bool = True) -> None:
    """Find or start the database and load the settings and the rooms. Safe to call twice.

    With ``migrate``, the tables of the embedded database are brought up to date; an outside one is left to
    ``openbeian migrate``. Without ``database``, for help texts, nothing is started.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openbeian.config.settings")
    embedded = database and acquire_database()
    django.setup()
    if embedded and migrate:
        ensure_migrated()


def ensure_migrated(*, always: bool = False, verbosity: int = 0) -> bool:
    """Bring the tables up to date if they are not; returns whether there was anything to do. One process at a time.

    With ``always``, also what is made anew at every migration, such as the trigger that guards the lifecycle.
    """
    from django.core.management import call_command
    from django.db import connection

    if not always and not pending_migrations():
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


def pending_migrations() -> list[str]:
    """Migrations that this release has and the database has not, as ``room.name``. Raises `OldDatabase`."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan and (unknown := _unknown_migrations(executor.loader)):
        raise OldDatabase(_no_upgrade_from(unknown))
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _unknown_migrations(loader: "MigrationLoader") -> list[str]:
    """Migrations of our rooms that the database has and this release has not."""
    from django.apps import apps

    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("openbeian.")}
    return sorted(
        f"{room}.{name}" for room, name in set(loader.applied_migrations) - set(loader.disk_migrations) if room in rooms)


def _no_upgrade_from(unknown: list[str]) -> str:
    from django.conf import settings

    found = f"{', '.join(unknown[:3])}{' …' if len(unknown) > 3 else ''}"
    if os.environ.get("DATABASE_URL"):
        remedy = "Name a fresh, empty database in DATABASE_URL and run `openbeian migrate`."
    else:
        remedy = f"Move the directory {settings.VAR} away, or set OPENBEIAN_VAR to another one, and start again."
    return (
        "数据库由较早的未发布版本建立，无法升级，需要新的空数据库。 This database was made by an older, unreleased version: it "
        f"has migrations that this release does not know ({found}). There is no upgrade from unreleased versions and no "
        f"export or import; a fresh database is needed. {remedy}")
