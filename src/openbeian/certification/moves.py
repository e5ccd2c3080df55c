"""The one statement that moves a procedure."""

from datetime import datetime
from typing import Any

from django.db import transaction

from openbeian.certification.errors import Conflict, NotFound
from openbeian.certification.lifecycle import MOVE_OF, ProcedureAction, ProcedureMove
from openbeian.certification.models import Procedure
from openbeian.certification.signals import procedure_moved
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor


def move(*, procedure: Procedure, action: ProcedureAction, actor: Actor, at: datetime, **columns: Any) -> Procedure:
    """Take ``action`` on a procedure, if the lifecycle table lets ``actor`` do so now.

    One conditional statement (id and state as the caller saw it) changes the row; the event is written and
    ``procedure_moved`` is sent in the same transaction. Raises :class:`NotFound`, :class:`Conflict`.
    """
    with transaction.atomic():
        row = MOVE_OF[action]
        if procedure.state not in row.sources or actor.role not in row.roles:
            raise Conflict(state=procedure.state)
        changed = Procedure.objects.filter(pk=procedure.pk, state=procedure.state).update(
            state=row.target, state_since=at, **columns)
        if not changed:
            state = Procedure.objects.filter(pk=procedure.pk).values_list("state", flat=True).first()
            raise NotFound() if state is None else Conflict(state=state)
        before = procedure.state
        procedure = Procedure.objects.select_related("client").get(pk=procedure.pk)
        tell(procedure=procedure, row=row, before=before, actor=actor, at=at)
        return procedure


def tell(*, procedure: Procedure, row: ProcedureMove, before: int | None, actor: Actor, at: datetime) -> None:
    """Write the event of a move that has been made, and let the other rooms hear of it."""
    record(tag=row.event, actor=actor, subject=procedure.subject, at=at,
           data={"from": before, "to": int(row.target), "appid": procedure.appid})
    procedure_moved.send(sender=Procedure, procedure=procedure, move=row, actor=actor, at=at)
