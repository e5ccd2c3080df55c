"""What a decision about an order brings about, top to bottom: transition, findings, register, shelf, announcement.

All of it happens in one transaction. Other rooms decide who may decide; what follows from it is written here alone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction

from openbeian.filings.findings import keep_findings
from openbeian.filings.models import Order
from openbeian.filings.queries import submitted_dossier
from openbeian.filings.transitions import announce, transition
from openbeian.ledger.jobs import defer
from openbeian.regime.actors import Actor
from openbeian.regime.facts import Approval
from openbeian.regime.findings import Finding
from openbeian.regime.lifecycle import CANCELLATIONS, CHANGES, Action, OrderKind
from openbeian.register import verbs as register
from openbeian.register.errors import NotInForce
from openbeian.register.models import Service
from openbeian.shelf import verbs as shelf

#: The job that uploads an order to its province (:mod:`openbeian.authority.tasks`).
UPLOAD_JOB = "authority.upload"

OnlyIf = Mapping[str, Collection[Any]]


@transaction.atomic
def hand_over(
    order: Order | int, action: Action, *, actor: Actor, at: datetime, version: int | None = None,
    only_if: OnlyIf | None = None,
) -> Order:
    """The platform approves an order, or its organizer resubmits it unchanged: it goes to the administration.

    Writes ``order:approve`` or ``order:resubmit``; the upload job is made in the same transaction.
    Raises :class:`~openbeian.filings.errors.Conflict`, :class:`~openbeian.filings.errors.NotFound`.
    """
    done = transition(
        order, action, actor=actor, at=at, version=version, only_if=only_if, claimed_by="", claimed_at=None)
    defer_upload(done.order)
    return announce(done)


def defer_upload(order: Order) -> None:
    """Make the upload job of an order, in the caller's transaction. Jobs of one province run one after the other."""
    defer(UPLOAD_JOB, lock=f"authority:{order.province}", order_id=order.pk)


@transaction.atomic
def send_back(
    order: Order | int, action: Action, *, findings: Sequence[Finding], source: str, actor: Actor, at: datetime,
    version: int | None = None, only_if: OnlyIf | None = None,
) -> Order:
    """The platform returns an order, or the administration refuses it or its data: the organizer corrects it.

    ``action`` is return, data_error or refuse; the findings are kept with the dossier they are about, as those of
    ``source`` (reviewer or authority). Writes ``order:return``, ``order:data_error`` or ``order:refuse``.
    Raises :class:`~openbeian.filings.errors.Conflict`, :class:`~openbeian.filings.errors.NotFound`.
    """
    done = transition(
        order, action, actor=actor, at=at, version=version, only_if=only_if, claimed_by="", claimed_at=None)
    keep_findings(order=done.order, source=source, findings=findings, at=at)
    return announce(done, tuple(findings))


@transaction.atomic
def accept(order: Order | int, *, approval: Approval | None, actor: Actor, at: datetime) -> Order:
    """The administration accepts an order: the register follows, then the shelf.

    ``approval`` holds the numbers of a filing or a change, and the province's ids; a cancellation has none.
    Writes ``order:accept`` and the register's and the shelf's events. Raises
    :class:`~openbeian.filings.errors.Conflict` and :class:`~openbeian.register.errors.RegisterError`; nothing is
    changed then.
    """
    done = transition(order, Action.ACCEPT, actor=actor, at=at, **(approval.numbers_and_ids if approval else {}))
    kind = OrderKind(done.order.kind)
    if kind in CANCELLATIONS:
        # A record that the administration itself has ended meanwhile need not end again.
        with suppress(NotInForce):
            ended = _end(kind, done.order, actor, at)
            shelf.take_offline(appids=_appids(ended), at=at, actor=actor)
    elif kind in CHANGES:
        register.change(
            appid=done.order.appid, number=done.order.service_number, order_id=done.order.pk,
            dossier=submitted_dossier(done.order), actor=actor, at=at)
    else:
        service = _enter(kind, done.order, approval, actor, at)
        shelf.put_back(appids=[service.appid], at=at, actor=actor)
    return announce(done, approval)


@transaction.atomic
def follow_cancellation(*, province: str, category: int, key: str, actor: Actor, at: datetime) -> list[str]:
    """The administration has ended a record by itself: the register follows, then the shelf.

    ``category`` (Zxlb) says whether ``key`` is the province's id of a subject, a service or an access. Returns the
    numbers that ended.
    """
    subjects, services = register.follow_cancellation(
        province=province, category=category, key=key, actor=actor, at=at)
    shelf.take_offline(appids=_appids(services), at=at, actor=actor)
    return [*(subject.number for subject in subjects), *(service.number for service in services)]


def _end(kind: OrderKind, order: Order, actor: Actor, at: datetime) -> list[Service]:
    ends: dict[str, Any] = {"order_id": order.pk, "actor": actor, "at": at}
    if kind == OrderKind.CANCEL_SUBJECT:
        return register.cancel_subject(number=order.subject_number, **ends)
    cancel = register.cancel if kind == OrderKind.CANCEL_SERVICE else register.cancel_access
    return [cancel(appid=order.appid, number=order.service_number, **ends)]


def _enter(kind: OrderKind, order: Order, approval: Approval | None, actor: Actor, at: datetime) -> Service:
    if approval is None or order.organizer is None:
        raise TypeError("an accepted filing needs the administration's approval and an organizer")
    enter = register.add_access if kind == OrderKind.NEW_ACCESS else register.issue
    return enter(
        order_id=order.pk, appid=order.appid, certificate_digest=bytes(order.organizer.certificate_digest),
        dossier=submitted_dossier(order), approval=approval, actor=actor, at=at)


def _appids(services: Iterable[Service]) -> list[str]:
    return [service.appid for service in services]
