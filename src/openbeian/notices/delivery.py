"""Delivering pushes: in order per lane, at least once, with back-off and an end.

Each client has one delivery job at a time. It attempts what is due, one push after the other, and lets go after a few
seconds or a failure, so a client whose receiver hangs takes one slot of a worker and waits in line for its next turn.

A push that fails is in back-off: it is attempted again after each wait of ``OPENBEIAN_PUSH_RETRY_SECONDS`` in turn; then
it is dead, is listed for the operator, and no longer holds up those behind it. A push that the client takes shows that
its receiver works again, and releases the client's other pushes from their back-off.
"""

import logging
from datetime import datetime, timedelta
from time import monotonic

import urllib3
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from openbeian import vault
from openbeian.accounts.clients import encoding_aes_key, message_token
from openbeian.accounts.models import ApiClient
from openbeian.ledger import clock, jobs
from openbeian.notices.addresses import AddressRefused, post
from openbeian.notices.envelope import (
    Envelope,
    authorization_event,
    message_event,
    original_id,
    seal_envelope,
    written,
)
from openbeian.notices.models import ELEMENTS, TICKET, Callback, Push
from openbeian.notices.queries import in_backoff, next_due, undelivered

logger = logging.getLogger(__name__)

#: Names of the jobs, see :mod:`openbeian.notices.tasks`.
QUEUE_TASK, DELIVER_TASK, RETRY_TASK = "notices.queue_delivery", "notices.deliver", "notices.retry"
#: Behind everything else a worker does: receivers that hang must not keep the link to the administration waiting.
PRIORITY = -10
#: Behind the other clients, for a client whose pushes failed and will probably fail again.
PRIORITY_IN_BACKOFF = -20
#: After this a client's delivery job starts no further attempt and queues again.
TURN_SECONDS = 5.0
#: A push that was released is not released again by a success within this time.
RELEASE_PAUSE = timedelta(minutes=1)
#: A planned attempt this late has lost its job.
OVERDUE = timedelta(minutes=1)
#: A ticket is replaced every ten minutes, so an old one is not worth more than this.
TICKET_RETRY_SECONDS = (60,)
#: What a client answers once it has taken a push. WeChat counts nothing at all as well, and WxJava's router answers
#: nothing to all events but tickets and authorizations.
ACKNOWLEDGED = (b"success", b"")


def queue_delivery(client_id: str) -> None:
    """Make the delivery job of a client, unless one waits already. What it is to deliver must be committed."""
    failing = in_backoff(client_id).exists()
    lock = f"push:{client_id}"
    jobs.defer_once(DELIVER_TASK, lock=lock, queueing_lock=lock,
                    priority=PRIORITY_IN_BACKOFF if failing else PRIORITY, client_id=client_id)


def drain(client_id: str) -> None:
    """Deliver what is due to a client for one turn: until nothing is due, a push fails, or the time is over.

    Queues the next turn when something is still due.
    """
    end = monotonic() + TURN_SECONDS
    while (push := next_due(client_id)) is not None:
        problem = send(push)
        if problem is None:
            _note_success(push)
        else:
            _note_failure(push, problem)
        if problem is not None or monotonic() > end:
            break
    if next_due(client_id) is not None:
        queue_delivery(client_id)


def retry(push_id: int, *, attempts: int) -> None:
    """End the back-off that began with this many ``attempts``, and queue a delivery. Later ones stay as they are."""
    push = undelivered().select_related("lane").filter(pk=push_id, attempts=attempts).first()
    if push is not None:
        undelivered().filter(pk=push_id, attempts=attempts).update(due=True, next_attempt_at=None)
        queue_delivery(push.lane.client_id)


def release(client_id: str, *, at: datetime, pause: timedelta = timedelta(0)) -> int:
    """Make a client's pushes in back-off due, save those released less than ``pause`` ago. Returns how many.

    If its attempt fails, a released push goes back to its back-off as it was.
    """
    long_ago = Q(released_at=None) | Q(released_at__lte=at - pause)
    return (undelivered().filter(long_ago, lane__client_id=client_id, due=False)
            .update(due=True, released_at=at))


def resume() -> None:
    """Queue deliveries whose job is lost: it failed, for instance because the database was away."""
    overdue = undelivered().filter(due=False, next_attempt_at__lt=clock.now() - OVERDUE)
    overdue.update(due=True, next_attempt_at=None)
    for client_id in sorted(set(undelivered().filter(due=True).values_list("lane__client_id", flat=True))):
        queue_delivery(client_id)


def send(push: Push) -> str | None:
    """One attempt. Returns None when the client has taken it, or a short code of what went wrong."""
    url = url_of(push.lane.client, callback=push.callback, appid=push.lane.appid)
    if not url:
        return "no_address"
    try:
        envelope = _envelope(push)
    except vault.VaultError:
        logger.exception("push %s cannot be unsealed", push.pk)
        return "not_unsealed"
    try:
        answer = post(
            f"{url}{'&' if '?' in url else '?'}{envelope.query}", body=envelope.body,
            content_type=envelope.content_type, allow_private=settings.OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES)
    except AddressRefused as refusal:
        return str(refusal)
    except urllib3.exceptions.NewConnectionError:  # a kind of timeout to urllib3, though nobody was waited for
        return "not_connected"
    except urllib3.exceptions.TimeoutError:
        return "timeout"
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        return f"connection:{type(error).__name__}"[:40]
    if answer.status != 200:
        return f"status:{answer.status}"
    return None if answer.body.strip().lower() in ACKNOWLEDGED else "answer_not_success"


def url_of(client: ApiClient, *, callback: str, appid: str) -> str:
    """A client's address of this kind; empty when it has named none. ``$APPID$`` in a message URL is filled in."""
    return client.message_url.replace("$APPID$", appid) if callback == Callback.MESSAGE else client.event_url


def _envelope(push: Push) -> Envelope:
    """A push encrypted for its client. Raises :class:`~openbeian.vault.VaultError`."""
    client, appid = push.lane.client, push.lane.appid
    elements = vault.unseal_json(push.elements_sealed, purpose=ELEMENTS)
    receiver: dict[str, str | int]
    if push.callback == Callback.MESSAGE:
        fields = message_event(appid=appid, event=push.info_type, at=push.created_at, elements=elements)
        receiver = {"ToUserName": original_id(appid)}
    else:
        fields = authorization_event(
            component_appid=client.pk, info_type=push.info_type, at=push.created_at, elements=elements)
        receiver = {"AppId": client.pk}
    return seal_envelope(
        written(fields, form=push.format), receiver=receiver, form=push.format, token=message_token(client),
        encoding_aes_key=encoding_aes_key(client), component_appid=client.pk, at=clock.now())


@transaction.atomic
def _note_success(push: Push) -> None:
    """Write the delivery down and release the client's other pushes: its receiver works again.

    A push may fail again for a reason of its own while others succeed, hence the pause between releases.
    """
    at = clock.now()
    Push.objects.filter(pk=push.pk).update(
        delivered_at=at, attempts=F("attempts") + 1, next_attempt_at=None, last_problem="")
    release(push.lane.client_id, at=at, pause=RELEASE_PAUSE)


@transaction.atomic
def _note_failure(push: Push, problem: str) -> None:
    """Write the failure down and plan the next attempt, or give up after the last."""
    if push.next_attempt_at is not None:
        _return_to_backoff(push, problem)
        return
    waits = TICKET_RETRY_SECONDS if push.info_type == TICKET else settings.OPENBEIAN_PUSH_RETRY_SECONDS
    at, attempts = clock.now(), push.attempts + 1
    dead = attempts > len(waits)
    wait = timedelta(0) if dead else timedelta(seconds=waits[push.attempts])
    found = Push.objects.filter(pk=push.pk).update(
        attempts=attempts, last_problem=problem, due=False, next_attempt_at=None if dead else at + wait,
        dead_at=at if dead else None)
    if found and not dead:  # a newer ticket may have replaced it
        jobs.defer(RETRY_TASK, schedule_in=wait, push_id=push.pk, attempts=attempts)
    logger.warning("push %s attempt %s failed: %s%s", push.pk, attempts, problem, ", given up" if dead else "")


def _return_to_backoff(push: Push, problem: str) -> None:
    """A released push has failed before its planned attempt. If that came up meanwhile, the push stays due."""
    Push.objects.filter(pk=push.pk, next_attempt_at=push.next_attempt_at).update(due=False, last_problem=problem)
    logger.warning("push %s released early failed: %s", push.pk, problem)
