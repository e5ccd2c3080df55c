"""Working days (工作日) and due instants, in the law's own zone, Asia/Shanghai.

The State Council publishes each year's holidays (放假) and working weekends (调休上班) in a notice late in
the year before. Up to the last year known to the package ``chinesecalendar`` they come from there; a later
year is data: see :meth:`WorkingCalendar.with_csv`.

A :class:`WorkingCalendar` is immutable. This module holds one reference to the calendar in use, which the
functions below take unless they are handed another; :func:`use` puts a new calendar in its place, for this process
only. ``openbeian.ledger.working_days`` keeps years for all processes.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from types import MappingProxyType
from zoneinfo import ZoneInfo

from chinese_calendar import constants

from openbeian.regime.errors import BilingualError

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DAY = timedelta(days=1)
#: From this day of a year on, the next year's calendar is wanted: 20 working days may end in it.
_WANTED_FROM = (11, 15)


class CalendarDataError(BilingualError, ValueError):
    """A year's holidays cannot be right. The texts say why, with the line where there is one."""


@dataclass(frozen=True)
class Due:
    """The instant from which something is overdue, in Asia/Shanghai.

    ``provisional``: it rests on a year (or year's end) whose holidays are not published, and may move once
    they are.
    """

    instant: datetime
    provisional: bool


@dataclass(frozen=True)
class YearNotice:
    """One year's notice. ``holidays`` are the days off it names, weekends or not.

    A notice may also name days at the very end of the year before it (the New Year of 2019 took 30 and 31
    December).
    """

    holidays: frozenset[date]
    working_weekends: frozenset[date]


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days are working days, as far as published. Beyond that: Monday to Friday, and provisional."""

    notices: Mapping[int, YearNotice]

    def published_years(self) -> tuple[int, ...]:
        return tuple(sorted(self.notices))

    def is_working_day(self, day: date) -> bool:
        # The next year's notice has the last word on the end of this one.
        for year in (day.year + 1, day.year):
            if notice := self.notices.get(year):
                if day in notice.working_weekends:
                    return True
                if day in notice.holidays:
                    return False
        return day.weekday() < 5

    def is_settled(self, day: date) -> bool:
        """Whether a notice has settled this day. 29 to 31 December wait for the next year's notice too."""
        return day.year in self.notices and (not _at_years_end(day) or day.year + 1 in self.notices)

    def due_after(self, day: date, days: int) -> Due:
        """The end of the ``days``-th working day after ``day``, see :func:`due_after_working_days`."""
        found = self._dues.get((day, days))
        if found is None:
            last, settled, left = day, True, days
            while left:
                last += _DAY
                settled = settled and self.is_settled(last)
                left -= self.is_working_day(last)
            found = Due(datetime.combine(last + _DAY, time(), SHANGHAI), provisional=not settled)
            self._dues[day, days] = found
        return found

    @cached_property
    def _dues(self) -> dict[tuple[date, int], Due]:
        """What was counted already: all orders of a day wait for the same instants."""
        return {}

    def with_year(
        self, year: int, holidays: Iterable[date], working_weekends: Iterable[date]
    ) -> "WorkingCalendar":
        """This calendar with ``year`` published, or corrected.

        Raises :class:`CalendarDataError` when the data cannot be right: a fixed holiday missing, a date of another
        year, a working weekend that is no weekend, a date in both lists.
        """
        notice = YearNotice(frozenset(holidays), frozenset(working_weekends))
        _check(year, notice)
        return WorkingCalendar(MappingProxyType({**self.notices, year: notice}))

    def with_csv(self, text: str) -> "WorkingCalendar":
        """As :meth:`with_year`, from a CSV of one year: header ``date,kind``, ISO dates, kind ``holiday`` or ``working``.

        Further columns and lines that start with ``#`` are passed over.
        """
        return self.with_year(*_read_csv(text))


@cache
def published() -> WorkingCalendar:
    """The calendar with the years the package knows, and no other."""
    holidays, weekends = set(constants.holidays), set(constants.workdays)
    return WorkingCalendar(
        MappingProxyType(
            {
                year: YearNotice(
                    frozenset(day for day in holidays if day.year == year),
                    frozenset(day for day in weekends if day.year == year and day.weekday() >= 5),
                )
                for year in range(min(holidays).year, max(holidays).year + 1)
            }
        )
    )


_in_use: WorkingCalendar | None = None


def in_use() -> WorkingCalendar:
    """The calendar of this process."""
    return _in_use or published()


def use(calendar: WorkingCalendar) -> None:
    """Put ``calendar`` in use in this process. ``use(published())`` forgets every other year."""
    global _in_use
    _in_use = calendar


def year_of(text: str) -> int:
    """The year that a CSV for :meth:`WorkingCalendar.with_csv` is about. Raises :class:`CalendarDataError`."""
    year, holidays, weekends = _read_csv(text)
    _check(year, YearNotice(frozenset(holidays), frozenset(weekends)))
    return year


def published_years() -> tuple[int, ...]:
    """The years whose holidays are known, ascending."""
    return in_use().published_years()


def due_after_working_days(start: datetime, days: int, calendar: WorkingCalendar | None = None) -> Due:
    """The end (24:00 in Shanghai) of the ``days``-th working day after the day of ``start``.

    The day of ``start`` itself does not count, whatever the hour, and the last day counts whole: so the Civil
    Code counts periods (art. 201, the first day is not counted; art. 203, the last day ends at 24:00), and
    the Administrative Licensing Law counts in working days without statutory holidays (art. 82). The instant
    is 00:00 of the following day: on time is what happens before it.

    Raises ValueError for a ``start`` without a zone, or for fewer than one day.
    """
    if days < 1:
        raise ValueError("a period has at least one working day")
    return (calendar or in_use()).due_after(_shanghai_day(start), days)


def due_after(start: datetime, period: timedelta) -> Due:
    """``start`` plus ``period`` of plain time (24 hours, 60 days of 24 hours); never provisional.

    Raises ValueError for a ``start`` without a zone.
    """
    _check_zone(start)
    return Due((start.astimezone(UTC) + period).astimezone(SHANGHAI), provisional=False)


@dataclass(frozen=True)
class UnpublishedYear:
    """``year`` is, or will soon be, needed and is not loaded. ``urgent``: it has begun."""

    year: int
    urgent: bool
    zh: str
    en: str


def next_unpublished_year_warning(now: datetime) -> UnpublishedYear | None:
    """For the health check: the first year that should be loaded by ``now`` and is not; None if all is well.

    The current year is always wanted; the next one from 15 November, when 20 working days may end in it and
    its notice is usually out. Raises ValueError for a ``now`` without a zone.
    """
    today = _shanghai_day(now)
    known = in_use().notices
    if today.year not in known:
        return UnpublishedYear(
            today.year, True,
            f"{today.year} 年放假安排尚未载入，期限按周末推算，均为暂定",
            f"Holidays of {today.year} are not loaded; due instants count weekends only and are provisional",
        )
    if (today.month, today.day) >= _WANTED_FROM and today.year + 1 not in known:
        return UnpublishedYear(
            today.year + 1, False,
            f"请载入 {today.year + 1} 年放假安排；跨年期限目前为暂定",
            f"Load the holidays of {today.year + 1}; due instants in that year are provisional until then",
        )
    return None


def midnight(at: datetime) -> datetime:
    """The beginning of the day of ``at``, in Asia/Shanghai."""
    return datetime.combine(_shanghai_day(at), time(), SHANGHAI)


def to_the_minute(at: datetime | None) -> str:
    """An instant as lists show it, in Chinese time; a dash where there is none."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at else "–"


def _check_zone(instant: datetime) -> None:
    if instant.tzinfo is None:
        raise ValueError("the instant needs a time zone")


def _shanghai_day(instant: datetime) -> date:
    _check_zone(instant)
    return instant.astimezone(SHANGHAI).date()


def _at_years_end(day: date) -> bool:
    return (day.month, day.day) >= (12, 29)


def _check(year: int, notice: YearNotice) -> None:
    fixed = {date(year, 1, 1), date(year, 5, 1), date(year, 10, 1), date(year, 10, 2), date(year, 10, 3)}
    if missing := sorted(fixed - notice.holidays):
        listed = ", ".join(map(str, missing))
        raise CalendarDataError(f"缺少法定节假日：{listed}", f"Statutory holidays are missing: {listed}")
    for day in sorted(notice.holidays | notice.working_weekends):
        if day.year != year and not (day.year == year - 1 and _at_years_end(day)):
            raise CalendarDataError(f"{day} 不属于 {year} 年", f"{day} does not belong to {year}")
    for day in sorted(notice.working_weekends):
        if day in notice.holidays:
            raise CalendarDataError(f"{day} 既放假又上班", f"{day} is both a holiday and a working day")
        if day.weekday() < 5:
            raise CalendarDataError(f"{day} 不是周末，不必调休", f"{day} is no weekend, so it needs no entry")


def _read_csv(text: str) -> tuple[int, list[date], list[date]]:
    lines = [
        (n, line)
        for n, line in enumerate(text.lstrip("\ufeff").splitlines(), 1)
        if line.strip() and line[0] != "#"
    ]
    reader = csv.DictReader(io.StringIO("\n".join(line for _, line in lines)))
    if not {"date", "kind"} <= set(reader.fieldnames or ()):
        raise CalendarDataError("表头应含 date,kind", "The header must have date,kind")
    days: dict[str, list[date]] = {"holiday": [], "working": []}
    for (number, _), row in zip(lines[1:], reader, strict=False):
        try:
            days[(row["kind"] or "").strip()].append(date.fromisoformat((row["date"] or "").strip()))
        except (KeyError, ValueError):
            raise CalendarDataError(
                f"第 {number} 行应为“日期,holiday 或 working”",
                f"Line {number} must be an ISO date and holiday or working",
            ) from None
    if not days["holiday"]:
        raise CalendarDataError("没有任何放假日期", "There is not one holiday")
    # The last date decides: a notice may begin in the December before its year.
    return max(days["holiday"]).year, days["holiday"], days["working"]
