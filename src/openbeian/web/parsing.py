"""Parsing of parameters that people and programs give: appids and instants."""

import re
from datetime import UTC, date, datetime, time

from openbeian.regime.calendar import SHANGHAI

_APPID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?", re.I)
#: In a query string an unescaped plus sign arrives as a space.
_LOST_PLUS = re.compile(r" (?=\d{2}:\d{2}$)")


class BadInput(Exception):
    """A parameter that cannot be read. ``field`` names it, ``remedy`` says what would be right, both in two languages."""

    def __init__(self, *, code: str, field: str, zh: str, en: str, remedy: str) -> None:
        super().__init__(en)
        self.zh, self.en, self.code, self.field, self.remedy = zh, en, code, field, remedy


def is_appid(text: str) -> bool:
    """Whether ``text`` has the form of an appid: up to 32 letters, digits, ``_`` and ``-``."""
    return _APPID.fullmatch(text) is not None


def read_appid(text: str | None) -> str:
    """The appid in ``text``. Raises :class:`BadInput`."""
    remedy = "例如 Example: appid=wx0123456789abcdef"
    if not text:
        raise BadInput(
            code="appid_missing", field="appid", zh="缺少 appid。", en="The appid is missing.", remedy=remedy)
    if not is_appid(text):
        raise BadInput(
            code="appid_malformed", field="appid", zh="appid 应为不超过 32 位的字母、数字、“_”或“-”。",
            en="An appid has up to 32 letters, digits, _ or -.", remedy=remedy)
    return text


def read_instant(text: str, *, field: str = "at") -> datetime:
    """The instant in ``text``: ISO 8601 with its offset, or a date, which means 00:00 in Shanghai that day.

    Raises :class:`BadInput`: an hour without an offset could be two instants, and is refused.
    """
    try:
        return _read_instant(text)
    except _NoOffset:
        code, zh, en = "instant_without_offset", "时刻缺少时区。", "The instant has no offset from UTC."
    except (ValueError, OverflowError):
        code, zh, en = "instant_malformed", "时刻格式不正确。", "This is no instant."
    raise BadInput(
        code=code, field=field, zh=zh, en=en,
        remedy="例如 Example: 2024-04-01T00:00:00+08:00（网址中“+”写作 %2B；in an address write + as %2B）")


class _NoOffset(ValueError):
    pass


def _read_instant(text: str) -> datetime:
    if _DATE.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), time(), SHANGHAI).astimezone(UTC)
    text = _LOST_PLUS.sub("+", text)
    if not _INSTANT.fullmatch(text):
        raise ValueError(text)
    read = datetime.fromisoformat(text.upper().replace(",", "."))
    if read.tzinfo is None:
        raise _NoOffset(text)
    return read.astimezone(SHANGHAI).astimezone(UTC)  # refuses what only one of the two calendars can hold
