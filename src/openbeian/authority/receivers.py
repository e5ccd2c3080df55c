"""What the authority room does when an order was submitted, in the same transaction."""

from typing import Any

from openbeian.authority.client import NotConfigured, account
from openbeian.filings.models import Order
from openbeian.ledger.jobs import defer
from openbeian.regime.lifecycle import Action, Move


def ask_status(*, order: Order, move: Move, **_: Any) -> None:
    """A submission to a province whose account says so gets a job that asks whether the organizer is registered."""
    if move.action != Action.SUBMIT:
        return
    try:
        asks = account(order.province).asks_status
    except NotConfigured:
        return
    if asks:
        defer("authority.status", order_id=order.pk)
