"""Reading the ledger."""

from django.db.models import QuerySet

from openbeian.ledger.models import Event


def events_of(subject: str) -> QuerySet[Event]:
    """Everything that happened to ``subject``, oldest first."""
    return Event.objects.filter(subject=subject).order_by("id")


def latest_of(tag: str) -> QuerySet[Event]:
    """Everything of one kind that ever happened, latest first; slice it."""
    return Event.objects.filter(tag=tag).order_by("-id")
