"""Reading the link to the administration."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from procrastinate.contrib.django.models import ProcrastinateJob

from openbeian.authority.hours import rests_until
from openbeian.authority.models import (
    OUTSTANDING,
    Assignment,
    Challenge,
    ChallengeState,
    CodeDifference,
    InboxFile,
    Lane,
    Reconciliation,
    Unmatched,
    Upload,
    UploadState,
)
from openbeian.filings.decide import UPLOAD_JOB
from openbeian.filings.models import Order
from openbeian.filings.queries import filed_dossier, intact_dossier
from openbeian.regime.dossier import Dossier
from openbeian.regime.lifecycle import CANCELLATIONS, FINAL_STATES, MOVES, Action, Principal, State
from openbeian.vault import VaultError, mask_number

#: States of an order whose file the administration has taken and not yet decided.
TAKEN = (State.SMS_PENDING, State.SMS_LAPSED, State.AUTHORITY_REVIEW)
#: States in which an order waits for its province.
AT_THE_AUTHORITY = (State.HANDOVER, State.SMS_PENDING, State.AUTHORITY_REVIEW)
SEND_TASK, POLL_TASK = "authority.send", "authority.poll"


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
    halted_at: datetime | None
    send_after: datetime | None
    send_error: str
    poll_after: datetime | None
    poll_error: str
    hours: str

    @property
    def last_error_code(self) -> str:
        """What is wrong with the lane, "" if nothing."""
        return self.send_error or self.poll_error

    @property
    def paused_until(self) -> datetime | None:
        """When the way that rests longest may be used again."""
        return max((at for at in (self.send_after, self.poll_after) if at), default=None)

    @property
    def resting(self) -> bool:
        """Whether a person could resume the lane."""
        return bool(self.halted_at or self.paused_until)


def lanes(at: datetime) -> list[LaneStatus]:
    """Every lane in use. A rest that is over at ``at`` is not shown."""
    status = []
    for lane in Lane.objects.order_by("province"):
        uploads = Upload.objects.filter(province=lane.province)
        status.append(LaneStatus(
            province=lane.province, last_sequence=lane.last_sequence,
            to_send=uploads.filter(state=UploadState.PREPARED).count(),
            awaiting_result=uploads.filter(state=UploadState.DELIVERED).count(),
            to_acknowledge=InboxFile.objects.filter(province=lane.province, acknowledged_at=None).count(),
            orders=Order.objects.filter(province=lane.province, state__in=AT_THE_AUTHORITY).count(),
            drained_at=lane.drained_at, halted_at=lane.halted_at,
            send_after=rests_until(lane, "send", at), send_error=lane.send_error,
            poll_after=rests_until(lane, "poll", at), poll_error=lane.poll_error,
            hours=lane.send_hours or lane.poll_hours,
        ))
    return status


def lanes_to_poll(at: datetime) -> list[str]:
    """Provinces to ask now: where something of ours waits or files are unacknowledged; idle lanes once in a while.

    One with an account is asked before its first order, too: its blacklists count already.
    """
    handed_over = Exists(Upload.objects.filter(order=OuterRef("pk")))
    waiting = Order.objects.filter(handed_over, state__in=AT_THE_AUTHORITY, province=OuterRef("province"))
    answered = Upload.objects.filter(order=None, state=UploadState.DELIVERED, province=OuterRef("province"))
    unacknowledged = InboxFile.objects.filter(province=OuterRef("province"), acknowledged_at=None)
    due = Q(next_poll_at=None) | Q(next_poll_at__lte=at)
    found = Lane.objects.filter(Exists(waiting) | Exists(answered) | Exists(unacknowledged) | due, halted_at=None)
    unused = set(settings.OPENBEIAN_AUTHORITY) - set(Lane.objects.values_list("province", flat=True))
    return sorted(unused | {lane.province for lane in found if rests_until(lane, "poll", at) is None})


def orphans() -> list[Order]:
    """Orders in hand-over that neither have an upload delivered nor a job that will make one."""
    delivered = Upload.objects.filter(order=OuterRef("pk"), state=UploadState.DELIVERED)
    order_id = Cast(KeyTextTransform("order_id", "args"), BigIntegerField())
    job = ProcrastinateJob.objects.filter(task_name=UPLOAD_JOB, status__in=["todo", "doing"]).alias(
        order_id=order_id).filter(order_id=OuterRef("pk"))
    orders = Order.objects.filter(state=State.HANDOVER).filter(~Exists(delivered), ~Exists(job))
    return list(orders.order_by("state_since", "pk")[:500])


def answers_to_prepare() -> QuerySet[Assignment]:
    """Tasks that a person has answered and for which no file is on its way or accepted."""
    on_its_way = Upload.objects.filter(assignment=OuterRef("pk"), state__in=[*OUTSTANDING, UploadState.ACCEPTED])
    return Assignment.objects.filter(~Exists(on_its_way), answer_sealed__isnull=False, done_at__isnull=False).order_by("pk")


def orphaned_answers() -> list[str]:
    """Provinces for which answers to tasks wait and no job will send them."""
    waiting = {*answers_to_prepare().values_list("province", flat=True),
               *Upload.objects.filter(order=None, state=UploadState.PREPARED).values_list("province", flat=True)}
    sending = ProcrastinateJob.objects.filter(task_name=SEND_TASK, status__in=["todo", "doing"])
    return sorted(waiting - {job.args["province"] for job in sending})


@dataclass(frozen=True)
class Verification:
    """How far one principal is with the ministry's SMS (短信核验): whose it is, the masked mobile, and its state.

    ``mobile`` is empty if what names it is damaged.
    """

    principal: Principal
    mobile: str
    state: ChallengeState


def verifications_of(order: Order) -> list[Verification]:
    """Who has and who has not verified by SMS, of the file that the administration has taken of an order and not decided.

    Empty in every other state: while the next file is on its way, what became of the last one no longer counts. In these
    the order's snapshot is still the one that its latest upload carried.
    """
    if order.state not in TAKEN:
        return []
    latest = order.uploads.order_by("-pk").values("pk")[:1]
    challenges = list(Challenge.objects.filter(upload_id__in=latest).order_by("-principal"))
    if not challenges:
        return []
    dossier = _naming_principals(order) or Dossier()
    mobiles = {
        Principal.SUBJECT: dossier.organizer.principal.mobile, Principal.SERVICE: dossier.service.principal.mobile}
    return [
        Verification(Principal(row.principal), mask_number(mobiles[Principal(row.principal)]), ChallengeState(row.state))
        for row in challenges]


def _naming_principals(order: Order) -> Dossier | None:
    """A cancellation names nobody: the principals that are registered get the SMS. None for what cannot be read."""
    if order.kind not in CANCELLATIONS:
        return intact_dossier(order)
    try:
        return filed_dossier(order)
    except VaultError:
        return None


def unmatched() -> QuerySet[Unmatched]:
    """Answers that fitted no order and that nobody has dealt with yet, newest first."""
    return Unmatched.objects.select_related("file").filter(seen_at=None).order_by("-pk")


def problems() -> QuerySet[InboxFile]:
    """Downloaded files of which something could not take effect and that nobody has dealt with yet, newest first."""
    return InboxFile.objects.exclude(problem="").filter(seen_at=None).order_by("-pk")


#: States whose limit binds the platform or the administration, not the organizer.
BOUND = frozenset(set(State) - FINAL_STATES - {row.source for row in MOVES if row.action == Action.EXPIRE})


@dataclass(frozen=True)
class Overdue:
    """Something that should have left its state. ``days`` over, rounded up."""

    order: int
    kind: str
    appid: str
    province: str
    state: str
    due_at: datetime
    provisional: bool
    days: int


def overdue_orders(at: datetime) -> QuerySet[Order]:
    """Orders past the limit of a state that the platform or the administration has to end, longest over first.

    An order that waits for its organizer is not listed: it expires by itself.
    """
    return Order.objects.filter(state__in=sorted(BOUND), due_at__lt=at).order_by("due_at", "pk")


def overdue(at: datetime, *, limit: int = 500) -> list[Overdue]:
    """The first of :func:`overdue_orders`, with the days over."""
    return [
        Overdue(row.pk, row.kind, row.appid, row.province, row.state, row.due_at, row.due_provisional,
                -((row.due_at - at) // timedelta(days=1)))
        for row in overdue_orders(at)[:limit] if row.due_at is not None
    ]


def assignments(*, done: bool = False) -> QuerySet[Assignment]:
    """What the administration has given the platform to do, most urgent first; with ``done`` also what is done."""
    rows = Assignment.objects.order_by(F("done_at").asc(nulls_first=True), F("due_at").asc(nulls_last=True), "pk")
    return rows if done else rows.filter(done_at=None)


def code_differences(*, judged: bool = False) -> QuerySet[CodeDifference]:
    """Where the administration's code tables are not as ours; with ``judged`` also what a person has judged."""
    rows = CodeDifference.objects.order_by("table", "code", "pk")
    return rows if judged else rows.filter(verdict="")


def reconciliations() -> list[Reconciliation]:
    """The latest comparison of each province."""
    return list(Reconciliation.objects.order_by("province", "-pk").distinct("province"))
