"""What the register does when an order moves. Runs in the transaction of the move."""

from datetime import datetime
from typing import Any

from openbeian.filings import queries as filings
from openbeian.filings.models import Order
from openbeian.regime.actors import Actor
from openbeian.regime.facts import Approval
from openbeian.regime.lifecycle import Action, Move, OrderKind
from openbeian.register import verbs


def take_effect(*, order: Order, move: Move, actor: Actor, at: datetime, outcome: Any = None, **_: Any) -> None:
    """Receiver of ``order_moved``: an accepted first filing brings numbers, an accepted cancellation ends one.

    Raises :class:`~openbeian.register.errors.RegisterError`, which takes the acceptance back.
    """
    if move.action != Action.ACCEPT:
        return
    if order.kind == OrderKind.CANCEL_SERVICE:
        verbs.cancel(appid=order.appid, number=order.service_number, order_id=order.pk, actor=actor, at=at)
    elif order.kind == OrderKind.FIRST_FILING:
        if not isinstance(outcome, Approval) or order.organizer is None:
            raise TypeError("an accepted filing needs the administration's approval and an organizer")
        verbs.issue(
            order_id=order.pk, account=filings.account_of(order),
            certificate_digest=bytes(order.organizer.certificate_digest),
            dossier=filings.submitted_dossier(order), approval=outcome, actor=actor, at=at,
        )
