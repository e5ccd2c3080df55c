"""What the authority room does when an order moves."""

from typing import Any

from openbeian.authority import tasks
from openbeian.filings.models import Order
from openbeian.regime.lifecycle import Action, Move


def hand_over(*, order: Order, move: Move, **kwargs: Any) -> None:
    """An order approved or resubmitted gets its upload job, in the transaction of the move."""
    if move.action in (Action.APPROVE, Action.RESUBMIT):
        tasks.defer_upload(order_id=order.pk, province=order.province)
