"""Delivering pushes: in order per lane, at least once, with back-off and an end.

A push that fails is tried again after each wait of ``OPENBEIAN_PUSH_RETRY_SECONDS`` in turn; then it is dead, is listed
for the operator, and no longer holds up those behind it.
"""

import logging
from datetime import timedelta

import urllib3
from django.conf import settings
from django.db import transaction
from django.db.models import F

from openbeian import vault
from openbeian.accounts.clients import encoding_aes_key, message_token
from openbeian.accounts.models import ApiClient
from openbeian.ledger import clock
from openbeian.notices.addresses import AddressRefused, post
from openbeian.notices.envelope import authorization_event, message_event, original_id, seal_envelope, written
from openbeian.notices.models import ELEMENTS, TICKET, Door, Push

logger = logging.getLogger(__name__)

#: A ticket is replaced every ten minutes, so an old one is not worth more than this.
TICKET_RETRY_SECONDS = (60,)
#: What a client answers once it has taken a push. WeChat counts nothing at all as well, and WxJava's router answers
#: nothing to all events but tickets and authorizations.
ACKNOWLEDGED = (b"success", b"")


def drain(*, lane_id: int, retry_of: int | None = None) -> None:
    """Deliver what waits in a lane, oldest first, until nothing waits or one fails.

    ``retry_of`` is the push whose back-off has ended. A push in back-off that is not meant holds the lane.
    Jobs of one lane never run side by side (they share a lock); only the retry of a ticket may.
    """
    while (push := _head(lane_id)) is not None:
        if push.attempts and push.pk != retry_of:
            return
        problem = send(push)
        if problem is not None and not _note_failure(push, problem):
            return
        if problem is None:
            Push.objects.filter(pk=push.pk).update(
                delivered_at=clock.now(), attempts=F("attempts") + 1, next_attempt_at=None, last_problem="")


def send(push: Push) -> str | None:
    """One attempt. Returns None when the client has taken it, or a short code of what went wrong."""
    client, appid = push.lane.client, push.lane.appid
    url = url_of(client, door=push.door, appid=appid)
    if not url:
        return "no_address"
    elements = vault.unseal_json(bytes(push.elements_sealed), purpose=ELEMENTS)
    receiver: dict[str, str | int]
    if push.door == Door.MESSAGE:
        fields = message_event(appid=appid, event=push.info_type, at=push.created_at, elements=elements)
        receiver = {"ToUserName": original_id(appid)}
    else:
        fields = authorization_event(
            component_appid=client.pk, info_type=push.info_type, at=push.created_at, elements=elements)
        receiver = {"AppId": client.pk}
    envelope = seal_envelope(
        written(fields, form=push.format), receiver=receiver, form=push.format, token=message_token(client),
        encoding_aes_key=encoding_aes_key(client), component_appid=client.pk, at=clock.now())
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


def url_of(client: ApiClient, *, door: str, appid: str) -> str:
    """A client's address of this kind; empty when it has named none. ``$APPID$`` in a message URL is filled in."""
    return client.message_url.replace("$APPID$", appid) if door == Door.MESSAGE else client.event_url


def _head(lane_id: int) -> Push | None:
    return (Push.objects.filter(lane_id=lane_id, delivered_at=None, dead_at=None)
            .select_related("lane__client").order_by("sequence").first())


def _note_failure(push: Push, problem: str) -> bool:
    """Write the failure down and plan the retry. Returns True when the push is dead and the next one's turn."""
    from openbeian.notices.tasks import deliver

    waits = TICKET_RETRY_SECONDS if push.info_type == TICKET else settings.OPENBEIAN_PUSH_RETRY_SECONDS
    at = clock.now()
    dead = push.attempts >= len(waits)
    wait = 0 if dead else waits[push.attempts]
    with transaction.atomic():
        Push.objects.filter(pk=push.pk).update(
            attempts=F("attempts") + 1, last_problem=problem, next_attempt_at=None if dead else at + timedelta(seconds=wait),
            dead_at=at if dead else None)
        if not dead:
            # A job that waits holds up all behind it with its lock. A newer ticket must not wait.
            lock = None if push.info_type == TICKET else lock_of(push.lane_id)
            deliver.configure(lock=lock, schedule_in={"seconds": wait}).defer(lane_id=push.lane_id, retry_of=push.pk)
    logger.warning("push %s attempt %s failed: %s%s", push.pk, push.attempts + 1, problem,
                   ", given up" if dead else "")
    return dead


def lock_of(lane_id: int) -> str:
    """The lock shared by all jobs of a lane."""
    return f"push:{lane_id}"
