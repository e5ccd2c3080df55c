"""Whether the system is well, in a few questions."""

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One question and its answer."""

    name: str
    well: bool
    told: str


def checks() -> Iterator[Check]:
    """Ask the database, the tables, the calendar, the workers and the pages. Sets up Django."""
    from openbeian.runtime.processes import running_system
    from openbeian.runtime.setup import pending_migrations, set_up_django

    set_up_django()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        yield Check("database", True, f"PostgreSQL {cursor.fetchone()[0]}")
        pending = pending_migrations()
        told = f"to do: {', '.join(pending)} (openbeian migrate)" if pending else "up to date"
        yield Check("tables", not pending, told)
        if not pending:
            yield _calendar()
        system = running_system()
        if pending or system is None:
            yield Check("processes", True, "openbeian up is not running here")
            return
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers"
            " WHERE last_heartbeat > clock_timestamp() - interval '30 seconds'"
        )
        workers = cursor.fetchone()[0]
        yield Check("workers", workers > 0, f"{workers} alive")
    for name, url in (("pages", system.web_url), ("simulated administration", system.simulator_url)):
        yield _answer(name, f"{url}/healthz")


def _calendar() -> Check:
    """A year that will soon be wanted is told of and is no fault yet."""
    from openbeian.ledger import clock
    from openbeian.regime.calendar import next_unpublished_year_warning, published_years

    wanted = next_unpublished_year_warning(clock.now())
    if wanted is None:
        return Check("calendar", True, f"holidays known to the end of {published_years()[-1]}")
    return Check("calendar", not wanted.urgent, f"{wanted.zh} {wanted.en} (openbeian calendar load FILE.csv)")


def _answer(name: str, url: str) -> Check:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as answer:
            return Check(name, answer.status == 200, f"{url} answers {answer.status}")
    except OSError as error:
        return Check(name, False, f"{url} does not answer: {error}")
