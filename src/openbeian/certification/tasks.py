"""Jobs of the certification."""

from procrastinate.contrib.django import app

from openbeian.certification import queries, verbs
from openbeian.certification.errors import Conflict
from openbeian.regime.actors import Actor, Role

AUTOMATIC = Actor(Role.CLOCK, "clock:certification")


@app.task(name="certification.begin_review", retry=5)
def begin_review(*, procedure_id: str) -> None:
    """Put a paid procedure before the reviewers."""
    try:
        verbs.begin_review(procedure=queries.procedure(procedure_id), actor=AUTOMATIC)
    except Conflict:
        pass  # done already


@app.task(name="certification.pass_review", retry=5)
def pass_review(*, procedure_id: str) -> None:
    """Let a certification pass without anybody looking at it, where the operator has set that."""
    try:
        verbs.pass_review(procedure=queries.procedure(procedure_id), actor=AUTOMATIC)
    except Conflict:
        pass  # decided in the meantime
