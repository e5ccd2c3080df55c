"""Jobs of the certification."""

from contextlib import suppress

from procrastinate.contrib.django import app

from openbeian.certification import queries, verbs
from openbeian.certification.errors import Conflict
from openbeian.regime.actors import Actor, Role

AUTOMATIC = Actor(Role.CLOCK, "clock:certification")


@app.task(name="certification.begin_review", retry=5)
def begin_review(*, procedure_id: str) -> None:
    """Put a paid procedure before the reviewers."""
    with suppress(Conflict):  # done already
        verbs.begin_review(procedure=queries.procedure(procedure_id), actor=AUTOMATIC)


@app.task(name="certification.pass_review", retry=5)
def pass_review(*, procedure_id: str) -> None:
    """Let a certification pass without anybody looking at it, where the operator has set that."""
    with suppress(Conflict):  # decided in the meantime
        verbs.pass_review(procedure=queries.procedure(procedure_id), actor=AUTOMATIC)
