"""What happens to orders, face checks and versions, turned into pushes to the platforms that may hear of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from openbeian.accounts.clients import FILING_PERMISSION_SETS
from openbeian.certification.lifecycle import ProcedureMove, ProcedureState
from openbeian.certification.models import Procedure
from openbeian.certification.signals import procedure_moved
from openbeian.filings.models import FaceCheck, FaceCheckState, Order
from openbeian.filings.signals import face_check_finished, order_moved
from openbeian.notices.models import Callback
from openbeian.notices.verbs import push
from openbeian.regime.actors import Actor, Role
from openbeian.regime.lifecycle import CANCELLATIONS, CHANGES, Move, State
from openbeian.register.signals import service_changed
from openbeian.shelf.signals import version_moved
from openbeian.shelf.versions.lifecycle import VersionAction, VersionMove
from openbeian.shelf.versions.models import Version
from openbeian.wechat.filing import NOT_FILED_STATUS
from openbeian.wechat.permission_sets import DEVELOPMENT
from openbeian.wechat.queries import authorization_of, authorizations_of_app

#: ``beian_status`` pushed on entering a state. Passing the platform's review (4) is not pushed, and of a deregistration
#: only what it has done to the register.
PUSHED: dict[State, int] = {State.RETURNED: 3, State.AUTHORITY_REJECTED: 5, State.FILED: 6}


def connect() -> None:
    """Listen to ``filings`` and to the shelf."""
    order_moved.connect(push_filing_result, dispatch_uid="wechat.order_moved")
    service_changed.connect(push_end_of_filing, dispatch_uid="wechat.service_changed")
    face_check_finished.connect(push_face_check_result, dispatch_uid="wechat.face_check_finished")
    version_moved.connect(push_audit_result, dispatch_uid="wechat.version_moved")
    procedure_moved.connect(push_procedure_status, dispatch_uid="wechat.procedure_moved")


def push_filing_result(*, order: Order, move: Move, actor: Actor, at: datetime, **_: Any) -> None:
    """``notify_apply_icpfiling_result``: returned, rejected, or filed.

    A mini program stays filed while it is changed: of a change that is returned or rejected ``change_order_status``, an
    element of ours, says so. A deregistration that fails leaves the mini program filed, so nothing is pushed.
    """
    status = PUSHED.get(move.target)
    if status is None or actor.role == Role.ORGANIZER or order.kind in CANCELLATIONS:
        return
    if order.kind in CHANGES and status != PUSHED[State.FILED]:
        _push_status(order.appid, PUSHED[State.FILED], at, change_order_status=status)
    else:
        _push_status(order.appid, status, at)


def push_end_of_filing(*, appid: str, at: datetime, in_force: bool, provided: bool, **_: Any) -> None:
    """``notify_apply_icpfiling_result``: deregistered, by an order for it, with its organizer, or by the administration."""
    if provided and not in_force:
        _push_status(appid, NOT_FILED_STATUS, at)


def push_face_check_result(*, face_check: FaceCheck, at: datetime, **_: Any) -> None:
    """``notify_icpfiling_verify_result``: 2 failed, 3 passed."""
    elements: dict[str, str | int] = {
        "task_id": face_check.task_id, "verify_appid": face_check.appid, "result": int(face_check.state)}
    if face_check.with_certification and face_check.state == FaceCheckState.PASSED:
        elements["along_with_auth_result"] = int(ProcedureState.MOBILE_VERIFIED)
    _push_to_all(face_check.appid, at, "notify_icpfiling_verify_result", elements)


def push_procedure_status(*, procedure: Procedure, move: ProcedureMove, actor: Actor, at: datetime, **_: Any) -> None:
    """``notify_3rd_wxa_auth_and_icp``: each step of a certification and filing in one, to the platform that asked.

    Not told are the state a procedure is made in, and that the organizer has taken an order up for correction.
    """
    if move.target == ProcedureState.MOBILE_VERIFIED:
        return
    if move.target == ProcedureState.RETURNED and actor.role == Role.ORGANIZER:
        return
    authorization = authorization_of(procedure.client, procedure.appid)
    if authorization and DEVELOPMENT in authorization.permission_sets:
        push(client=procedure.client, appid=procedure.appid, info_type="notify_3rd_wxa_auth_and_icp", at=at,
             elements={"procedure_id": procedure.procedure_id, "procedure_status": int(move.target)},
             form=procedure.client.message_format)


def push_audit_result(*, version: Version, move: VersionMove, at: datetime, **_: Any) -> None:
    """``weapp_audit_success`` or ``weapp_audit_fail``: events of the mini program, at the message URL."""
    elements: dict[str, str | int]
    if move.action == VersionAction.PASS:
        event, elements = "weapp_audit_success", {"SuccTime": int(at.timestamp())}
    elif move.action == VersionAction.REJECT:
        event, elements = "weapp_audit_fail", {
            "Reason": version.reason, "FailTime": int(at.timestamp()), "ScreenShot": ""}
    else:
        return
    _push_to_all(version.appid, at, event, elements, permission_sets=(DEVELOPMENT,), callback=Callback.MESSAGE)


def _push_status(appid: str, status: int, at: datetime, **ours: int) -> None:
    _push_to_all(
        appid, at, "notify_apply_icpfiling_result", {"authorizer_appid": appid, "beian_status": status, **ours})


def _push_to_all(
    appid: str, at: datetime, info_type: str, elements: Mapping[str, str | int], *,
    permission_sets: Collection[int] = FILING_PERMISSION_SETS, callback: Callback | None = None,
) -> None:
    """Push to every platform to which the mini program has granted one of ``permission_sets``."""
    for authorization in authorizations_of_app(appid):
        if not set(permission_sets).isdisjoint(authorization.permission_sets):
            push(client=authorization.client, appid=appid, info_type=info_type, elements=elements, at=at,
                 form=authorization.client.message_format, callback=callback)
