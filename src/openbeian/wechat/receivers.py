"""What happens to orders and face checks, turned into pushes to the platforms that may hear of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from openbeian.filings.models import FaceCheck, Order
from openbeian.filings.signals import face_check_created, face_check_finished, order_moved
from openbeian.ledger.clock import settable
from openbeian.notices.verbs import push
from openbeian.regime.actors import Actor, Role
from openbeian.regime.lifecycle import CANCELLATIONS, Move, State
from openbeian.wechat.filing import NOT_FILED_STATUS
from openbeian.wechat.queries import authorizations_of_app
from openbeian.wechat.tasks import pass_face_check

#: ``beian_status`` pushed on entering a state. Passing the platform's review (4) is not pushed.
PUSHED: dict[State, int] = {State.RETURNED: 3, State.AUTHORITY_REJECTED: 5, State.FILED: 6,
                            State.CANCELLED: NOT_FILED_STATUS}
AUTOMATIC_FACE_CHECK_SECONDS = 1


def connect() -> None:
    """Listen to ``filings``."""
    order_moved.connect(push_filing_result, dispatch_uid="wechat.order_moved")
    face_check_created.connect(pass_by_itself, dispatch_uid="wechat.face_check_created")
    face_check_finished.connect(push_face_check_result, dispatch_uid="wechat.face_check_finished")


def push_filing_result(*, order: Order, move: Move, actor: Actor, at: datetime, **_: Any) -> None:
    """``notify_apply_icpfiling_result``: returned, rejected, filed, or deregistered.

    A deregistration that fails leaves the mini program filed, so nothing is pushed.
    """
    status = PUSHED.get(move.target)
    if status is None or actor.role == Role.ORGANIZER:
        return
    if order.kind in CANCELLATIONS and move.target != State.CANCELLED:
        return
    _push_to_all(order.appid, at, "notify_apply_icpfiling_result",
                 {"authorizer_appid": order.appid, "beian_status": status})


def push_face_check_result(*, face_check: FaceCheck, at: datetime, **_: Any) -> None:
    """``notify_icpfiling_verify_result``: 2 failed, 3 passed."""
    _push_to_all(face_check.appid, at, "notify_icpfiling_verify_result",
                 {"task_id": face_check.task_id, "verify_appid": face_check.appid, "result": int(face_check.state)})


def pass_by_itself(*, face_check: FaceCheck, **_: Any) -> None:
    """In a demonstration nobody stands before the camera; the check passes after a moment."""
    if settings.OPENBEIAN_FACE_CHECK == "automatic" and settable():
        pass_face_check.configure(schedule_in={"seconds": AUTOMATIC_FACE_CHECK_SECONDS}).defer(
            task_id=face_check.task_id)


def _push_to_all(appid: str, at: datetime, info_type: str, elements: Mapping[str, str | int]) -> None:
    for authorization in authorizations_of_app(appid):
        push(client=authorization.client, appid=appid, info_type=info_type, elements=elements, at=at,
             form=authorization.client.message_format)
