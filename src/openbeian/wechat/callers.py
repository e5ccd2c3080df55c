"""Who makes a call, and whether they may make it from there and this often.

Within a minute calls are counted in the memory of each web process, per platform and call, so that a client gone wild
costs next to nothing; with several processes each has a count of its own. Within a day in Beijing they are counted in
the database, per mini program and call, exactly, whatever the number of processes.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from openbeian.accounts.addresses import caller_address, within
from openbeian.accounts.clients import FILING_PERMISSION_SETS
from openbeian.accounts.models import ApiClient
from openbeian.ledger import clock
from openbeian.regime.actors import Actor, Role
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.facts import Account
from openbeian.shelf.queries import account_of
from openbeian.wechat import codes
from openbeian.wechat.answers import text_of
from openbeian.wechat.errors import Refused
from openbeian.wechat.models import CredentialKind, DailyCount
from openbeian.wechat.queries import digest_of, find_app_token, find_credential

# Every call begins with this statement, so it is written by hand, brings the clock along, and names what calls need.
_WHO_CALLS = """
SELECT client.component_appid, granted.appid, client.online_applets_shape, client.comment_length,
       client.allowed_addresses, app.name, app.organizer_name_sealed, granted.permission_sets, granted.revoked_at,
       credential.expires_at, clock.instant, clock.set_at, clock.running
FROM wechat_credential AS credential
JOIN accounts_apiclient AS client ON client.component_appid = credential.client_id
JOIN wechat_authorization AS granted ON granted.id = credential.authorization_id
LEFT JOIN shelf_miniprogram AS app ON app.appid = granted.appid
LEFT JOIN ledger_clocksetting AS clock ON clock.id = 1
WHERE credential.digest = %s AND credential.kind = 'authorizer_token'
"""
#: What a token may look like; anything else was damaged on its way.
_TOKEN = re.compile(r"[A-Za-z0-9_\-@.]+")


class Caller(NamedTuple):
    """A third-party platform acting for one mini program, and what the platform's settings say; ``at`` is when."""

    component_appid: str
    appid: str
    online_applets_shape: str
    comment_length: str
    app_name: str | None
    organizer_name_sealed: bytes | None
    at: datetime

    @property
    def actor(self) -> Actor:
        """The platform as the actor of a change: it stands in for the organizer."""
        return Actor(Role.ORGANIZER, f"client:{self.component_appid}")

    @property
    def is_catalogued(self) -> bool:
        """Whether the catalogue knows the mini program."""
        return self.app_name is not None

    @property
    def account(self) -> Account:
        """The mini program's account on the platform. Raises :class:`Refused` if the catalogue does not know it."""
        if self.app_name is None or self.organizer_name_sealed is None:
            raise Refused(codes.UNKNOWN_APP)
        return account_of(self.appid, self.app_name, self.organizer_name_sealed)


def authorizer_caller(request: HttpRequest, permission_sets: Collection[int] = FILING_PERMISSION_SETS) -> Caller:
    """The platform behind an authorizer_access_token and the mini program it acts for; found by one statement.

    One of ``permission_sets`` must have been granted. The call counts towards its limits. Raises :class:`Refused`
    (40001, 40014, 41001, 42001, 45009, 45011, 48001, 61003, 61004, 61007, 61015).
    """
    token = _token(request, "access_token")
    with connection.cursor() as cursor:
        cursor.execute(_WHO_CALLS, [digest_of(CredentialKind.AUTHORIZER_TOKEN, token)])
        row = cursor.fetchone()
    if row is None:
        raise Refused(_why_unknown(token))
    (component_appid, appid, online_applets_shape, comment_length, allowed_addresses, app_name, organizer_name_sealed,
     granted, revoked_at, expires_at, *clock_setting) = row
    at = clock.present(*clock_setting)
    if expires_at <= at:
        raise Refused(codes.EXPIRED_TOKEN)
    if revoked_at is not None:
        raise Refused(codes.NOT_AUTHORIZED)
    if set(permission_sets).isdisjoint(json.loads(granted)):
        raise Refused(codes.MISSING_PERMISSION)
    admit(request, component_appid, json.loads(allowed_addresses))
    spend_day(appid, call_name(request), at)
    return Caller(
        component_appid, appid, online_applets_shape, comment_length, app_name, organizer_name_sealed, at)


def _why_unknown(token: str) -> int:
    """What to say of a token that is no authorizer_access_token."""
    if find_credential(CredentialKind.COMPONENT_TOKEN, token):
        return codes.NEED_AUTHORIZER_TOKEN
    return codes.API_UNAUTHORIZED if find_app_token(token) else codes.INVALID_CREDENTIAL


def component_caller(request: HttpRequest) -> ApiClient:
    """The platform behind a component_access_token, which travels under either of two names.

    Raises :class:`Refused` (40001, 40014, 41001, 42001, 45011, 61004, 61014).
    """
    token = _token(request, "component_access_token", "access_token")
    credential = find_credential(CredentialKind.COMPONENT_TOKEN, token)
    if credential is None:
        foreign = find_credential(CredentialKind.AUTHORIZER_TOKEN, token) or find_app_token(token)
        raise Refused(codes.NEED_COMPONENT_TOKEN if foreign else codes.INVALID_CREDENTIAL)
    if credential.expires_at <= clock.now():
        raise Refused(codes.EXPIRED_TOKEN)
    client = credential.client
    admit(request, client.pk, client.allowed_addresses)
    return client


def _token(request: HttpRequest, *names: str) -> str:
    """The token that a request names by one of ``names``. Raises :class:`Refused` for none, and for a damaged one."""
    values = (request.GET.get(name, "") for name in names)
    token = next(filter(None, (value if "\0" in value else text_of(value) for value in values)), "")
    if not token:
        raise Refused(codes.MISSING_TOKEN)
    if not _TOKEN.fullmatch(token):
        raise Refused(codes.MALFORMED_TOKEN)
    return token


def admit(request: HttpRequest, component_appid: str, allowed_addresses: Sequence[str]) -> None:
    """Refuse a platform that calls from elsewhere (61004), and count its call (45011).

    Where nothing is listed, it may call from anywhere.
    """
    if allowed_addresses:
        address = caller_address(request)
        if not within(address, allowed_addresses):
            raise Refused(codes.CLIENT_ADDRESS_NOT_LISTED, f"requestIP: {address}")
    spend_minute(component_appid, call_name(request))


def call_name(request: HttpRequest) -> str:
    """The call as its limits name it: the last part of its address."""
    return request.path.rsplit("/", 1)[-1]


# Limits

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
