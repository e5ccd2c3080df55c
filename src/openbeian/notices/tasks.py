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


@app.task(name=delivery.QUEUE_TASK, priority=delivery.PRIORITY)
def queue_delivery(*, client_id: str) -> None:
    """Make a client's delivery job after the commit of what it is to deliver.

    The transaction that writes a push cannot make that job itself: the one that waits already may run before the commit.
    """
    delivery.queue_delivery(client_id)


@app.task(name=delivery.DELIVER_TASK, priority=delivery.PRIORITY)
def deliver(*, client_id: str) -> None:
    """Deliver what is due to a client."""
    delivery.drain(client_id)


@app.task(name=delivery.RETRY_TASK, priority=delivery.PRIORITY)
def retry(*, push_id: int, attempts: int) -> None:
    """Attempt a push again at the end of its back-off. Without a lock, so that a job that waits holds up no other."""
    delivery.retry(push_id, attempts=attempts)


@app.periodic(cron="* * * * *")
@app.task(name="notices.resume", queueing_lock="notices.resume", priority=delivery.PRIORITY)
def resume(timestamp: int) -> None:
    """Every minute: queue deliveries whose job is lost."""
    delivery.resume()


@app.periodic(cron="17 * * * *")
@app.task(name="notices.forget_delivered", queueing_lock="notices.forget_delivered")
def forget_delivered(timestamp: int) -> None:
    """Remove pushes that were delivered long ago, and tickets of the day before, delivered or not."""
    at = clock.now()
    Push.objects.filter(delivered_at__lt=at - KEPT).delete()
    Push.objects.filter(Q(delivered_at__lt=at - TICKET_KEPT) | Q(dead_at__lt=at - TICKET_KEPT), info_type=TICKET).delete()
