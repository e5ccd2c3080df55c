"""What the rooms further down hear of, inside the transaction that brings it about."""

from django.dispatch import Signal

#: A year's holidays were published, now or before: due instants that waited for them can be settled. Receivers return
#: how many.
calendar_published = Signal()
