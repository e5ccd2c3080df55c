"""Dates as certificates print them, and months as people count them."""

import calendar
from datetime import date
from functools import lru_cache

from openbeian.regime.numbers import is_digits


def printed_date(text: str) -> date | None:
    """The day that ``YYYYMMDD`` names, or None."""
    if not (len(text) == 8 and is_digits(text)):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def months_after(day: date, months: int) -> date:
    """The same day ``months`` later, or the last day of that month if it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
