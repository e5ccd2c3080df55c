"""Jobs of a demonstration."""

from procrastinate.contrib.django import app

from openbeian.filings.errors import NotFound
from openbeian.filings.evidence import finish_face_check
from openbeian.ledger.clock import settable
from openbeian.regime.actors import Actor, Role


@app.task(name="demo.pass_face_check")
def pass_face_check(*, task_id: str) -> None:
    """Pass a face check in the administrator's place."""
    if not settable():
        return
    try:
        finish_face_check(task_id=task_id, passed=True, actor=Actor(Role.OPERATOR, "face_check:automatic"))
    except NotFound:
        pass  # the administrator was faster, or the task has expired
