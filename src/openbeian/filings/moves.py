"""The one statement that moves an order."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from openbeian.filings.errors import Conflict, NotFound, OpenOrderExists, StandsAlone
from openbeian.filings.models import Order
from openbeian.filings.signals import order_moved
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.regime.lifecycle import Action, OrderKind, State, due, find_move


def moved_columns(state: State, at: datetime) -> dict[str, Any]:
    """The columns that follow from entering ``state`` at ``at``."""
    limit = due(state, at)
    return {
        "state": state,
        "state_since": at,
        "due_at": limit.instant if limit else None,
        "due_provisional": bool(limit and limit.provisional),
    }


def move(
    *,
    order_id: int,
    action: Action,
    actor: Actor,
    at: datetime,
    version: int | None = None,
    outcome: Any = None,
    only_if: Q | None = None,
    **columns: Any,
) -> Order:
    """Take ``action`` on an order, if the lifecycle table lets ``actor`` do so now.

    One conditional statement (id, state and version) changes the row; the event is written and ``order_moved``
    is sent in the same transaction. ``version`` is the version the caller looked at, ``only_if`` a further condition
    on the row, ``columns`` are further columns to set, ``outcome`` goes to the receivers.

    Raises :class:`NotFound`, :class:`Conflict` (naming the present state) or :class:`StandsAlone`.
    """
    with transaction.atomic():
        order = Order.objects.filter(pk=order_id).first()
        if order is None:
            raise NotFound("没有这个订单。", "There is no such order.")
        row = find_move(order=order, action=action, role=actor.role)
        if row is None or (version is not None and version != order.version):
            raise Conflict(state=order.state)
        with refusals():
            rows = Order.objects.filter(only_if or Q(), pk=order_id, state=order.state, version=order.version)
            changed = rows.update(
                version=order.version + 1, **moved_columns(row.target, at), **columns
            )
        if not changed:
            raise Conflict(state=Order.objects.values_list("state", flat=True).get(pk=order_id))
        order.refresh_from_db()
        record(
            tag=row.event, actor=actor, subject=order.subject, at=at,
            data={"from": row.source, "to": row.target, "dossier": order.dossier_number, "appid": order.appid},
        )
        order_moved.send(sender=OrderKind(order.kind), order=order, move=row, actor=actor, at=at, outcome=outcome)
        return order


class refusals(transaction.Atomic):
    """A savepoint that turns the database's refusals into this room's errors."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(self, exc_type: Any, exc: Any, traceback: Any) -> None:
        super().__exit__(exc_type, exc, traceback)
        if isinstance(exc, IntegrityError) and (refusal := refusal_behind(exc)) is not exc:
            raise refusal from exc


def refusal_behind(error: IntegrityError) -> Exception:
    """This room's error for a violated constraint; the violation itself if it is none that a caller can cause."""
    text = str(error)
    if "filings_stand_alone" in text:
        return StandsAlone()
    if "filings_one_open_order" in text:
        return OpenOrderExists()
    return error
