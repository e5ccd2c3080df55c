"""Files going out: delivered again until acknowledged."""

from __future__ import annotations

from django.db import transaction

from openbeian.authority.simulator.models import Outgoing
from openbeian.authority.simulator.verbs.office import queue_up
from openbeian.ledger import clock


@transaction.atomic
def acknowledge(*, province: str, file_name: str) -> bool:
    """The platform has taken a file over; it is not delivered again. False for a file never delivered."""
    queue_up()
    file = Outgoing.objects.filter(province=province, file_name=file_name, deliveries__gt=0).first()
    if file is None:
        return False
    if file.acknowledged_at is None:
        file.acknowledged_at = clock.now()
        file.save(update_fields=["acknowledged_at"])
    return True


@transaction.atomic
def deliver(*, province: str) -> tuple[Outgoing, bool] | None:
    """The oldest file not acknowledged and whether more wait behind it; None when nothing waits."""
    queue_up()
    waiting = list(Outgoing.objects.filter(province=province, acknowledged_at=None).order_by("number")[:2])
    if not waiting:
        return None
    waiting[0].deliveries += 1
    waiting[0].save(update_fields=["deliveries"])
    return waiting[0], len(waiting) > 1
