"""When a lane may be used: its rests, and the hours in which a province takes calls (V3.0, answer 20 names them)."""

import re
from datetime import datetime, timedelta
from typing import Literal

from openbeian.authority.models import Lane
from openbeian.regime.calendar import SHANGHAI, midnight

#: The two ways of a lane. Each fails, rests and recovers by itself: a full queue keeps no answer from coming in.
Way = Literal["send", "poll"]

_TIME = r"(\d{1,2})\s*(?:[:：]\s*(\d{2})|[时点](?:整|(\d{1,2})分)?)"
_HOURS = re.compile(rf"{_TIME}\s*(?:-|–|—|~|～|至|到|to)\s*(?:次日|翌日)?\s*{_TIME}")
_DAY = 24 * 60


def hours_in(text: str) -> str:
    """The hours an answer names, as ``08:00-20:00``; "" if it names none that make sense.

    Of several (mornings and afternoons) those from the first opening to the last closing: a call in between is
    answered 20 once more and rests for a while.
    """
    found = [match.groups() for match in _HOURS.finditer(text)]
    if not found:
        return ""
    opens, closes = _minutes(*found[0][:3]), _minutes(*found[-1][3:])
    if opens >= _DAY or closes > _DAY or opens == closes:
        return ""
    return f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"


def _minutes(hour: str, minute: str | None, minute_in_words: str | None) -> int:
    """Minutes since midnight; more than a day has for what is no time."""
    past = int(minute or minute_in_words or 0)
    return int(hour) * 60 + past if past < 60 else _DAY + 1


def next_opening(hours: str, at: datetime) -> datetime | None:
    """When calls are taken again; None if they are at ``at``, or if ``hours`` is "". Hours may run over midnight."""
    if not hours:
        return None
    opens, closes = (int(part[:2]) * 60 + int(part[3:]) for part in hours.split("-"))
    local = at.astimezone(SHANGHAI)
    now = local.hour * 60 + local.minute
    is_open = opens <= now < closes if opens < closes else now >= opens or now < closes
    if is_open:
        return None
    opening = midnight(at) + timedelta(minutes=opens)
    return opening if opening > local else opening + timedelta(days=1)


def rests_until(lane: Lane, way: Way, at: datetime) -> datetime | None:
    """When a way of the lane may be used again; None if it may be now. A halt is not looked at."""
    after: datetime | None = getattr(lane, f"{way}_after")
    if after is not None and after > at:
        return after
    return next_opening(getattr(lane, f"{way}_hours"), at)
