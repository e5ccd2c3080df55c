"""Files going out: delivered again until acknowledged."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from openbeian.ledger import clock
from openbeian.simulator.faults import Fault
from openbeian.simulator.models import Outgoing
from openbeian.simulator.verbs.office import current_faults, province_row, queue_up


@dataclass(frozen=True)
class Weather:
    """What befalls one call: seconds it is slow, whether it is refused unread, whether the connection breaks before
    the answer is through, whether an upload is answered as out of sequence.
    """

    wait: float = 0.0
    refuses: bool = False
    breaks: bool = False
    out_of_sequence: bool = False


def next_call(*, province: str) -> Weather:
    """Count a call of the province and say what befalls it. Nothing is counted while no faults are set."""
    faults = current_faults()
    if not faults.any:
        return Weather()
    with transaction.atomic():
        queue_up()
        row = province_row(province)
        row.calls += 1
        row.save(update_fields=["calls"])
    refuses = faults.strikes(Fault.REFUSING, province, row.calls)
    half = faults.chance("refusing kind", province, row.calls) < 0.5
    return Weather(
        wait=faults.slow_seconds if faults.strikes(Fault.SLOW, province, row.calls) else 0.0,
        refuses=refuses,
        breaks=half if refuses else faults.strikes(Fault.RESTARTING, province, row.calls),
        out_of_sequence=faults.strikes(Fault.WRONG_SEQUENCE, province, row.calls),
    )


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
    """The oldest file not acknowledged and whether more wait behind it; None when nothing waits.

    A late file holds up all behind it; one out of order lets its successor go first, once.
    """
    queue_up()
    now = clock.now()
    waiting = list(Outgoing.objects.filter(province=province, acknowledged_at=None).order_by("number")[:2])
    ready = [file for file in waiting if file.available_at is None or file.available_at <= now]
    if not waiting or waiting[0] not in ready:
        return None
    file = waiting[0]
    if len(ready) > 1 and not file.passed_over:
        if current_faults().strikes(Fault.OUT_OF_ORDER, province, file.number):
            file.passed_over = True
            file.save(update_fields=["passed_over"])
            file = ready[1]
    file.deliveries += 1
    file.save(update_fields=["deliveries"])
    return file, len(ready) > 1
