"""The lane to each province: who may use it now, and what happens when it does not work."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from openbeian.authority.client import LinkError, NotConfigured, Unreachable
from openbeian.authority.hours import Way, hours_in, next_opening, rests_until
from openbeian.authority.models import Lane
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor, Role
from openbeian.regime.code_tables import Reaction, result_code

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rest:
    """How long a way rests after a failure: ``first``, and twice as long after each further one, up to ``longest``."""

    first: timedelta
    longest: timedelta

    def after(self, failures: int) -> timedelta:
        """The rest after so many failures in a row."""
        return min(self.first * 2 ** min(failures - 1, 20), self.longest)


#: The network: one failure is tried again at once, then after 2, 4, 8 … seconds.
NETWORK = Rest(timedelta(seconds=1), timedelta(seconds=32))
#: What asks for a person, who may take a while: tried again, but not so often as to be locked out.
ALARM = Rest(timedelta(hours=1), timedelta(hours=1))
QUEUE_FULL, OUTSIDE_HOURS, TOO_MANY_CHECKS, NO_UPLOADS, NO_DOWNLOADS, OTHER_ERROR = 15, 20, 22, 901, 902, 999
#: Call-level codes with a rest of their own; every other code rests as ``ALARM`` does.
RESTS = {
    QUEUE_FULL: Rest(timedelta(minutes=1), timedelta(minutes=30)),
    OUTSIDE_HOURS: Rest(timedelta(minutes=30), timedelta(hours=2)),  # where the answer names no hours
    TOO_MANY_CHECKS: Rest(timedelta(minutes=30), timedelta(hours=6)),
    NO_UPLOADS: Rest(timedelta(minutes=30), timedelta(hours=4)),
    NO_DOWNLOADS: Rest(timedelta(minutes=30), timedelta(hours=4)),
    OTHER_ERROR: Rest(timedelta(minutes=10), timedelta(hours=2)),
}
#: Wrong user, wrong password, authentication refused, not of this province. Trying again can only lock the account.
HALTING = frozenset({4, 5, 12, 13})
#: Reactions that need a person even though we also try again by ourselves.
ALARMING = frozenset({Reaction.OPERATOR, Reaction.RESEND_MISSING, Reaction.SPLIT})


@dataclass(frozen=True)
class OwnTrouble:
    """Failures in a row to reach a province from this process, whose network or settings may be at fault.

    Only this process rests then, from ``since`` until ``until``: a worker on another machine may reach the province.
    """

    failures: int
    since: datetime
    until: datetime


_own_trouble: dict[tuple[str, Way], OwnTrouble] = {}


class LaneBusy(LinkError):
    """Another process uses the lane just now."""


class LanePaused(LinkError):
    """The lane rests until ``until``, because of what the province answered before."""

    def __init__(self, province: str, until: datetime) -> None:
        super().__init__("paused", f"the lane {province} is paused")
        self.until = until


class OwnPause(LanePaused):
    """This process rests; another one may use the lane."""


#: What one process meets on its way to a province, and another may not.
OWN_TROUBLE = (Unreachable, NotConfigured, OwnPause)


class LaneHalted(LinkError):
    """A person, or an answer such as "wrong password", has stopped the lane until a person resumes it."""


class CallRefused(LinkError):
    """The province refused a call; ``message_code`` is the call-level code of V3.0, ``hours`` what its text names."""

    def __init__(self, message_code: int, text: str = "") -> None:
        super().__init__(str(message_code), result_code(message_code).meaning_en)
        self.message_code = message_code
        self.hours = hours_in(text) if message_code == OUTSIDE_HOURS else ""


class OutOfStep(LinkError):
    """Our sequence numbers and the province's do not agree; sending on could lose or repeat a file."""


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
            raise LaneBusy("busy", f"another process uses the lane {province}")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def refuse_if_resting(province: str, way: Way, at: datetime) -> None:
    """Raises :class:`LaneHalted` or :class:`LanePaused`."""
    own = _own_trouble.get((province, way))
    if own is not None and own.since <= at < own.until:  # a clock that was set back ends it
        raise OwnPause(province, own.until)
    lane = Lane.objects.filter(pk=province).first()
    if lane is None:
        return
    if lane.halted_at is not None:
        raise LaneHalted("halted", f"the lane {province} is halted")
    if (until := rests_until(lane, way, at)) is not None:
        raise LanePaused(province, until)


@transaction.atomic
def note_trouble(*, province: str, way: Way, error: LinkError, at: datetime) -> None:
    """Put down what is wrong with one way of a lane and let it rest, longer each time; wrong credentials halt it.

    What keeps this process from reaching the province lets this process rest and not the lane. Writes ``lane:alarm`` for
    what needs a person, ``lane:refused`` for other answers, ``lane:unreachable`` for the network; once until it changes.
    """
    if isinstance(error, LaneBusy | LanePaused | LaneHalted):
        return
    if isinstance(error, Unreachable | NotConfigured) and _note_own_trouble(province, way, at) > 1:
        log.warning("lane %s: %s, from here", province, error)
        return
    lane = lock(province)
    code = error.message_code if isinstance(error, CallRefused) else None
    reaction = result_code(code).reaction if code is not None else None
    alarming = reaction in ALARMING or code == OTHER_ERROR or error.code in ("sequence", "settings")
    before: str = getattr(lane, f"{way}_error")
    failures: int = getattr(lane, f"{way}_failures") + 1 if before == error.code else 1
    if code in HALTING:
        lane.halted_at = at
    if isinstance(error, CallRefused) and error.hours:
        setattr(lane, f"{way}_hours", error.hours)
    setattr(lane, f"{way}_after", _rest_ends(error, code, alarming, failures, at))
    setattr(lane, f"{way}_failures", failures)
    setattr(lane, f"{way}_error", error.code)
    lane.save()
    if error.code != before:
        log.warning("lane %s: %s", province, error)
        tag = "lane:alarm" if alarming else "lane:refused" if code is not None else "lane:unreachable"
        data = {"code": error.code} | ({"halted": True} if lane.halted_at else {})
        record(tag=tag, actor=actor(province), subject=lane.subject, at=at, data=data)


def _note_own_trouble(province: str, way: Way, at: datetime) -> int:
    """Let this process rest after the second failure in a row. Returns how many there were."""
    before = _own_trouble.get((province, way))
    failures = before.failures + 1 if before else 1
    until = at + NETWORK.after(failures) if failures > 1 else at
    _own_trouble[province, way] = OwnTrouble(failures, at, until)
    return failures


def _rest_ends(error: LinkError, code: int | None, alarming: bool, failures: int, at: datetime) -> datetime | None:
    if isinstance(error, CallRefused) and error.hours:
        if (opening := next_opening(error.hours, at)) is not None:
            return opening
    if code is not None:
        return at + RESTS.get(code, ALARM).after(failures)
    if isinstance(error, OWN_TROUBLE):
        return None
    if alarming:
        return at + ALARM.after(failures)
    return at + NETWORK.after(failures) if failures > 1 else None


@transaction.atomic
def note_success(*, province: str, way: Way, at: datetime) -> None:
    """One way of the lane works. Writes ``lane:recovered`` if it did not before."""
    _own_trouble.pop((province, way), None)
    if not Lane.objects.filter(pk=province).exclude(**{f"{way}_error": ""}).exists():
        return
    lane = lock(province)
    if code := getattr(lane, f"{way}_error"):
        record(tag="lane:recovered", actor=actor(province), subject=lane.subject, at=at, data={"code": code})
        _clear(lane, way)
        lane.save()


def _clear(lane: Lane, way: Way) -> None:
    setattr(lane, f"{way}_after", None)
    setattr(lane, f"{way}_failures", 0)
    setattr(lane, f"{way}_error", "")


@transaction.atomic
def halt(*, province: str, actor: Actor, at: datetime) -> bool:
    """Stop a lane by hand: no call until it is resumed. Writes ``lane:halt``. False if it was halted before."""
    lane = lock(province)
    if lane.halted_at is not None:
        return False
    lane.halted_at = at
    lane.save(update_fields=["halted_at"])
    record(tag="lane:halt", actor=actor, subject=lane.subject, at=at)
    return True


@transaction.atomic
def resume(*, province: str, actor: Actor, at: datetime) -> bool:
    """End a halt and every rest by hand, say after the settings were corrected. Writes ``lane:resume``.

    Hours the province once named are forgotten; it will name them again. False if the lane was not resting. Processes
    that could not reach the province rest on, for half a minute at most.
    """
    lane = lock(province)
    resting = lane.halted_at or any(rests_until(lane, way, at) for way in ("send", "poll"))
    if not resting:
        return False
    lane.halted_at, lane.send_hours, lane.poll_hours = None, "", ""
    _clear(lane, "send")
    _clear(lane, "poll")
    lane.save()
    record(tag="lane:resume", actor=actor, subject=lane.subject, at=at)
    return True
