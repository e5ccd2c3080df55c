"""What the passing of time brings: polls, lapsed verifications, idle orders, uploads left behind."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from openbeian.authority import queries
from openbeian.authority.models import Challenge, ChallengeState, Lane
from openbeian.authority.signals import verification_waits
from openbeian.authority.verbs.inbox import Polled, poll
from openbeian.filings.errors import Conflict
from openbeian.filings.moves import move
from openbeian.filings.verbs import expire_idle
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor, Role
from openbeian.regime.lifecycle import Action, State

SMS_CLOCK = Actor(Role.CLOCK, "clock:sms")
#: The organizer is reminded when so much of the 24 hours is left.
REMINDERS = (timedelta(hours=12), timedelta(hours=2))


@dataclass(frozen=True)
class Ticked:
    """What one tick did."""

    polled: tuple[Polled, ...]
    reminded: int
    lapsed: int
    expired: int
    taken_up: int


def tick(*, at: datetime) -> Ticked:
    """Do everything that is due at ``at``. Polls come first, so that a verification made in time counts.

    Waits for polls that other processes have begun. Safe to repeat and to run beside itself.
    """
    taken_up = take_up_again()
    polled = tuple(poll(province=province, wait=True) for province in queries.lanes_to_poll(at))
    return Ticked(polled, remind(at=at), lapse_overdue(at=at), expire_idle(at=at), taken_up)


def take_up_again() -> int:
    """Make a new job for what was left behind: orders in hand-over, answers to tasks. Returns how many orders."""
    from openbeian.authority.tasks import defer_send, defer_upload

    left = queries.left_behind()
    for order_id, province in left:
        defer_upload(order_id=order_id, province=province)
    for province in queries.answers_left_behind():
        defer_send(province=province)
    return len(left)


def remind(*, at: datetime, limit: int = 500) -> int:
    """Remind organizers whose principals have not all answered the SMS. Returns how many; safe to repeat.

    Writes ``authority:sms_reminder`` and sends ``verification_waits``. Late, only the latest reminder is given.
    """
    reminded = 0
    for number, left in reversed(list(enumerate(REMINDERS, 1))):
        waiting = Challenge.objects.filter(
            state=ChallengeState.PENDING, due_at__lte=at + left, due_at__gt=at, reminders__lt=number,
            order__state=State.SMS_PENDING)
        for order_id in sorted(set(waiting.values_list("order_id", flat=True)[:limit])):
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


def lapse_overdue(*, at: datetime, limit: int = 500) -> int:
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
    for order_id, version, upload_id in dict.fromkeys(overdue[:limit]):
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
            move(order_id=order_id, action=Action.LAPSED, actor=SMS_CLOCK, at=at, version=version)
    except Conflict:
        return False  # verified, or told otherwise, in this very moment
    return True
