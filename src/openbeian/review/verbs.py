"""What reviewers (审核员) do: take an order, approve it, or return it with everything that is wrong."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from openbeian.filings import decide
from openbeian.filings import queries as filings
from openbeian.filings.errors import Conflict, FilingError
from openbeian.filings.models import Order
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.regime.fields import FIELDS
from openbeian.regime.findings import Finding, Severity
from openbeian.regime.lifecycle import Action, State

_CHINESE = re.compile("[\u3400-\u9fff]")


class ReviewRefused(FilingError):
    """The decision itself is incomplete: no finding, or one without field, reason or remedy."""

    code = "review_refused"


class ClaimedByAnother(FilingError):
    """Another reviewer has taken the order and alone decides it, until it is released."""

    code = "claimed_by_another"
    zh = "该订单已由其他审核员领取，请等其处理或释放。"
    en = "Another reviewer has taken this order. Wait for the decision, or for its release."


class DossierDamaged(FilingError):
    """The order's latest snapshot cannot be used; the hand-over could not send it."""

    code = "dossier_damaged"
    zh = "该订单的备案资料存档已损坏，不能提交管局。请退回，由主办者重新提交。"
    en = ("The stored dossier of this order is damaged and cannot go to the administration. Return the order, so that "
          "its organizer submits it again.")


@dataclass(frozen=True)
class ReviewFinding:
    """One thing a reviewer found: the field, why it will not do, and what to do about it, each in Chinese or English."""

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
    order = filings.order(order_id)
    if not changed:
        raise Conflict(state=order.state)
    record(tag=tag, actor=reviewer, subject=order.subject, at=at)
    return order


@transaction.atomic
def approve(*, order_id: int, reviewer: Actor, version: int | None = None) -> Order:
    """Pass an order on to the administration. Writes ``order:approve``; the upload job is made with it.

    Raises :class:`ClaimedByAnother`, :class:`Conflict`, and :class:`DossierDamaged`; nothing is changed then.
    """
    with _unless_claimed_by_another(order_id, reviewer) as free:
        order = decide.hand_over(
            order_id, Action.APPROVE, actor=reviewer, at=clock.now(), version=version, only_if=free)
    if filings.intact_dossier(order) is None:
        raise DossierDamaged()
    return order


@contextmanager
def _unless_claimed_by_another(order_id: int, reviewer: Actor) -> Iterator[Mapping[str, Collection[str]]]:
    """What the claim of an order must be for ``reviewer`` to decide it. Raises :class:`ClaimedByAnother`."""
    free = {"claimed_by": ("", reviewer.id)}
    try:
        yield free
    except Conflict as conflict:
        claimed = Order.objects.exclude(claimed_by__in=free["claimed_by"])
        if claimed.filter(pk=order_id, state=State.PLATFORM_REVIEW).exists():
            raise ClaimedByAnother() from conflict
        raise


def return_for_completion(
    *, order_id: int, reviewer: Actor, findings: Sequence[ReviewFinding], version: int | None = None
) -> Order:
    """Return an order to its organizer with one or more findings. Writes ``order:return``.

    Raises :class:`ReviewRefused` when a finding lacks something, :class:`ClaimedByAnother`, :class:`Conflict`.
    """
    incomplete = [str(number) for number, f in enumerate(findings, 1)
                  if f.field not in FIELDS or not f.reason.strip() or not f.remedy.strip()]
    if not findings or incomplete:
        raise ReviewRefused(
            "退回时须至少填写一条意见，每条须有字段、原因和修改建议。"
            + (f"第 {'、'.join(incomplete)} 条意见不完整，请补全或删除。" if incomplete else ""),
            "A return needs at least one finding, each with a field, a reason and a remedy."
            + (f" Complete or remove: {', '.join(incomplete)}." if incomplete else ""),
        )
    kept = tuple(
        Finding(rule="", severity=Severity.BLOCKS, field=f.field, clause="平台初审",
                **_in_its_language("reason", f.reason.strip()), **_in_its_language("remedy", f.remedy.strip()))
        for f in findings
    )
    with _unless_claimed_by_another(order_id, reviewer) as free:
        return decide.send_back(
            order_id, Action.RETURN, findings=kept, source="reviewer", actor=reviewer, at=clock.now(), version=version,
            only_if=free)


def _in_its_language(name: str, text: str) -> dict[str, str]:
    """What a person wrote, under the language it is in; the other stays empty, and pages show what there is."""
    zh, en = (text, "") if _CHINESE.search(text) else ("", text)
    return {f"{name}_zh": zh, f"{name}_en": en}
