"""What this room does when a year's holidays are published."""

from typing import Any

from openbeian.filings.orders import settle_due_instants


def settle(**_: Any) -> None:
    """Receiver of ``calendar_published``: settle the limits of orders that waited for the year."""
    settle_due_instants()
