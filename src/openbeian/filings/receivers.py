"""What this room does when a year's holidays are published."""

from typing import Any

from openbeian.filings.verbs import settle_due_instants


def settle(**kwargs: Any) -> int:
    """Settle the limits of orders that waited for the year."""
    return settle_due_instants()
