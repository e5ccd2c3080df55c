"""An operator publishes a year's holidays as data; what waited for it is settled, in every process."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.orders import REVIEWER, submitted  # noqa: F401
from typer.testing import CliRunner

from openbeian.filings.models import Order
from openbeian.filings.orders import settle_due_instants
from openbeian.ledger import working_days
from openbeian.ledger.commands import calendar_app
from openbeian.ledger.models import CalendarYear, Event
from openbeian.regime import calendar
from openbeian.regime.actors import Actor, Role
from openbeian.review.verbs import approve

LAST = calendar.published().published_years()[-1]
NEXT = LAST + 1
OPERATOR = Actor(Role.OPERATOR, "user:1")


@pytest.fixture(autouse=True)
def published_calendar() -> Iterator[None]:
    yield
    calendar.use(calendar.published())


def year(*more: date) -> str:
    """The notice of the year after the last one the release knows."""
    fixed = [date(NEXT, 1, 1), date(NEXT, 5, 1), date(NEXT, 10, 1), date(NEXT, 10, 2), date(NEXT, 10, 3), *more]
    return "date,kind\n" + "".join(f"{day},holiday\n" for day in fixed)


@pytest.fixture
def waiting(submitted: Callable[..., Order], at: Callable[[str], datetime]) -> Order:  # noqa: F811
    """An order whose limit falls into the year that nobody has published."""
    order = submitted(instant=f"{LAST}-12-31T10:00:00+08:00")
    assert order.due_provisional is True
    return order


def test_a_published_year_settles_the_limits_that_waited_for_it(waiting: Order, db: None) -> None:
    later = [date(NEXT, 1, n) for n in range(2, 9)]
    assert working_days.publish_year(text=year(*later), actor=OPERATOR) == NEXT
    before = waiting.due_at
    waiting.refresh_from_db()
    assert (waiting.due_provisional, waiting.state, waiting.due_at > before) == (False, "platform_review", True)
    assert waiting.due_at >= datetime(NEXT, 1, 9, tzinfo=calendar.SHANGHAI) + timedelta(days=1)
    event = Event.objects.get(tag="calendar:published")
    assert (event.actor_id, event.subject, event.data) == ("user:1", f"calendar:{NEXT}", {})
    assert approve(order_id=waiting.pk, reviewer=REVIEWER).due_provisional is False


def test_another_process_takes_the_year_up_with_its_next_connection(db: None) -> None:
    working_days.publish_year(text=year(), actor=OPERATOR)
    calendar.use(calendar.published())  # as in a process that has not heard of it
    working_days.take_up_on_connection(connection=connection)
    assert calendar.published_years()[-1] == NEXT


def test_what_such_a_process_counted_meanwhile_is_settled_by_the_daily_job(
    submitted: Callable[..., Order], db: None  # noqa: F811
) -> None:
    working_days.publish_year(text=year(), actor=OPERATOR)
    calendar.use(calendar.published())
    order = submitted(instant=f"{LAST}-12-31T10:00:00+08:00")
    assert settle_due_instants() == 0  # nobody here knows better yet
    working_days.settle()
    order.refresh_from_db()
    assert order.due_provisional is False


def test_a_year_that_cannot_be_right_changes_nothing(waiting: Order, db: None) -> None:
    with pytest.raises(calendar.CalendarDataError):
        working_days.publish_year(text="date,kind\n2027-03-08,holiday\n", actor=OPERATOR)
    assert (CalendarYear.objects.count(), calendar.published_years()[-1]) == (0, LAST)
    assert Order.objects.get().due_provisional is True


def test_the_command_line_checks_loads_and_warns(at: Callable[[str], Any], tmp_path: Path) -> None:
    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(calendar_app, list(words))
        return result.exit_code, result.output

    at(f"{LAST}-11-20T10:00:00+08:00")
    code, told = run("show")
    assert (code, f"请载入 {NEXT} 年放假安排" in told) == (0, True)
    at(f"{NEXT}-01-01T00:00:00+08:00")
    assert run("show")[0] == 1

    file = tmp_path / "holidays.csv"
    file.write_text("date,kind\n2027-03-08,holiday\n")
    assert run("load", str(file))[0] == 1
    file.write_text(year(), encoding="utf-8")
    assert run("load", str(file), "--dry-run")[0] == 0
    assert CalendarYear.objects.count() == 0
    assert run("load", str(file))[0] == 0
    code, told = run("show")
    assert (code, f"{NEXT}  本机载入" in told, "!" in told) == (0, True, False)
