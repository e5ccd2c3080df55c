"""Asking the shelf. The gate's answer is computed from facts each time, never read from what a sweep wrote."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from openbeian import vault
from openbeian.ledger import clock
from openbeian.regime.facts import Account, Standing
from openbeian.regime.shelf_policy import POLICY, Decision, FilingFacts, FilingPeriod, ListingFacts, decide
from openbeian.regime.shelf_policy import Waiver as WaiverFacts
from openbeian.register import queries as register
from openbeian.shelf import models
from openbeian.shelf.errors import NotFound
from openbeian.shelf.models import MiniProgram

# The hot path of every gate: all facts about one app in one statement, each part by an index.
_FACTS = """
SELECT m.appid IS NOT NULL, m.first_listed_at,
       s.numbers, s.filed_ats, s.cancelled_ats, w.codes, w.sinces, w.untils, w.reasons
FROM (SELECT %(appid)s::varchar AS appid) a
LEFT JOIN shelf_miniprogram m ON m.appid = a.appid
LEFT JOIN LATERAL (
    SELECT array_agg(number ORDER BY id) AS numbers, array_agg(since ORDER BY id) AS filed_ats,
           array_agg(until ORDER BY id) AS cancelled_ats
    FROM register_access WHERE appid = a.appid) s ON true
LEFT JOIN LATERAL (
    SELECT array_agg('waiver:' || id ORDER BY id) AS codes, array_agg(since ORDER BY id) AS sinces,
           array_agg(until ORDER BY id) AS untils, array_agg(reason ORDER BY id) AS reasons
    FROM shelf_waiver WHERE appid = a.appid) w ON true
"""


def gate(appid: str, at: datetime | None = None) -> Decision:
    """Whether this app may be on the shelf at ``at`` (now, if not given), and why.

    One statement. An app outside the catalogue is denied.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"appid": appid})
        known, first_listed_at, numbers, filed_ats, cancelled_ats, *waivers = cursor.fetchone()
    return decide(
        ListingFacts(appid=appid, known=known, first_listed_at=first_listed_at),
        FilingFacts(tuple(map(FilingPeriod, numbers or (), filed_ats or (), cancelled_ats or ()))),
        tuple(map(WaiverFacts, *(column or () for column in waivers))),
        POLICY,
        at or clock.now(),
    )


def mini_program(appid: str) -> MiniProgram | None:
    """One app of the catalogue, or None."""
    return MiniProgram.objects.filter(appid=appid).first()


def mini_programs(*, after: str = "") -> QuerySet[MiniProgram]:
    """The catalogue in the order of appid, from beyond ``after``; slice it for a page, do not count it."""
    return MiniProgram.objects.filter(appid__gt=after).order_by("appid")


def names_of(appids: Iterable[str]) -> dict[str, str]:
    """The names of mini programs in the catalogue, by appid."""
    return dict(MiniProgram.objects.filter(appid__in=list(appids)).values_list("appid", "name"))


def organizer_name(app: MiniProgram) -> str:
    """The name of the app's organizer, in clear: personal data if it is an individual."""
    return vault.unseal(app.organizer_name_sealed, purpose=models.ORGANIZER).decode()


def account(appid: str) -> Account:
    """The app's own account on the platform. Raises :class:`NotFound`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, organizer_name_sealed FROM shelf_miniprogram WHERE appid = %s", [appid])
        row = cursor.fetchone()
    if row is None:
        raise NotFound()
    return account_of(appid, *row)


def account_of(appid: str, name: str, organizer_name_sealed: bytes) -> Account:
    """An app's account from what the catalogue holds."""
    return Account(
        appid=appid, name=name,
        organizer_name=vault.unseal(organizer_name_sealed, purpose=models.ORGANIZER).decode())


def standing(appid: str) -> Standing:
    """What the register says of an app."""
    return register.standing(appid=appid)


def is_open(appid: str) -> bool:
    """Whether people can use the app now: it stands on the shelf, the gate lets it, its organizer has not closed it.

    The gate is asked, so an overdue app is shut even before a sweep has come by. Raises :class:`NotFound`.
    """
    app = mini_program(appid)
    if app is None:
        raise NotFound()
    return app.is_standing and app.closed_since is None and gate(appid).allowed
