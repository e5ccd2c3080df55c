"""What time brings: there is no background thread, every request settles first."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from openbeian.authority.simulator.models import Record, Settings, State
from openbeian.authority.simulator.verbs.office import SimulatorError, current_settings, queue_up
from openbeian.authority.simulator.verbs.outcomes import approve, give_up
from openbeian.ledger import clock


@transaction.atomic
def settle(*, now: datetime | None = None) -> int:
    """Carry out what fell due up to now: lapsed verifications, automatic decisions. Returns how many.

    In order of the due instants, and dated by them, so that it does not matter when or how often it is called.
    """
    now = now or clock.now()
    behaviour = current_settings()
    delay = behaviour.automatic_decision_after
    due = [(r.sms_deadline, r.pk) for r in Record.objects.filter(state=State.SMS, sms_deadline__lte=now)]
    if delay is not None:
        wait = timedelta(seconds=delay)
        due += [
            (r.state_since + wait, r.pk)
            for r in Record.objects.filter(state=State.REVIEW, state_since__lte=now - wait)
        ]
    if not due:
        return 0
    queue_up()
    done = 0
    for at, pk in sorted(due):
        record = Record.objects.get(pk=pk)
        if record.state == State.SMS and record.sms_deadline <= now:
            give_up(record, State.LAPSED, "lapsed", at)
            done += 1
        elif record.state == State.REVIEW and delay is not None:
            approve(record, "", at)
            done += 1
    return done


@transaction.atomic
def change_settings(*, automatic_decision_after: float | None, refuse_calls_with: int | None = None) -> Settings:
    """Set how the administration behaves: seconds until an automatic approval (None: a person decides), and a
    call-level code with which every call is refused (None: calls are served). Raises SimulatorError.
    """
    # Not more than a year: the interface's own limit is 20 working days.
    if automatic_decision_after is not None and not 0 <= automatic_decision_after <= 366 * 86400:
        raise SimulatorError("bad_delay", "延迟须为 0 至 366 天的秒数", "The delay is 0 to 366 days, in seconds")
    if refuse_calls_with is not None and not 1 <= refuse_calls_with <= 999:
        raise SimulatorError("bad_code", "拒绝代码须为 1 至 999", "The refusal code must be 1 to 999")
    settle()
    behaviour = queue_up()
    behaviour.automatic_decision_after = automatic_decision_after
    behaviour.refuse_calls_with = refuse_calls_with
    behaviour.save()
    return behaviour
