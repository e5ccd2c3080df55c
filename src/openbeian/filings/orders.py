"""What organizers do with an order beside filling it in, and what time does with it."""

from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models.functions import TruncDate

from openbeian.filings.errors import Conflict
from openbeian.filings.models import Order
from openbeian.filings.transitions import transition_and_announce
from openbeian.ledger import clock
from openbeian.regime.actors import CLOCK, Actor
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.lifecycle import MOVES, Action, State, due


def withdraw(*, order_id: int, actor: Actor, version: int | None = None) -> Order:
    """Take a filing back while the platform reviews it. Writes ``order:withdraw``. Raises :class:`Conflict`."""
    return transition_and_announce(order_id, Action.WITHDRAW, actor=actor, at=clock.now(), version=version)


def abandon(*, order_id: int, actor: Actor, version: int | None = None) -> Order:
    """Give up an order that waits for the organizer. Writes ``order:abandon``. Raises :class:`Conflict`."""
    return transition_and_announce(order_id, Action.ABANDON, actor=actor, at=clock.now(), version=version)


def amend(*, order_id: int, actor: Actor, version: int | None = None) -> Order:
    """After lapsed SMS verification, open the dossier for correction. Writes ``order:amend``."""
    return transition_and_announce(order_id, Action.AMEND, actor=actor, at=clock.now(), version=version)


def reactivate(*, order_id: int, actor: Actor, version: int | None = None) -> Order:
    """Bring an expired order back as a draft. Raises :class:`Conflict`, :class:`OpenOrderExists`."""
    return transition_and_announce(order_id, Action.REACTIVATE, actor=actor, at=clock.now(), version=version)


@transaction.atomic
def settle_due_instants(**_: Any) -> int:
    """Count provisional due instants again, by the calendar in use. Returns how many are settled; safe to repeat.

    Receiver of ``calendar_published``.
    All orders that entered a state on one day share a due instant, so one statement per day is enough.
    """
    settled = 0
    waiting = Order.objects.filter(due_provisional=True)
    days = waiting.annotate(day=TruncDate("state_since", tzinfo=SHANGHAI)).values_list("state", "day").distinct()
    for state, day in list(days):
        limit = due(State(state), datetime.combine(day, time(), SHANGHAI))
        if limit is not None and not limit.provisional:
            settled += waiting.filter(state=state, state_since__date=day).update(
                due_at=limit.instant, due_provisional=False)
    return settled


def expire_idle(*, at: datetime) -> int:
    """Expire orders the organizer has left alone past their due instant. Returns how many; safe to repeat."""
    idle = sorted(row.source for row in MOVES if row.action == Action.EXPIRE and row.source)
    overdue = Order.objects.filter(state__in=idle, due_at__lte=at).order_by("due_at")
    expired = 0
    for order in overdue[:500]:
        try:
            transition_and_announce(order, Action.EXPIRE, actor=CLOCK, at=at)
            expired += 1
        except Conflict:
            continue  # the organizer has gone on with it in the meantime
    return expired
