"""Jobs of the sandbox: what people would decide, decided by the worker."""

from procrastinate.contrib.django import app

from openbeian.sandbox import decisions


@app.task(name="sandbox.review_order", retry=5)
def review_order(*, order_id: int) -> None:
    """Decide an order under platform review."""
    decisions.review_order(order_id=order_id)


@app.task(name="sandbox.take_face_check", retry=5)
def take_face_check(*, task_id: str) -> None:
    """Finish a face check."""
    decisions.take_face_check(task_id=task_id)


@app.task(name="sandbox.review_certification", retry=5)
def review_certification(*, procedure_id: str) -> None:
    """Decide a certification under review."""
    decisions.review_certification(procedure_id=procedure_id)


@app.task(name="sandbox.audit_version", retry=5)
def audit_version(*, audit_id: int) -> None:
    """Decide a version under audit."""
    decisions.audit_version(audit_id=audit_id)
