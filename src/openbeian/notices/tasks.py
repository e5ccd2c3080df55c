"""Jobs that carry pushes out of the house."""

from datetime import timedelta

from django.db.models import Q
from procrastinate.contrib.django import app

from openbeian.ledger import clock
from openbeian.notices import delivery
from openbeian.notices.models import TICKET, Push

#: How long a delivered push is kept for support.
KEPT = timedelta(days=30)
TICKET_KEPT = timedelta(days=1)


# Behind everything else a worker does: receivers that hang must not keep the link to the administration waiting.
@app.task(name="notices.deliver", priority=-10)
def deliver(*, lane_id: int, retry_of: int | None = None) -> None:
    """Deliver what waits in a lane."""
    delivery.drain(lane_id=lane_id, retry_of=retry_of)


@app.periodic(cron="17 * * * *")
@app.task(name="notices.forget_delivered", queueing_lock="notices.forget_delivered")
def forget_delivered(timestamp: int) -> None:
    """Remove pushes that were delivered long ago, and tickets of the day before, delivered or not."""
    at = clock.now()
    Push.objects.filter(delivered_at__lt=at - KEPT).delete()
    Push.objects.filter(Q(delivered_at__lt=at - TICKET_KEPT) | Q(dead_at__lt=at - TICKET_KEPT), info_type=TICKET).delete()
