"""Working days and due instants."""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbeian.regime import calendar
from openbeian.regime.calendar import SHANGHAI, CalendarDataError, Due, due_after, due_after_working_days

LAST = calendar.published().published_years()[-1]
NEXT = LAST + 1
FIXED = [(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)]


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def holidays_of(year: int) -> list[date]:
    return [date(year, month, day) for month, day in FIXED]


def load_year(year: int, holidays: list[date], working_weekends: list[date]) -> calendar.WorkingCalendar:
    calendar.use(calendar.in_use().with_year(year, holidays, working_weekends))
    return calendar.in_use()


def load_csv(text: str) -> None:
    calendar.use(calendar.in_use().with_csv(text))


@pytest.fixture(autouse=True)
def published_calendar():
    """Every test starts and leaves with the calendar as published."""
    calendar.use(calendar.published())
    yield
    calendar.use(calendar.published())


def test_working_days_are_those_of_the_published_calendar():
    ours = calendar.published()
    day = date(ours.published_years()[0], 1, 1)
    while day.year <= LAST:
        assert ours.is_working_day(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    "start, days, due",
    [
        # Tuesday: Wednesday and Thursday are the two days; the period ends when Thursday ends.
        ("2023-09-05T10:00", 2, "2023-09-08"),
        ("2023-09-05T00:00", 2, "2023-09-08"),
        ("2023-09-05T23:59:59", 2, "2023-09-08"),
        # Friday evening: Monday is the first working day.
        ("2023-09-08T18:00", 1, "2023-09-12"),
        # Saturday: the same Monday.
        ("2023-09-09T09:00", 1, "2023-09-12"),
        # 28 September 2023: holidays from 29 September to 6 October, then a working weekend, 7 and 8 October.
        ("2023-09-28T12:00", 1, "2023-10-08"),
        ("2023-09-28T12:00", 3, "2023-10-10"),
        # 17 days are left in September, then 7, 8 and 9 October.
        ("2023-09-05T10:00", 20, "2023-10-10"),
    ],
)
def test_the_last_working_day_counts_whole(start, days, due):
    assert due_after_working_days(shanghai(start), days) == Due(shanghai(due), provisional=False)


def test_the_day_is_shanghais_day_whatever_zone_the_start_is_in():
    # 17:00 UTC on Monday is already Tuesday in Shanghai.
    late = datetime(2023, 9, 4, 17, tzinfo=UTC)
    assert due_after_working_days(late, 2).instant == shanghai("2023-09-08")
    assert due_after_working_days(late - timedelta(hours=2), 2).instant == shanghai("2023-09-07")


@given(
    st.datetimes(datetime(2005, 1, 1), datetime(LAST - 1, 6, 30), timezones=st.just(UTC)), st.integers(1, 30)
)
def test_exactly_that_many_working_days_lie_between(start, days):
    due = due_after_working_days(start, days).instant
    day, counted = start.astimezone(SHANGHAI).date(), 0
    while day + timedelta(days=1) < due.date():
        day += timedelta(days=1)
        counted += chinese_calendar.is_workday(day)
    assert counted == days
    assert chinese_calendar.is_workday(day)
    assert (due.hour, due.minute, due.second, due.utcoffset()) == (0, 0, 0, timedelta(hours=8))


@given(st.datetimes(datetime(2005, 1, 1), datetime(2045, 1, 1), timezones=st.just(UTC)), st.integers(1, 30))
def test_a_longer_period_and_a_later_start_never_end_earlier(start, days):
    due = due_after_working_days(start, days).instant
    assert due_after_working_days(start, days + 1).instant > due
    assert due_after_working_days(start + timedelta(days=1), days).instant >= due


def test_plain_time_is_plain_time():
    start = datetime(2023, 9, 29, 10, tzinfo=UTC)
    assert due_after(start, timedelta(hours=24)) == Due(shanghai("2023-09-30T18:00"), provisional=False)
    assert due_after(start, timedelta(days=60)).instant - start == timedelta(days=60)


@pytest.mark.parametrize("days", [0, -1])
def test_a_period_without_days_is_refused(days):
    with pytest.raises(ValueError, match="at least one"):
        due_after_working_days(shanghai("2023-09-05"), days)


def test_an_instant_without_a_zone_is_refused():
    naive = datetime(2023, 9, 5)
    for ask in (
        lambda: due_after_working_days(naive, 1),
        lambda: due_after(naive, timedelta(hours=1)),
        lambda: calendar.next_unpublished_year_warning(naive),
    ):
        with pytest.raises(ValueError, match="time zone"):
            ask()


# A year that is not published yet


def test_published_years_are_without_a_gap():
    assert calendar.published_years() == tuple(range(2004, NEXT))


def test_a_due_instant_in_an_unpublished_year_is_provisional_and_counts_weekends_only():
    due = due_after_working_days(datetime(LAST, 12, 20, 10, tzinfo=SHANGHAI), 20)
    assert due.provisional
    assert due.instant.year == NEXT
    # 1 January counts as a working day unless it is a weekend: nobody has said otherwise yet.
    unpublished = calendar.published()
    assert unpublished.is_working_day(date(NEXT, 1, 1)) == (date(NEXT, 1, 1).weekday() < 5)


def test_the_same_due_instant_is_settled_once_the_year_is_loaded():
    start = datetime(LAST, 12, 20, 10, tzinfo=SHANGHAI)
    before = due_after_working_days(start, 20)
    load_year(NEXT, [*holidays_of(NEXT), date(NEXT, 1, 4), date(NEXT, 1, 5), date(NEXT, 1, 6)], [])
    after = due_after_working_days(start, 20)
    assert (before.provisional, after.provisional) == (True, False)
    assert after.instant > before.instant
    assert calendar.published_years()[-1] == NEXT


def test_the_end_of_december_waits_for_the_next_years_notice():
    # The notice for 2019 gave 30 and 31 December 2018 off and made 29 December a working day.
    calendar_2018 = calendar.WorkingCalendar(
        {y: n for y, n in calendar.published().notices.items() if y < 2018}
    )
    calendar_2018 = calendar_2018.with_year(2018, holidays_of(2018), [])
    start = shanghai("2018-12-27T10:00")
    assert due_after_working_days(start, 1, calendar_2018) == Due(shanghai("2018-12-29"), provisional=False)
    assert due_after_working_days(start, 2, calendar_2018) == Due(shanghai("2019-01-01"), provisional=True)
    with_2019 = calendar_2018.with_year(
        2019, [*holidays_of(2019), date(2018, 12, 30), date(2018, 12, 31)], [date(2018, 12, 29)]
    )
    assert due_after_working_days(start, 2, with_2019) == Due(shanghai("2018-12-30"), provisional=False)
    assert due_after_working_days(start, 3, with_2019) == Due(shanghai("2019-01-03"), provisional=False)


def test_a_published_year_can_be_corrected():
    first_monday = next(d for d in (date(LAST, 3, n) for n in range(1, 8)) if d.weekday() == 0)
    assert calendar.in_use().is_working_day(first_monday)
    load_year(LAST, [*holidays_of(LAST), first_monday], [])
    assert not calendar.in_use().is_working_day(first_monday)


def test_a_calendar_never_changes_a_new_one_takes_its_place():
    before = calendar.in_use()
    after = load_year(NEXT, holidays_of(NEXT), [])
    assert before.published_years()[-1] == LAST
    assert calendar.in_use() is after
    calendar.use(calendar.published())
    assert calendar.published_years()[-1] == LAST


# Years as data


def csv_of(year: int) -> str:
    lines = [f"{day},holiday,some name" for day in holidays_of(year)]
    return "\n".join(
        ["# from the State Council's notice", "date,kind,name", *lines, "", f"{year}-01-01,holiday,"]
    )


def test_a_year_is_loaded_from_a_csv():
    weekend = next(d for d in (date(NEXT, 2, n) for n in range(1, 8)) if d.weekday() == 6)
    load_csv("\ufeff" + csv_of(NEXT) + f"\r\n{weekend},working,\r\n")
    assert calendar.published_years()[-1] == NEXT
    assert calendar.in_use().is_working_day(weekend)
    assert not calendar.in_use().is_working_day(date(NEXT, 10, 1))


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "header"),
        ("day,sort\n2027-01-01,holiday", "header"),
        ("date,kind\n", "not one holiday"),
        ("date,kind\n2027-01-01,holiday\n2027-13-01,holiday", "Line 3"),
        ("date,kind\n# a remark\n2027-01-01,off", "Line 3"),
        ("date,kind\n2027-01-01", "Line 2"),
        ("date,kind\n2027-01-01,holiday", "missing: 2027-05-01, 2027-10-01"),
    ],
)
def test_a_csv_that_cannot_be_right_is_refused_and_changes_nothing(text, reason):
    before = calendar.in_use()
    with pytest.raises(CalendarDataError, match=reason) as refusal:
        load_csv(text)
    assert refusal.value.zh
    assert calendar.in_use() is before


@pytest.mark.parametrize(
    "more_holidays, working, reason",
    [
        ([date(2028, 1, 1)], [], "does not belong to 2027"),
        ([date(2026, 12, 28)], [], "does not belong to 2027"),
        ([], [date(2027, 10, 2)], "both a holiday and a working day"),
        ([], [date(2027, 10, 8)], "no weekend"),
    ],
)
def test_dates_that_contradict_are_refused(more_holidays, working, reason):
    with pytest.raises(CalendarDataError, match=reason):
        load_year(2027, [*holidays_of(2027), *more_holidays], working)


# The health check


def test_the_health_check_warns_in_time():
    warn = calendar.next_unpublished_year_warning
    assert warn(datetime(LAST, 11, 14, 23, 59, tzinfo=SHANGHAI)) is None
    soon = warn(datetime(LAST, 11, 15, tzinfo=SHANGHAI))
    assert soon is not None and (soon.year, soon.urgent) == (NEXT, False)
    begun = warn(datetime(NEXT, 1, 1, tzinfo=SHANGHAI))
    assert begun is not None and (begun.year, begun.urgent) == (NEXT, True)
    load_year(NEXT, holidays_of(NEXT), [])
    assert warn(datetime(LAST, 11, 15, tzinfo=SHANGHAI)) is None
    assert warn(datetime(NEXT, 1, 1, tzinfo=SHANGHAI)) is None


@given(st.dates(date(LAST, 1, 1), date(LAST, 12, 31)))
def test_the_warning_comes_before_any_twenty_day_review_can_be_provisional(day):
    start = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
    if due_after_working_days(start, 20).provisional:
        assert calendar.next_unpublished_year_warning(start) is not None
