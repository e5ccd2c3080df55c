"""What time brings: there is no background thread, every request settles first."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from openbeian.ledger import clock
from openbeian.simulator.models import Record, State, Upload
from openbeian.simulator.verbs.challenges import verified
from openbeian.simulator.verbs.office import queue_up
from openbeian.simulator.verbs.outcomes import give_up
from openbeian.simulator.verbs.processing import content, process
from openbeian.simulator.verbs.reviewing import decide_by_itself


@transaction.atomic
def settle(*, now: datetime | None = None) -> int:
    """Carry out what fell due up to now: files to process, scripted and lapsed verifications, automatic decisions.
    Returns how many.

    In order of the due instants, and dated by them, so that it does not matter when or how often it is called.
    """
    now = now or clock.now()
    if _next_upload(now) is None and _next_record(now) is None:
        return 0
    queue_up()
    done = 0
    while True:
        upload, record = _next_upload(now), _next_record(now)
        if upload is not None and (record is None or upload.due_at <= record.due_at):  # type: ignore[operator]
            process(upload, content(upload), upload.due_at)  # type: ignore[arg-type]
        elif record is not None:
            _happen(record, record.due_at)  # type: ignore[arg-type]
        else:
            return done
        done += 1


def _happen(record: Record, at: datetime) -> None:
    if record.state == State.REVIEW:
        decide_by_itself(record, at)
    elif record.sms_deadline is not None and at >= record.sms_deadline:
        give_up(record, State.LAPSED, "lapsed", at)
    else:
        verified(record, list(record.principals.order_by("pk")), at)


def _next_upload(now: datetime) -> Upload | None:
    return Upload.objects.filter(due_at__lte=now).order_by("due_at", "pk").first()


def _next_record(now: datetime) -> Record | None:
    return Record.objects.filter(Q(due_at__lte=now)).order_by("due_at", "pk").first()
