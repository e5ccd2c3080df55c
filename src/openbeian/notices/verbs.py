"""Telling: notices are rows, pushes are rows with a job. Nothing here leaves the house before commit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from openbeian import vault
from openbeian.accounts.models import ApiClient, User
from openbeian.ledger import clock, jobs
from openbeian.ledger.verbs import record
from openbeian.notices import delivery
from openbeian.notices.models import ELEMENTS, TICKET, Callback, Lane, Notice, Push
from openbeian.notices.queries import in_backoff, notices_for
from openbeian.notices.texts import TEXTS
from openbeian.regime.actors import Actor


def tell(
    *, code: str, at: datetime, appid: str = "", recipient: User | None = None, context: Mapping[str, Any] | None = None
) -> Notice:
    """Leave a notice for a person or for whoever administers ``appid``. ``context`` holds no personal data.

    Raises KeyError for a code without a text.
    """
    TEXTS[code]
    return Notice.objects.create(appid=appid, recipient=recipient, code=code, context=dict(context or {}), at=at)


def tell_all(*, code: str, at: datetime, appids: Sequence[str], reasons: Sequence[str]) -> int:
    """Leave a notice for each of many mini programs, with its reason, in one statement. Returns how many."""
    TEXTS[code]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notices_notice (appid, code, context, at)
            SELECT appid, %s, jsonb_build_object('reason', reason), %s
            FROM unnest(%s::text[], %s::text[]) AS told (appid, reason)
            """,
            [code, at, list(appids), list(reasons)],
        )
        return cursor.rowcount


def mark_read(*, user: User) -> int:
    """Mark all notices of a person as read. Returns how many were unread."""
    return notices_for(user).filter(read_at=None).order_by().update(read_at=clock.now())


@transaction.atomic
def push(
    *, client: ApiClient, appid: str, info_type: str, elements: Mapping[str, str | int], at: datetime,
    form: str = "xml", callback: Callback | None = None,
) -> Push | None:
    """Queue a message to a client: the row and its delivery job are committed together.

    ``form`` is ``xml`` or ``json``. XML goes to the authorization-event URL and JSON to the message URL, unless
    ``callback`` says otherwise: events of the mini program itself, such as ``weapp_audit_success``, are
    ``callback=Callback.MESSAGE`` in either form, and ``info_type`` is then their ``Event``. Returns None when the client
    has named no such address.
    """
    callback = callback or (Callback.MESSAGE if form == "json" else Callback.EVENT)
    if not delivery.url_of(client, callback=callback, appid=appid):
        return None
    lane, _ = Lane.objects.get_or_create(client=client, appid=appid)
    Lane.objects.filter(pk=lane.pk).update(last_sequence=F("last_sequence") + 1)
    lane.refresh_from_db()
    row = Push.objects.create(
        lane=lane, sequence=lane.last_sequence, info_type=info_type, callback=callback, format=form,
        elements_sealed=vault.seal_json(dict(elements), purpose=ELEMENTS), created_at=at)
    jobs.defer(delivery.QUEUE_TASK, client_id=client.pk)
    return row


@transaction.atomic
def push_ticket(*, client: ApiClient, ticket: str, at: datetime) -> Push | None:
    """:func:`push` a component_verify_ticket. Those still waiting give way to it instead of holding it up."""
    Push.objects.filter(lane__client=client, info_type=TICKET, delivered_at=None, dead_at=None).delete()
    return push(client=client, appid="", info_type=TICKET, elements={"ComponentVerifyTicket": ticket}, at=at)


@transaction.atomic
def replay(*, push_id: int, actor: Actor) -> bool:
    """Send a dead or delivered push again, with a full set of attempts. Writes ``push:replay``.

    Returns False when there is no such push, it is still waiting, or it is a ticket: an old one would take the place
    of the newer one its receiver holds.
    """
    row = (Push.objects.select_for_update(of=("self",)).select_related("lane").filter(pk=push_id)
           .exclude(info_type=TICKET).first())
    if row is None or (row.dead_at is None and row.delivered_at is None):
        return False
    Push.objects.filter(pk=push_id).update(
        attempts=0, dead_at=None, delivered_at=None, due=True, next_attempt_at=None, released_at=None, last_problem="")
    record(tag="push:replay", actor=actor, subject=f"push:{push_id}", at=clock.now())
    jobs.defer(delivery.QUEUE_TASK, client_id=row.lane.client_id)
    return True


@transaction.atomic
def release(*, actor: Actor, client: ApiClient | None = None) -> int:
    """Attempt pushes in back-off now, those of one client or of all. Writes ``push:release`` per client.

    A released push that fails again keeps its remaining attempts and its planned next attempt. Returns how many were
    released.
    """
    at = clock.now()
    released = 0
    waiting = in_backoff(client.pk if client else None)
    for client_id in sorted(set(waiting.values_list("lane__client_id", flat=True))):
        count = delivery.release(client_id, at=at)
        record(tag="push:release", actor=actor, subject=f"client:{client_id}", at=at, data={"pushes": count})
        jobs.defer(delivery.QUEUE_TASK, client_id=client_id)
        released += count
    return released
