"""Whether the system is well, in a few questions: what a person or an alarm wants to know."""

import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

DISK_FREE_MB_MIN = 500


@dataclass(frozen=True)
class Check:
    """One question and its answer."""

    name: str
    well: bool
    told: str


def checks() -> Iterator[Check]:
    """Ask database, tables, calendar, workers, jobs, link, pushes, mail, disk and pages. Sets up Django.

    The pages are those of ``openbeian up`` where it runs here, else those at ``OPENBEIAN_BASE_URL``.
    """
    from openbeian.runtime.processes import running_system
    from openbeian.runtime.setup import pending_migrations, set_up_django

    set_up_django(migrate=False)
    from django.conf import settings
    from django.db import connection

    from openbeian.ledger import clock

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        yield Check("database", True, f"PostgreSQL {cursor.fetchone()[0]}")
    pending = pending_migrations()
    yield Check("tables", not pending, f"to do: {', '.join(pending)} (openbeian migrate)" if pending else "up to date")
    if not pending:
        at = clock.now()
        yield _calendar(at)
        yield from _jobs()
        yield from _link(at)
        yield _pushes()
    yield _mail()
    free = shutil.disk_usage(settings.VAR).free // 1_000_000
    yield Check("disk", free >= DISK_FREE_MB_MIN, f"{free} MB free at {settings.VAR}")
    system = running_system()
    yield _answer("pages", system.web_url if system else settings.OPENBEIAN_BASE_URL)
    if not settings.PRODUCTION:
        yield _answer("simulated administration", system.simulator_url if system else settings.OPENBEIAN_SIMULATOR_URL)


def _calendar(at: datetime) -> Check:
    """A year that will soon be wanted is told of and is no fault yet."""
    from openbeian.regime.calendar import next_unpublished_year_warning, published_years

    wanted = next_unpublished_year_warning(at)
    if wanted is None:
        return Check("calendar", True, f"holidays known to the end of {published_years()[-1]}")
    return Check("calendar", not wanted.urgent, f"{wanted.zh} {wanted.en} (openbeian calendar load FILE.csv)")


def _jobs() -> Iterator[Check]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_workers"
                       " WHERE last_heartbeat > clock_timestamp() - interval '30 seconds'")
        workers = cursor.fetchone()[0]
        yield Check("workers", workers > 0, f"{workers} alive")
        cursor.execute("SELECT task_name, count(*) FROM procrastinate_jobs WHERE status = 'failed' GROUP BY 1 ORDER BY 1")
        failed = ", ".join(f"{number} of {name}" for name, number in cursor.fetchall())
        yield Check("jobs", not failed, f"failed: {failed} (openbeian jobs failed)" if failed else "none failed")


def _link(at: datetime) -> Iterator[Check]:
    from openbeian.authority import queries

    lanes = queries.lanes(at)
    stopped = [f"{lane.province} {lane.last_error_code or 'halted'}" for lane in lanes if lane.last_error_code or lane.halted_at]
    if left := queries.unmatched().count() + queries.problems().count():
        stopped.append(f"{left} answers to look at")
    yield Check("lanes", not stopped, f"{', '.join(stopped)} (openbeian authority status)" if stopped else f"{len(lanes)} in use")
    late = queries.overdue_orders(at).count() + queries.assignments().filter(due_at__lt=at).count()
    yield Check("limits", not late, f"{late} overdue (openbeian authority overdue)" if late else "nothing overdue")


def _pushes() -> Check:
    from openbeian.notices.queries import dead_letters

    dead = dead_letters().count()
    return Check("pushes", not dead, f"{dead} given up (openbeian clients dead-letters)" if dead else "none given up")


def _mail() -> Check:
    """Without a mail server a demonstration keeps its mails; in production somebody waits for each of them."""
    from django.conf import settings

    if settings.SMTP:
        return Check("mail", True, f"sent by {settings.EMAIL_HOST}")
    kept = len(list(settings.EMAIL_FILE_PATH.glob("*")))
    return Check("mail", not (kept and settings.PRODUCTION),
                 f"{kept} kept in {settings.EMAIL_FILE_PATH}, none sent (OPENBEIAN_SMTP_URL is not set)")


def _answer(name: str, url: str) -> Check:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{url}/healthz", timeout=5) as answer:
            return Check(name, answer.status == 200, f"{url} answers {answer.status}")
    except OSError as error:
        return Check(name, False, f"{url} does not answer well: {error}")
