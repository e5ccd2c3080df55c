"""The schedule: polls, lapsed verifications, idle orders, orphaned uploads. The worker runs it every second or so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from openbeian.authority import queries
from openbeian.authority.models import Challenge, ChallengeState, Lane
from openbeian.authority.queries import POLL_TASK, SEND_TASK
from openbeian.authority.signals import verification_waits
from openbeian.filings.decide import defer_upload
from openbeian.filings.errors import Conflict
from openbeian.filings.orders import expire_idle
from openbeian.filings.transitions import transition_and_announce
from openbeian.ledger.jobs import defer, defer_once
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor, Role
from openbeian.regime.lifecycle import Action, State

SMS_CLOCK = Actor(Role.CLOCK, "clock:sms")
#: The organizer is reminded when so much of the 24 hours is left.
REMINDERS = (timedelta(hours=12), timedelta(hours=2))
#: Orders that one run of the schedule reminds, or lets lapse, at the most.
AT_ONCE = 500


@dataclass(frozen=True)
class Scheduled:
    """What one run of the schedule did: provinces to poll, and how many orders each step was about."""

    to_poll: tuple[str, ...]
    reminded: int
    lapsed: int
    expired: int
    requeued: int


def run_schedule(*, at: datetime) -> Scheduled:
    """Do everything that is due at ``at``. Safe to repeat and to run beside itself.

    Each province is polled by a job of its own, so that none holds up another. A verification lapses only once its
    province was polled after the limit, so one made in time counts whenever the poll ends.
    """
    requeued = requeue_orphans()
    to_poll = tuple(queries.lanes_to_poll(at))
    for province in to_poll:
        defer_once(POLL_TASK, queueing_lock=f"{POLL_TASK}:{province}", province=province)
    return Scheduled(to_poll, remind(at=at), lapse_overdue(at=at), expire_idle(at=at), requeued)


def requeue_orphans() -> int:
    """Make a new job for orders in hand-over and answers to tasks whose job is gone. Returns how many orders."""
    orphans = queries.orphans()
    for order in orphans:
        defer_upload(order)
    for province in queries.orphaned_answers():
        defer_send(province=province)
    return len(orphans)


def defer_send(*, province: str) -> None:
    """Make a job that sends what is prepared on a lane, in the caller's transaction.

    A second one finds nothing left to do. (They must not be kept apart by a queueing lock: the first could not be
    tried again while the second waits.)
    """
    defer(SEND_TASK, lock=f"authority:{province}", province=province)


def remind(*, at: datetime) -> int:
    """Remind organizers whose principals have not all answered the SMS. Returns how many; safe to repeat.

    Writes ``authority:sms_reminder`` and sends ``verification_waits``. Late, only the latest reminder is given.
    """
    reminded = 0
    for number, left in reversed(list(enumerate(REMINDERS, 1))):
        waiting = Challenge.objects.filter(
            state=ChallengeState.PENDING, due_at__lte=at + left, due_at__gt=at, reminders__lt=number,
            order__state=State.SMS_PENDING)
        for order_id in sorted(set(waiting.values_list("order_id", flat=True)[:AT_ONCE])):
            reminded += _remind(order_id, number, at)
    return reminded


@transaction.atomic
def _remind(order_id: int, number: int, at: datetime) -> bool:
    pending = list(Challenge.objects.select_for_update().filter(
        order_id=order_id, state=ChallengeState.PENDING, reminders__lt=number, due_at__gt=at))
    if not pending:
        return False
    Challenge.objects.filter(pk__in=[challenge.pk for challenge in pending]).update(reminders=number)
    order = pending[0].order
    hours = -(-(min(challenge.due_at for challenge in pending) - at) // timedelta(hours=1))
    record(tag="authority:sms_reminder", actor=SMS_CLOCK, subject=order.subject, at=at, data={"hours_left": hours})
    verification_waits.send(sender=Challenge, order=order, hours_left=hours, at=at)
    return True


def lapse_overdue(*, at: datetime) -> int:
    """End verifications overdue at ``at``. Returns how many orders lapsed; safe to repeat.

    Only where the province has been asked since the verification fell due: a principal who verified in time does
    not pay for a link that was down.
    """
    drained = Lane.objects.filter(pk=OuterRef("upload__province")).values("drained_at")
    overdue = (
        Challenge.objects.filter(state=ChallengeState.PENDING, due_at__lte=at, order__state=State.SMS_PENDING)
        .annotate(drained_at=Subquery(drained)).filter(drained_at__gte=F("due_at"))
        .order_by("due_at").values_list("order_id", "order__version", "upload_id")
    )
    lapsed = 0
    for order_id, version, upload_id in dict.fromkeys(overdue[:AT_ONCE]):
        lapsed += _lapse(order_id, version, upload_id, at)
    return lapsed


def _lapse(order_id: int, version: int, upload_id: int, at: datetime) -> bool:
    try:
        with transaction.atomic():
            pending = Challenge.objects.select_for_update().filter(
                state=ChallengeState.PENDING, upload_id=upload_id, due_at__lte=at)
            for challenge in pending:
                challenge.state, challenge.at = ChallengeState.LAPSED, at
                challenge.save(update_fields=["state", "at"])
                record(tag="authority:sms_lapsed", actor=SMS_CLOCK, subject=f"order:{order_id}", at=at,
                       data={"principal": challenge.principal})
            transition_and_announce(order_id, Action.LAPSED, actor=SMS_CLOCK, at=at, version=version)
    except Conflict:
        return False  # verified, or told otherwise, in this very moment
    return True
