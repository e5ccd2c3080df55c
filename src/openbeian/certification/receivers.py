"""What filings and procedures do, followed within their transaction."""

from datetime import datetime
from typing import Any

from django.conf import settings

from openbeian.certification.errors import NotCertified
from openbeian.certification.filing import CLAUSE
from openbeian.certification.lifecycle import FOLLOWING_ACTION, OPEN_STATES, ProcedureMove, ProcedureState
from openbeian.certification.models import Procedure
from openbeian.certification.moves import move as move_procedure
from openbeian.certification.queries import lacks_certification
from openbeian.certification.signals import procedure_moved
from openbeian.certification.tasks import begin_review, pass_review
from openbeian.filings.models import Order
from openbeian.filings.signals import order_moved
from openbeian.regime.actors import Actor
from openbeian.regime.lifecycle import ADDS_A_SERVICE, Action, Move, State

#: Where a procedure stands when its order is in a state; in all others it stays where it is.
FOLLOWED: dict[State, ProcedureState] = {
    State.PLATFORM_REVIEW: ProcedureState.PLATFORM_REVIEW,
    State.RETURNED: ProcedureState.RETURNED,
    State.HANDOVER: ProcedureState.AUTHORITY_REVIEW,
    State.SMS_PENDING: ProcedureState.AUTHORITY_REVIEW,
    State.SMS_LAPSED: ProcedureState.AUTHORITY_REVIEW,
    State.AUTHORITY_REVIEW: ProcedureState.AUTHORITY_REVIEW,
    State.AUTHORITY_REJECTED: ProcedureState.REJECTED,
    State.FILED: ProcedureState.COMPLETE,
    State.WITHDRAWN: ProcedureState.NO_ORDER,
    State.EXPIRED: ProcedureState.NO_ORDER,
}
#: Why there is no order any more, as a finding.
TAKEN_BACK = {
    "rule": "order_taken_back", "severity": "blocks", "field": "", "reason_zh": "备案订单已撤回或已过期。",
    "reason_en": "The filing order was taken back or has expired.", "remedy_zh": "请重新提交，认证无需重做。",
    "remedy_en": "Submit again; the certification stands.", "clause": CLAUSE,
}


def connect() -> None:
    """Listen to ``filings`` and to this room."""
    order_moved.connect(want_certification, dispatch_uid="certification.order_submitted")
    order_moved.connect(follow_order, dispatch_uid="certification.order_moved")
    procedure_moved.connect(go_on_by_itself, dispatch_uid="certification.procedure_moved")


def want_certification(*, order: Order, move: Move, **_: Any) -> None:
    """Let nobody file an uncertified mini program where the operator has set so, whatever door the order came by.

    Raises :class:`NotCertified`, which takes the submission back.
    """
    if move.action == Action.SUBMIT and order.kind in ADDS_A_SERVICE and lacks_certification(order.appid):
        raise NotCertified()


def follow_order(*, order: Order, move: Move, actor: Actor, at: datetime, **_: Any) -> None:
    """Take the procedure to where its filing order has gone."""
    target = FOLLOWED.get(State(order.state))
    if target is None or (move.action == Action.SUBMIT and order.dossier_number == 1):
        return  # an order becomes a procedure's once it has been submitted, so the first time nothing follows it
    procedure = Procedure.objects.select_for_update().filter(
        order=order, state__in=sorted(int(state) for state in OPEN_STATES)).first()
    if procedure is None or procedure.state == target:
        return
    findings = [TAKEN_BACK] if target == ProcedureState.NO_ORDER else []
    move_procedure(procedure=procedure, action=FOLLOWING_ACTION[target], actor=actor, at=at, findings=findings)


def go_on_by_itself(*, procedure: Procedure, move: ProcedureMove, **_: Any) -> None:
    """What is paid goes to the review; where the operator has set it, that passes without anybody looking."""
    if move.target == ProcedureState.PAID:
        begin_review.defer(procedure_id=procedure.procedure_id)
        return
    seconds = settings.OPENBEIAN_CERTIFICATION_AUTOMATIC
    if move.target == ProcedureState.REVIEW and seconds is not None:
        pass_review.configure(schedule_in={"seconds": seconds}).defer(procedure_id=procedure.procedure_id)
