"""The reviewers' queue (审核队列)."""

from django.db.models import QuerySet

from openbeian.filings.models import Order
from openbeian.regime.lifecycle import State


def queue() -> QuerySet[Order]:
    """Orders that wait for the platform's review, longest waiting first."""
    return Order.objects.filter(state=State.PLATFORM_REVIEW).order_by("state_since", "pk")
