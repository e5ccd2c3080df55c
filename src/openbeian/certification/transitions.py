"""A procedure changes its state: by the lifecycle table, in one statement with its event, then announced."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from openbeian.certification.errors import Conflict, NotFound
from openbeian.certification.lifecycle import MOVE_OF, ProcedureAction, ProcedureMove, ProcedureState
from openbeian.certification.models import Procedure
from openbeian.certification.signals import procedure_moved
from openbeian.ledger import transitions
from openbeian.ledger.jobs import defer
from openbeian.regime.actors import Actor


@transaction.atomic
def transition(procedure: Procedure, action: ProcedureAction, *, actor: Actor, at: datetime, **columns: Any) -> Procedure:
    """Take ``action`` on a procedure, if the lifecycle table lets ``actor`` do so now, and announce it.

    What is paid goes to the review; where the operator has set it, that passes without anybody looking.
    Raises :class:`NotFound`, :class:`Conflict`.
    """
    row = MOVE_OF[action]
    if procedure.state not in row.sources or actor.role not in row.roles:
        raise Conflict(state=procedure.state)
    before = procedure.state
    try:
        transitions.transition(
            procedure, to=row.target, event=row.event, subject=procedure.subject, actor=actor, at=at,
            data=facts_of(procedure, row, before=before), state_since=at, **columns)
    except transitions.StateChanged as changed:
        raise NotFound() if changed.state is None else Conflict(state=changed.state) from None
    procedure = Procedure.objects.select_related("client").get(pk=procedure.pk)
    _defer_next_step(procedure)
    return announce(procedure, row, actor=actor, at=at)


def facts_of(procedure: Procedure, row: ProcedureMove, *, before: int | None) -> dict[str, Any]:
    """What the event of a transition says."""
    return {"from": before, "to": int(row.target), "appid": procedure.appid}


def announce(procedure: Procedure, row: ProcedureMove, *, actor: Actor, at: datetime) -> Procedure:
    """Let the other rooms know of a transition, in its transaction. Returns the procedure."""
    procedure_moved.send(sender=Procedure, procedure=procedure, move=row, actor=actor, at=at)
    return procedure


def _defer_next_step(procedure: Procedure) -> None:
    seconds = settings.OPENBEIAN_CERTIFICATION_AUTOMATIC
    if procedure.state == ProcedureState.PAID:
        defer("certification.begin_review", procedure_id=procedure.procedure_id)
    elif procedure.state == ProcedureState.REVIEW and seconds is not None:
        defer("certification.pass_review", schedule_in=timedelta(seconds=seconds), procedure_id=procedure.procedure_id)
