"""What reviewers (审核员) do: take an order, approve it, or return it with everything that is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from openbeian.filings.errors import Conflict, FilingError, NotFound
from openbeian.filings.findings import keep_findings
from openbeian.filings.models import Order
from openbeian.filings.moves import move
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.regime.fields import FIELDS
from openbeian.regime.findings import Finding, Severity
from openbeian.regime.lifecycle import Action, State


class ReviewRefused(FilingError):
    """The decision itself is incomplete: no finding, or one without field, reason or remedy."""

    code = "review_refused"


class ClaimedByAnother(FilingError):
    """Another reviewer has taken the order and alone decides it, until it is released."""

    code = "claimed_by_another"

    def __init__(self) -> None:
        super().__init__(
            "该订单已由其他审核员领取，请等其处理或释放。",
            "Another reviewer has taken this order. Wait for the decision, or for its release.",
        )


@dataclass(frozen=True)
class ReviewFinding:
    """One thing a reviewer found: the field, why it will not do, and what to do about it."""

    field: str
    reason: str
    remedy: str


@transaction.atomic
def claim(*, order_id: int, reviewer: Actor) -> Order:
    """Take an unclaimed order from the queue. Writes ``order:claimed``. Raises :class:`Conflict`."""
    return _assign(order_id=order_id, reviewer=reviewer, before="", after=reviewer.id, tag="order:claimed")


@transaction.atomic
def release(*, order_id: int, reviewer: Actor) -> Order:
    """Put one's own claimed order back into the queue. Writes ``order:released``. Raises :class:`Conflict`."""
    return _assign(order_id=order_id, reviewer=reviewer, before=reviewer.id, after="", tag="order:released")


def _assign(*, order_id: int, reviewer: Actor, before: str, after: str, tag: str) -> Order:
    at = clock.now()
    changed = Order.objects.filter(pk=order_id, state=State.PLATFORM_REVIEW, claimed_by=before).update(
        claimed_by=after, claimed_at=at if after else None)
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound("没有这个订单。", "There is no such order.")
    if not changed:
        raise Conflict(state=order.state)
    record(tag=tag, actor=reviewer, subject=order.subject, at=at)
    return order


def approve(*, order_id: int, reviewer: Actor, version: int | None = None) -> Order:
    """Pass an order on to the administration. Writes ``order:approve``; the upload job is made with it.

    Raises :class:`ClaimedByAnother`, :class:`Conflict`.
    """
    return _decide(order_id=order_id, action=Action.APPROVE, reviewer=reviewer, at=clock.now(), version=version)


def _decide(
    *, order_id: int, action: Action, reviewer: Actor, at: datetime, version: int | None,
    outcome: tuple[Finding, ...] | None = None,
) -> Order:
    free = Q(claimed_by__in=("", reviewer.id))
    try:
        return move(order_id=order_id, action=action, actor=reviewer, at=at, version=version, outcome=outcome,
                    only_if=free, claimed_by="", claimed_at=None)
    except Conflict as conflict:
        if Order.objects.filter(~free, pk=order_id, state=State.PLATFORM_REVIEW).exists():
            raise ClaimedByAnother() from conflict
        raise


@transaction.atomic
def return_for_completion(
    *, order_id: int, reviewer: Actor, findings: Sequence[ReviewFinding], version: int | None = None
) -> Order:
    """Return an order to its organizer with one or more findings. Writes ``order:return``.

    Raises :class:`ReviewRefused` when a finding lacks something, :class:`ClaimedByAnother`, :class:`Conflict`.
    """
    problems = [
        f for f in findings if f.field not in FIELDS or not f.reason.strip() or not f.remedy.strip()]
    if not findings or problems:
        raise ReviewRefused(
            "退回时须至少填写一条意见，每条须有字段、原因和修改建议。",
            "A return needs at least one finding, each with a field, a reason and a remedy.",
        )
    at = clock.now()
    kept = tuple(
        Finding(rule="", severity=Severity.BLOCKS, field=f.field, reason_zh=f.reason.strip(),
                reason_en=f.reason.strip(), remedy_zh=f.remedy.strip(), remedy_en=f.remedy.strip(), clause="平台初审")
        for f in findings
    )
    order = _decide(order_id=order_id, action=Action.RETURN, reviewer=reviewer, at=at, version=version, outcome=kept)
    keep_findings(order=order, source="reviewer", findings=kept, at=at)
    return order
