"""What this room announces, inside the transaction of the change. Receivers return nothing and refuse nothing."""

from django.dispatch import Signal

#: A year's holidays were published, now or before: due instants that waited for them can be settled.
calendar_published = Signal()
