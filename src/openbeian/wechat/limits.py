"""How often calls may be made.

Within a minute: counted in the memory of each web process, per platform and call, so that a client gone wild costs
next to nothing; with several processes each has a count of its own. Within a day in Beijing: counted in the database,
per mini program and call, exactly, whatever the number of processes.
"""

import threading
import time
from collections.abc import Callable
from datetime import date, datetime

from django.conf import settings
from django.db import connection

from openbeian.regime.calendar import SHANGHAI
from openbeian.wechat import codes
from openbeian.wechat.errors import Refused
from openbeian.wechat.models import DailyCount

WINDOW_SECONDS = 60

# A statement of its own, before the call's work. Its commit does not wait for the disk: a count lost in a crash
# hurts nobody, and the call would wait twice otherwise.
_SPEND = """
WITH quickly AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO wechat_dailycount (appid, call, day, used) SELECT %s, %s, %s, 1 FROM quickly
ON CONFLICT (appid, call, day) DO UPDATE SET used = wechat_dailycount.used + 1 WHERE wechat_dailycount.used < %s
RETURNING used
"""


class PerMinute:
    """Counts of the running minute; they begin anew with the next. Minutes are real ones, not the instance clock's."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._window = -1
        self._used: dict[tuple[str, str], int] = {}

    def spend(self, who: str, call: str, *, limit: int) -> bool:
        """Count one call; False if ``who`` has none left."""
        window = int(self._seconds() // WINDOW_SECONDS)
        with self._lock:
            if window != self._window:
                self._window, self._used = window, {}
            used = self._used.get((who, call), 0) + 1
            self._used[who, call] = used
        return used <= limit


_minute = PerMinute()


def spend_minute(who: str, call: str) -> None:
    """Count one call of a platform. Raises :class:`Refused` (45011)."""
    limit = settings.OPENBEIAN_CALLS_PER_MINUTE
    if limit and not _minute.spend(who, call, limit=limit):
        raise Refused(codes.MINUTE_LIMIT)


def spend_day(appid: str, call: str, at: datetime) -> None:
    """Count one call for a mini program, if the call has a daily limit. Raises :class:`Refused` (45009)."""
    limit = settings.OPENBEIAN_DAILY_LIMITS.get(call, 0)
    if not limit:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, [appid, call, at.astimezone(SHANGHAI).date(), limit])
        if cursor.fetchone() is None:
            raise Refused(codes.DAILY_LIMIT)


def forget_days(*, before: date) -> int:
    """Remove the counts of days gone by. Returns how many."""
    return DailyCount.objects.filter(day__lt=before).delete()[0]
