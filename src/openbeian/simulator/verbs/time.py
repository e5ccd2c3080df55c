"""What time brings: there is no background thread, every request settles first."""

from datetime import datetime
from typing import TypeVar

from django.db import transaction

from openbeian.ledger import clock
from openbeian.simulator.models import Record, State, Upload
from openbeian.simulator.verbs.challenges import verified
from openbeian.simulator.verbs.office import queue_up
from openbeian.simulator.verbs.outcomes import give_up
from openbeian.simulator.verbs.processing import content, process
from openbeian.simulator.verbs.reviewing import decide_by_itself

Row = TypeVar("Row", Upload, Record)


@transaction.atomic
def settle() -> None:
    """Carry out what fell due up to now: files to process, scripted and lapsed verifications, automatic decisions.

    In order of the due instants, and dated by them, so that it does not matter when or how often it is called.
    """
    now = clock.now()
    if _next(Upload, now) is None and _next(Record, now) is None:
        return
    queue_up()
    while True:
        upload, record = _next(Upload, now), _next(Record, now)
        if upload is not None and (record is None or upload.due_at <= record.due_at):  # type: ignore[operator]
            process(upload, content(upload), upload.due_at)  # type: ignore[arg-type]
        elif record is not None:
            _happen(record, record.due_at)  # type: ignore[arg-type]
        else:
            return


def _happen(record: Record, at: datetime) -> None:
    if record.state == State.REVIEW:
        decide_by_itself(record, at)
    elif record.sms_deadline is not None and at >= record.sms_deadline:
        give_up(record, State.LAPSED, "lapsed", at)
    else:
        verified(record, list(record.principals.order_by("pk")), at)


def _next(rows: type[Row], now: datetime) -> Row | None:
    return rows.objects.filter(due_at__lte=now).order_by("due_at", "pk").first()
