"""What comes before the sandbox's people, as jobs, in the transaction that brings it about."""

from typing import Any

from openbeian.certification.lifecycle import ProcedureMove, ProcedureState
from openbeian.certification.models import Procedure
from openbeian.certification.signals import procedure_moved
from openbeian.filings.models import FaceCheck, Order
from openbeian.filings.signals import face_check_created, order_moved
from openbeian.regime.lifecycle import Move, State
from openbeian.sandbox import decisions
from openbeian.shelf.signals import version_moved
from openbeian.shelf.versions.lifecycle import VersionAction, VersionMove
from openbeian.shelf.versions.models import Version

#: So that a client sees a face check that is not finished yet.
FACE_CHECK_SECONDS = 1


def connect() -> None:
    """Listen to ``filings``, to the certification and to the shelf."""
    order_moved.connect(review_order, dispatch_uid="sandbox.order_moved")
    face_check_created.connect(take_face_check, dispatch_uid="sandbox.face_check_created")
    procedure_moved.connect(review_certification, dispatch_uid="sandbox.procedure_moved")
    version_moved.connect(audit_version, dispatch_uid="sandbox.version_moved")


def review_order(*, order: Order, move: Move, **_: Any) -> None:
    """An order enters the platform's review."""
    if move.target == State.PLATFORM_REVIEW:
        decisions.review_order.defer(order_id=order.pk)


def take_face_check(*, face_check: FaceCheck, **_: Any) -> None:
    """An administrator is asked for a face check."""
    decisions.take_face_check.configure(schedule_in={"seconds": FACE_CHECK_SECONDS}).defer(task_id=face_check.task_id)


def review_certification(*, procedure: Procedure, move: ProcedureMove, **_: Any) -> None:
    """A certification comes before its reviewers."""
    if move.target == ProcedureState.REVIEW:
        decisions.review_certification.defer(procedure_id=procedure.procedure_id)


def audit_version(*, version: Version, move: VersionMove, **_: Any) -> None:
    """A version is submitted for its audit."""
    if move.action == VersionAction.SUBMIT:
        decisions.audit_version.defer(audit_id=version.pk)
