"""Reading the ledger."""

from django.db.models import QuerySet

from openbeian.ledger.models import Event


def events_of(subject: str) -> QuerySet[Event]:
    """Everything that happened to ``subject``, oldest first."""
    return Event.objects.filter(subject=subject).order_by("id")
