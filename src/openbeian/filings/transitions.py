"""An order changes its state: by the lifecycle table, in one statement with its event, then announced."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model

from openbeian.filings.errors import Conflict, NotFound, OpenOrderExists, StandsAlone
from openbeian.filings.models import Order
from openbeian.filings.signals import order_moved
from openbeian.ledger import transitions
from openbeian.regime.actors import Actor
from openbeian.regime.lifecycle import Action, Move, OrderKind, State, due, find_move


@dataclass(frozen=True)
class Done:
    """A transition that was carried out: the order as it is now, the row of the table, who did it and when."""

    order: Order
    move: Move
    actor: Actor
    at: datetime


def entered_columns(state: State, at: datetime) -> dict[str, Any]:
    """The columns that follow from entering ``state`` at ``at``."""
    limit = due(state, at)
    return {
        "state": state,
        "state_since": at,
        "due_at": limit.instant if limit else None,
        "due_provisional": bool(limit and limit.provisional),
    }


def transition(
    order: Order | int, action: Action, *, actor: Actor, at: datetime, version: int | None = None,
    only_if: Mapping[str, Collection[Any]] | None = None, insert: Sequence[Model] = (), **columns: Any,
) -> Done:
    """Take ``action`` on an order, if the lifecycle table lets ``actor`` do so now. Records the event; announces nothing.

    ``version`` is the one the caller looked at, ``only_if`` further columns with the values they must have; ``columns``
    are set and rows inserted with it. Must run in a transaction.

    Raises :class:`NotFound`, :class:`Conflict` (with the present state), :class:`StandsAlone`, :class:`OpenOrderExists`.
    """
    found = order if isinstance(order, Order) else Order.objects.filter(pk=order).first()
    if found is None:
        raise NotFound()
    row = find_move(order=found, action=action, role=actor.role)
    if row is None or version not in (None, found.version):
        raise Conflict(state=found.state)
    entered = {**entered_columns(row.target, at), **columns}
    dossier = columns.get("dossier_number", found.dossier_number)
    try:
        with refusals():
            moved = transitions.transition(
                found, to=entered.pop("state"), event=row.event, subject=found.subject, actor=actor, at=at,
                data={"from": row.source, "to": row.target, "dossier": dossier, "appid": found.appid},
                only_if=only_if, insert=insert, **entered)
    except transitions.StateChanged as changed:
        raise Conflict(state=changed.state) from None
    return Done(moved, row, actor, at)


def announce(done: Done, outcome: Any = None) -> Order:
    """Let the other rooms know of a transition (``order_moved``), in its transaction. Returns the order."""
    order_moved.send(
        sender=OrderKind(done.order.kind), order=done.order, move=done.move, actor=done.actor, at=done.at,
        outcome=outcome)
    return done.order


@transaction.atomic
def transition_and_announce(
    order: Order | int, action: Action, *, actor: Actor, at: datetime, version: int | None = None
) -> Order:
    """A transition that brings nothing else about. Raises what :func:`transition` raises."""
    return announce(transition(order, action, actor=actor, at=at, version=version))


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the database's refusals into this room's errors. The transaction can only be rolled back then."""
    try:
        yield
    except IntegrityError as error:
        text = str(error)
        if "filings_stand_alone" in text:
            raise StandsAlone() from error
        if "filings_one_open_order" in text:
            raise OpenOrderExists() from error
        raise
