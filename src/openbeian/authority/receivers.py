"""What the authority room does when an order moves (jobs, in the transaction of the move) or a year is published."""

from typing import Any

from openbeian.authority import tasks
from openbeian.authority.client import NotConfigured, account
from openbeian.authority.verbs.assignments import settle_limits
from openbeian.filings.models import Order
from openbeian.regime.lifecycle import Action, Move


def hand_over(*, order: Order, move: Move, **kwargs: Any) -> None:
    """An order approved or resubmitted gets its upload job, in the transaction of the move."""
    if move.action in (Action.APPROVE, Action.RESUBMIT):
        tasks.defer_upload(order_id=order.pk, province=order.province)


def settle(**kwargs: Any) -> int:
    """Tasks whose limit waited for a year's holidays get it."""
    return settle_limits()


def ask_status(*, order: Order, move: Move, **kwargs: Any) -> None:
    """A submission to a province whose account says so gets a job that asks whether the organizer is on file."""
    if move.action != Action.SUBMIT:
        return
    try:
        asks = account(order.province).asks_status
    except NotConfigured:
        return
    if asks:
        tasks.ask_status.defer(order_id=order.pk)
