"""The lane to each province: who may use it now, and what happens when it does not work."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction

from openbeian.authority.client import LinkError
from openbeian.authority.models import Lane
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor, Role
from openbeian.regime.code_tables import Reaction, result_code

log = logging.getLogger(__name__)

#: How long a lane rests after an answer that asks for it. Network trouble pauses nothing: jobs back off by themselves.
PAUSES = {
    Reaction.RETRY_LATER: timedelta(minutes=10),
    Reaction.SCHEDULE: timedelta(minutes=30),
    Reaction.OPERATOR: timedelta(hours=1),  # wrong password and the like: try again, but do not get locked out
    Reaction.RESEND_MISSING: timedelta(hours=1),
    Reaction.SPLIT: timedelta(hours=1),
}
#: Answers that need a person even though we also try again by ourselves.
ALARMING = frozenset({Reaction.OPERATOR, Reaction.RESEND_MISSING, Reaction.SPLIT})
OTHER_ERROR = 999


class LaneBusy(LinkError):
    """Another process uses the lane just now."""

    def __init__(self, province: str) -> None:
        super().__init__("busy", f"another process uses the lane {province}")


class LanePaused(LinkError):
    """The lane rests until ``until``, because of what the province answered before."""

    def __init__(self, province: str, until: datetime) -> None:
        super().__init__("paused", f"the lane {province} is paused")
        self.until = until


class CallRefused(LinkError):
    """The province refused a call; ``message_code`` is the call-level code of V3.0."""

    def __init__(self, message_code: int) -> None:
        super().__init__(str(message_code), result_code(message_code).meaning_en)
        self.message_code = message_code


class OutOfStep(LinkError):
    """Our sequence numbers and the province's do not agree; sending on could lose or repeat a file."""

    def __init__(self, reason: str) -> None:
        super().__init__("sequence", reason)


def actor(province: str) -> Actor:
    """The link to ``province`` as an actor."""
    return Actor(Role.AUTHORITY, f"authority:{province}")


def lock(province: str) -> Lane:
    """The lane's row, made on first use and locked until the transaction ends. No user request needs this row."""
    Lane.objects.bulk_create([Lane(province=province)], ignore_conflicts=True)
    return Lane.objects.select_for_update().get(pk=province)


@contextmanager
def exclusively(province: str, purpose: str, *, wait: bool) -> Iterator[None]:
    """One process at a time may ``purpose`` (send, poll) on this lane. Raises :class:`LaneBusy` unless ``wait``.

    The lock belongs to the database connection, spans transactions and dies with its process. No row is locked.
    """
    key = f"authority:{purpose}:{province}"
    function = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [key])
        if cursor.fetchone()[0] is False:
            raise LaneBusy(province)
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def refuse_if_paused(province: str, at: datetime) -> None:
    """Raises :class:`LanePaused`."""
    until = Lane.objects.filter(pk=province, paused_until__gt=at).values_list("paused_until", flat=True).first()
    if until is not None:
        raise LanePaused(province, until)


@transaction.atomic
def note_trouble(*, province: str, error: LinkError, at: datetime) -> None:
    """Put down what is wrong with a lane and let it rest if its answer asks for that.

    Writes ``lane:alarm`` for what needs a person, ``lane:unreachable`` for the network; once until it changes.
    """
    if isinstance(error, LaneBusy | LanePaused):
        return
    lane = lock(province)
    code = error.message_code if isinstance(error, CallRefused) else None
    reaction = result_code(code).reaction if code is not None else None
    alarming = reaction in ALARMING or code == OTHER_ERROR or error.code in ("sequence", "settings")
    if reaction is not None:
        lane.paused_until = at + PAUSES.get(reaction, PAUSES[Reaction.OPERATOR])
    elif alarming:
        lane.paused_until = at + PAUSES[Reaction.OPERATOR]
    if error.code != lane.last_error_code:
        log.warning("lane %s: %s", province, error)
        tag = "lane:alarm" if alarming else "lane:refused" if code is not None else "lane:unreachable"
        record(tag=tag, actor=actor(province), subject=lane.subject, at=at, data={"code": error.code})
    lane.last_error_code = error.code
    lane.save(update_fields=["paused_until", "last_error_code"])


@transaction.atomic
def note_success(*, province: str, at: datetime) -> None:
    """The lane works. Writes ``lane:recovered`` if it did not before."""
    if not Lane.objects.filter(pk=province).exclude(last_error_code="").exists():
        return
    lane = lock(province)
    if lane.last_error_code:
        record(tag="lane:recovered", actor=actor(province), subject=lane.subject, at=at,
               data={"code": lane.last_error_code})
        lane.last_error_code, lane.paused_until = "", None
        lane.save(update_fields=["paused_until", "last_error_code"])


@transaction.atomic
def resume(*, province: str, actor: Actor, at: datetime) -> bool:
    """End a pause by hand, say after the settings were corrected. Writes ``lane:resume``. False if none was on."""
    lane = lock(province)
    if lane.paused_until is None:
        return False
    lane.paused_until, lane.last_error_code = None, ""
    lane.save(update_fields=["paused_until", "last_error_code"])
    record(tag="lane:resume", actor=actor, subject=lane.subject, at=at)
    return True
