"""The reviewer's decision on a request."""

from __future__ import annotations

from django.db import transaction

from openbeian.ledger import clock
from openbeian.simulator.models import Record, State
from openbeian.simulator.refusals import SimulatorError
from openbeian.simulator.verbs.office import queue_up
from openbeian.simulator.verbs.outcomes import approve as approve_request
from openbeian.simulator.verbs.outcomes import refuse as refuse_request
from openbeian.simulator.verbs.reviewing import broken_rules
from openbeian.simulator.verbs.time import settle


@transaction.atomic
def decide(*, record_id: int, approve: bool, opinion: str = "", despite_rules: bool = False) -> Record:
    """A reviewer's decision: approve (the request is carried out) or refuse with an opinion.

    Raises SimulatorError: unknown_record, not_in_review, opinion_missing, against_rules (the request breaks rules of
    the province; `despite_rules` approves it all the same).
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
    if not approve:
        refuse_request(record, opinion, clock.now())
        return record
    broken = broken_rules(record)
    if broken and not despite_rules:
        raise SimulatorError(
            "against_rules", "；".join(found.opinion for found in broken),
            "Against the province's rules: " + "; ".join(f"{found.rule} ({found.en})" for found in broken),
        )  # fmt: skip
    approve_request(record, opinion, clock.now())
    return record
