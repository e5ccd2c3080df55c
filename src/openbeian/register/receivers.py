"""What the register does when an order moves or a year is published. Runs in the transaction of the change."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from openbeian.filings import queries as filings
from openbeian.filings.models import Order
from openbeian.regime.actors import Actor
from openbeian.regime.facts import Approval
from openbeian.regime.lifecycle import CANCELLATIONS, CHANGES, Action, Move, OrderKind
from openbeian.register import claims, verbs
from openbeian.register.errors import NotInForce


def take_effect(*, order: Order, move: Move, actor: Actor, at: datetime, outcome: Any = None, **_: Any) -> None:
    """Receiver of ``order_moved``: what the administration accepted is entered.

    Raises :class:`~openbeian.register.errors.RegisterError`, which takes the acceptance back.
    """
    if move.action != Action.ACCEPT:
        return
    kind = OrderKind(order.kind)
    number: dict[str, Any] = {"number": order.service_number, "order_id": order.pk, "actor": actor, "at": at}
    if kind in CANCELLATIONS:
        # What has ended meanwhile, say with its subject by the administration itself, need not end again.
        with suppress(NotInForce):
            _cancel(kind, order, number)
    elif kind in CHANGES:
        verbs.change(appid=order.appid, name=filings.account_of(order).name,
                     dossier=filings.submitted_dossier(order), **number)
    else:
        _enter(order, outcome, actor, at)


def _cancel(kind: OrderKind, order: Order, number: dict[str, Any]) -> None:
    if kind == OrderKind.CANCEL_SUBJECT:
        verbs.cancel_subject(**number | {"number": order.subject_number})
    elif kind == OrderKind.CANCEL_SERVICE:
        verbs.cancel(appid=order.appid, **number)
    else:
        verbs.cancel_access(appid=order.appid, **number)


def _enter(order: Order, approval: Any, actor: Actor, at: datetime) -> None:
    if not isinstance(approval, Approval) or order.organizer is None:
        raise TypeError("an accepted filing needs the administration's approval and an organizer")
    enter = verbs.add_access if order.kind == OrderKind.NEW_ACCESS else verbs.issue
    enter(
        order_id=order.pk, account=filings.account_of(order),
        certificate_digest=bytes(order.organizer.certificate_digest),
        dossier=filings.submitted_dossier(order), approval=approval, actor=actor, at=at,
    )


def settle(**_: Any) -> int:
    """Receiver of ``calendar_published``: settle the limits of claims that waited for the year."""
    return claims.settle_due_instants()
