"""Apps go off the shelf and come back.

Each of them first locks the rows of the apps concerned, and only then, in a statement that sees everything
committed by then, asks the policy. So an app that is filed while a sweep runs is never left offline: whoever
locks second sees what the first has done.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.regime.shelf_policy import POLICY, Policy
from openbeian.shelf import queries
from openbeian.shelf.errors import GateClosed, NotFound
from openbeian.shelf.models import MiniProgram, Waiver
from openbeian.shelf.signals import apps_put_back, apps_taken_offline

CLAUSES = {code: ground.clause for code, ground in POLICY.grounds.items()}
TAKEN_OFFLINE, PUT_BACK = "shelf:app:taken_offline", "shelf:app:put_back"


# The policy, said in SQL
#
# The gate asks openbeian.regime.shelf_policy.decide about one app. A sweep has to ask about millions, so the same policy
# is turned into one condition here; a property test holds the two against each other. The conditions speak of ``m``, a
# row of shelf_miniprogram.

#: On the shelf at ``at``, rightly or not.
STANDING = "m.first_listed_at <= %(at)s AND m.offline_since IS NULL"

_IN_FORCE = """EXISTS (
    SELECT FROM register_access s
    WHERE s.appid = m.appid AND s.since <= {at} AND (s.until IS NULL OR s.until > {at}))"""
_CANCELLED = """EXISTS (
    SELECT FROM register_access s WHERE s.appid = m.appid AND s.until <= {at})"""
_WAIVED = """EXISTS (
    SELECT FROM shelf_waiver w WHERE w.appid = m.appid AND w.since <= {at} AND w.until > {at})"""


@dataclass(frozen=True)
class Judgement:
    """``denied`` is a condition, ``code`` the code of the decision; ``parameters`` go with both.

    ``denial`` is the code as well, but shorter, and right for denied apps only.
    """

    denied: str
    denial: str
    code: str
    parameters: Mapping[str, Any]


def judge(instant: datetime, *, name: str = "at", policy: Policy = POLICY) -> Judgement:
    """What the policy says at ``instant``, as SQL whose parameters begin with ``name``.

    The dates are compared here, not in SQL: what they settle needs no look at a row.
    """
    at, start = f"%({name})s", f"%({name}_start)s"
    parameters = {name: instant, f"{name}_start": policy.start}
    in_force, cancelled, waived = (part.format(at=at) for part in (_IN_FORCE, _CANCELLED, _WAIVED))
    if instant < policy.start:
        return Judgement("false", "''", "'before_regime'", parameters)
    if instant < policy.deadline:
        listed_before_start = f"(m.first_listed_at < {start}) IS TRUE"
        unfiled_allowed = f"{listed_before_start} AND NOT {cancelled}"
        unfiled = f"""
            CASE WHEN {cancelled} THEN 'filing_cancelled'
                 WHEN {listed_before_start} THEN 'listed_before_start_until_deadline'
                 ELSE 'unfiled_never_listed' END"""
    else:
        unfiled_allowed = "false"
        unfiled = f"""
            CASE WHEN {cancelled} THEN 'filing_cancelled'
                 WHEN (m.first_listed_at <= {at}) IS TRUE THEN 'unfiled_after_deadline'
                 ELSE 'unfiled_never_listed' END"""
    return Judgement(
        denied=f"NOT {in_force} AND NOT {waived} AND NOT ({unfiled_allowed})",
        denial=unfiled,
        code=f"""CASE WHEN {in_force} THEN 'filed'
                      WHEN {waived} AND NOT ({unfiled_allowed}) THEN 'waived'
                      ELSE {unfiled} END""",
        parameters=parameters,
    )


# Off the shelf and back


@transaction.atomic
def take_offline(*, appids: Sequence[str], at: datetime, actor: Actor) -> dict[str, str]:
    """Take those of ``appids`` off the shelf that stand on it and that the policy denies it (下架).

    Denied both at ``at`` and now: whoever was filed in between stays. Writes one ``shelf:app:taken_offline`` per
    app and sends one ``apps_taken_offline`` for all. Returns appid → code. Safe to repeat.
    """
    return take_locked_offline(appids=lock(appids), at=at, actor=actor)


def take_locked_offline(*, appids: Sequence[str], at: datetime, actor: Actor) -> dict[str, str]:
    """:func:`take_offline` for apps whose rows this transaction has locked with :func:`lock`."""
    now = max(at, clock.now())
    then, today = judge(at), judge(now, name="now")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH due AS MATERIALIZED (
                SELECT m.ctid, {then.denial} AS code FROM shelf_miniprogram m
                WHERE m.appid = ANY(%(appids)s) AND {STANDING} AND {then.denied} AND {today.denied}
            ), taken AS (
                UPDATE shelf_miniprogram m SET
                    offline_since = %(at)s, offline_code = due.code, offline_clause = %(clauses)s::jsonb ->> due.code
                FROM due WHERE m.ctid = due.ctid  -- we hold the rows, so they stay where they are
                RETURNING m.appid, m.offline_code
            ), told AS (
                INSERT INTO ledger_event (at, tag, actor_role, actor_id, subject, data)
                SELECT %(now)s, %(tag)s, %(role)s, %(actor)s, 'app:' || appid,
                       jsonb_build_object('code', offline_code, 'as_of', %(as_of)s::text)
                FROM taken
            )
            SELECT appid, offline_code FROM taken
            """,
            {**then.parameters, **today.parameters, "appids": list(appids), "tag": TAKEN_OFFLINE,
             "clauses": json.dumps(CLAUSES, ensure_ascii=False), "role": actor.role, "actor": actor.id,
             "as_of": at.isoformat()},
        )
        taken = dict(cursor.fetchall())
    if taken:
        apps_taken_offline.send(
            sender=MiniProgram, appids=list(taken), codes=list(taken.values()), at=at, actor=actor)
    return taken


@transaction.atomic
def put_back(*, appids: Sequence[str], at: datetime, actor: Actor) -> dict[str, str]:
    """Put those of ``appids`` back on the shelf that are offline and that the policy allows at ``at`` (恢复上架).

    Writes one ``shelf:app:put_back`` per app and sends one ``apps_put_back`` for all. Returns
    appid → code. Safe to repeat.
    """
    locked = lock(appids)
    judgement = judge(at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH back AS (
                UPDATE shelf_miniprogram m SET offline_since = NULL, offline_code = '', offline_clause = ''
                WHERE m.appid = ANY(%(appids)s) AND m.offline_since IS NOT NULL AND NOT ({judgement.denied})
                RETURNING m.appid, {judgement.code} AS code
            ), told AS (
                INSERT INTO ledger_event (at, tag, actor_role, actor_id, subject, data)
                SELECT %(at)s, %(tag)s, %(role)s, %(actor)s, 'app:' || appid, jsonb_build_object('code', code)
                FROM back
            )
            SELECT appid, code FROM back
            """,
            {**judgement.parameters, "appids": locked, "tag": PUT_BACK, "role": actor.role, "actor": actor.id},
        )
        back = dict(cursor.fetchall())
    if back:
        apps_put_back.send(sender=MiniProgram, appids=list(back), codes=list(back.values()), at=at, actor=actor)
    return back


@transaction.atomic
def put_on(*, appid: str, actor: Actor) -> MiniProgram:
    """Put an app on the shelf for the first time (首次上架), if the gate lets it. Writes ``shelf:app:listed`` once.

    Raises :class:`NotFound`, :class:`GateClosed`.
    """
    lock([appid])
    at = clock.now()
    app = MiniProgram.objects.filter(appid=appid).first()
    if app is None:
        raise NotFound()
    decision = queries.gate(appid, at)
    if not decision.allowed:
        raise GateClosed(decision)
    if app.first_listed_at is None:
        app.first_listed_at = at
        app.save(update_fields=["first_listed_at"])
        record(tag="shelf:app:listed", actor=actor, subject=f"app:{appid}", at=at, data={"code": decision.code})
    return app


@transaction.atomic
def grant_waiver(*, appid: str, since: datetime, until: datetime, reason: str, actor: Actor) -> Waiver:
    """Let an app stay on the shelf unfiled from ``since`` until before ``until`` (豁免).

    Writes ``shelf:waiver:granted``; an app that is offline is put back if the waiver is already in force.
    Raises :class:`NotFound`.
    """
    lock([appid])
    if not MiniProgram.objects.filter(appid=appid).exists():
        raise NotFound()
    at = clock.now()
    waiver = Waiver.objects.create(
        appid=appid, since=since, until=until, reason=reason, granted_by=actor.id, granted_at=at)
    record(
        tag="shelf:waiver:granted", actor=actor, subject=f"app:{appid}", at=at,
        data={"waiver": waiver.pk, "since": since.isoformat(), "until": until.isoformat()},
    )
    put_back(appids=[appid], at=at, actor=actor)
    return waiver


def lock(appids: Sequence[str], *, skip_locked: bool = False) -> list[str]:
    """Lock the rows of ``appids`` until the end of the transaction, in order; returns those found.

    Waits for rows that somebody else holds, or passes over them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT appid FROM shelf_miniprogram WHERE appid = ANY(%s) ORDER BY appid FOR NO KEY UPDATE"
            + (" SKIP LOCKED" if skip_locked else ""),
            [list(appids)])
        return [appid for (appid,) in cursor.fetchall()]
