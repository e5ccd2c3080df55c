"""What a procedure does when its filing order changes its state, in the same transaction."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from openbeian.certification.findings import finding
from openbeian.certification.lifecycle import FOLLOWING_ACTION, OPEN_STATES, ProcedureState
from openbeian.certification.models import Procedure
from openbeian.certification.transitions import transition
from openbeian.filings.models import Order
from openbeian.filings.signals import order_moved
from openbeian.regime.actors import Actor
from openbeian.regime.lifecycle import Action, Move, State

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


def connect() -> None:
    """Listen to ``filings``."""
    order_moved.connect(follow_order, dispatch_uid="certification.order_moved")


def follow_order(*, order: Order, move: Move, actor: Actor, at: datetime, **_: Any) -> None:
    """Take the procedure to where its filing order has gone."""
    target = FOLLOWED.get(State(order.state))
    if target is None or (move.action == Action.SUBMIT and order.dossier_number == 1):
        return  # an order becomes a procedure's once it has been submitted, so the first time nothing follows it
    procedure = Procedure.objects.select_for_update().filter(order=order, state__in=OPEN_STATES).first()
    if procedure is None or procedure.state == target:
        return
    findings = [asdict(finding("taken_back", ""))] if target == ProcedureState.NO_ORDER else []
    transition(procedure, FOLLOWING_ACTION[target], actor=actor, at=at, findings=findings)
