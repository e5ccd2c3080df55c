"""Reading the link to the administration."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from procrastinate.contrib.django.models import ProcrastinateJob

from openbeian.authority.models import (
    Challenge,
    ChallengeState,
    InboxFile,
    Lane,
    Unmatched,
    Upload,
    UploadState,
)
from openbeian.filings.models import Order
from openbeian.regime.lifecycle import State

#: States in which an order waits for its province.
AT_THE_AUTHORITY = (State.HANDOVER, State.SMS_PENDING, State.AUTHORITY_REVIEW)
UPLOAD_TASK = "authority.upload"


@dataclass(frozen=True)
class LaneStatus:
    """One lane for a person who looks after it."""

    province: str
    last_sequence: int
    to_send: int
    awaiting_result: int
    to_acknowledge: int
    orders: int
    drained_at: datetime | None
    paused_until: datetime | None
    last_error_code: str


def lanes(at: datetime) -> list[LaneStatus]:
    """Every lane in use. A pause that is over at ``at`` is not shown."""
    status = []
    for lane in Lane.objects.order_by("province"):
        uploads = Upload.objects.filter(province=lane.province)
        status.append(LaneStatus(
            province=lane.province, last_sequence=lane.last_sequence,
            to_send=uploads.filter(state=UploadState.PREPARED).count(),
            awaiting_result=uploads.filter(state=UploadState.DELIVERED).count(),
            to_acknowledge=InboxFile.objects.filter(province=lane.province, acknowledged_at=None).count(),
            orders=Order.objects.filter(province=lane.province, state__in=AT_THE_AUTHORITY).count(),
            drained_at=lane.drained_at,
            paused_until=lane.paused_until if lane.paused_until and lane.paused_until > at else None,
            last_error_code=lane.last_error_code,
        ))
    return status


def lanes_to_poll(at: datetime) -> list[str]:
    """Provinces to ask now: where orders wait or files are unacknowledged, and idle lanes once in a while."""
    handed_over = Exists(Upload.objects.filter(order=OuterRef("pk")))
    waiting = Order.objects.filter(handed_over, state__in=AT_THE_AUTHORITY, province=OuterRef("province"))
    unacknowledged = InboxFile.objects.filter(province=OuterRef("province"), acknowledged_at=None)
    due = Q(next_poll_at=None) | Q(next_poll_at__lte=at)
    found = Lane.objects.filter(Q(paused_until=None) | Q(paused_until__lte=at))
    return list(found.filter(Exists(waiting) | Exists(unacknowledged) | due)
                .order_by("province").values_list("province", flat=True))


def left_behind() -> list[tuple[int, str]]:
    """(order, province) in hand-over that neither have an upload delivered nor a job that will make one."""
    delivered = Upload.objects.filter(order=OuterRef("pk"), state=UploadState.DELIVERED)
    order_id = Cast(KeyTextTransform("order_id", "args"), BigIntegerField())
    job = ProcrastinateJob.objects.filter(task_name=UPLOAD_TASK, status__in=["todo", "doing"]).alias(
        order_id=order_id).filter(order_id=OuterRef("pk"))
    orders = Order.objects.filter(state=State.HANDOVER).filter(~Exists(delivered), ~Exists(job))
    return list(orders.order_by("state_since", "pk").values_list("pk", "province")[:500])


def challenges_of(order: Order) -> QuerySet[Challenge]:
    """The SMS verifications of an order's latest hand-over, none before its file was accepted."""
    latest = Challenge.objects.filter(order=order).order_by("-upload_id").values("upload_id")[:1]
    return Challenge.objects.filter(order=order, upload_id__in=latest).order_by("-principal")


def pending_principals(order: Order) -> list[str]:
    """Who has still to answer the ministry's SMS: "subject", "service"."""
    return list(challenges_of(order).filter(state=ChallengeState.PENDING).values_list("principal", flat=True))


def unmatched(*, seen: bool = False) -> QuerySet[Unmatched]:
    """Answers that fitted no order, newest first; with ``seen`` also those a person has dealt with."""
    rows = Unmatched.objects.select_related("file").order_by("-pk")
    return rows if seen else rows.filter(seen_at=None)


def problems(*, seen: bool = False) -> QuerySet[InboxFile]:
    """Downloaded files of which something could not take effect, newest first; ``seen`` as for unmatched."""
    rows = InboxFile.objects.exclude(problem="").order_by("-pk")
    return rows if seen else rows.filter(seen_at=None)
