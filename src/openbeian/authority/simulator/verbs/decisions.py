"""The reviewer's decision on a request."""

from __future__ import annotations

from django.db import transaction

from openbeian.authority.simulator.models import Record, State
from openbeian.authority.simulator.verbs.office import SimulatorError, move, queue_up
from openbeian.authority.simulator.verbs.outcomes import approve as approve_request
from openbeian.authority.simulator.verbs.outcomes import send_decision
from openbeian.authority.simulator.verbs.time import settle
from openbeian.ledger import clock


@transaction.atomic
def decide(*, record_id: int, approve: bool, opinion: str = "") -> Record:
    """A reviewer's decision: approve (numbers are issued, or the service is cancelled) or refuse with an opinion.

    Raises SimulatorError: unknown_record, not_in_review, opinion_missing.
    """
    settle()
    queue_up()
    record = Record.objects.filter(pk=record_id).first()
    if record is None:
        raise SimulatorError("unknown_record", "没有这条备案申请", "There is no such request")
    if record.state != State.REVIEW:
        label = State(record.state).label
        raise SimulatorError(
            "not_in_review", f"该申请处于“{label}”，不在审核中", f"The request is not in review but {record.state!r}"
        )
    opinion = opinion.strip()
    if not approve and not opinion:
        raise SimulatorError("opinion_missing", "退回时须填写审核意见", "A refusal needs an opinion")
    if approve:
        approve_request(record, opinion, clock.now())
    else:
        record.opinion = opinion
        move(record, State.REFUSED, clock.now())
        send_decision(record, False, clock.now())
    return record
