"""The filing calls, between the door and the verbs of ``filings``: choosing the verb, wording the refusal."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db import OperationalError, transaction

from openbeian.certification.errors import NotCertified
from openbeian.certification.queries import lacks_certification
from openbeian.filings import queries, verbs
from openbeian.filings.errors import (
    Conflict,
    FilingError,
    KindNotAllowed,
    OpenOrderExists,
    QuotaReached,
    StandsAlone,
    SubmissionRefused,
)
from openbeian.filings.models import Order
from openbeian.regime.facts import Account, Standing
from openbeian.regime.lifecycle import CANCELLATIONS, Action, OrderKind, State, available_actions, fits
from openbeian.register import queries as register
from openbeian.wechat import codes
from openbeian.wechat.answers import is_collision
from openbeian.wechat.dossier import waived_rules
from openbeian.wechat.errors import Refused
from openbeian.wechat.hints import audit_data, hints
from openbeian.wechat.queries import Caller

Result = TypeVar("Result")

#: The kind of order behind each cancel_type: the subject, the mini program, or only its access through this platform.
CANCEL_KINDS = {1: OrderKind.CANCEL_SUBJECT, 2: OrderKind.CANCEL_SERVICE, 3: OrderKind.CANCEL_ACCESS}
_COLLISION_RETRIES = 3

NOT_FILED_STATUS, FILED_STATUS = 1024, 6
#: What an unfiled mini program lacks, added to its status.
INFORMATION_MISSING, CERTIFICATION_MISSING = 1, 4
#: ``info.status`` of an order under way; any other state shows what the register says.
STATUS: dict[State, int] = {
    State.PLATFORM_REVIEW: 2,
    State.RETURNED: 3,
    State.HANDOVER: 4,
    State.SMS_PENDING: 4,
    State.SMS_LAPSED: 4,
    State.AUTHORITY_REVIEW: 4,
    State.AUTHORITY_REJECTED: 5,
}
#: ``info.sms_verify_status`` while status is 4.
SMS_STATUS: dict[State, int] = {
    State.HANDOVER: 1, State.SMS_PENDING: 1, State.AUTHORITY_REVIEW: 2, State.SMS_LAPSED: 3}
#: States in which a cancellation is under way and not waiting for the organizer.
_CANCELING = frozenset({State.PLATFORM_REVIEW, State.HANDOVER, State.SMS_PENDING, State.AUTHORITY_REVIEW})


def apply(*, caller: Caller, dossier: Mapping[str, Any], english: bool = False) -> Order:
    """File, or file again after a return. Raises :class:`Refused`, with a hint for every blocking finding.

    The register tells what sort of filing it is; of a mini program that is filed already, a change. After lapsed SMS
    verification an unchanged dossier goes straight back to the administration.
    """
    account = caller.account
    return _translated(lambda: verbs.file_in_turn(
        kind=OrderKind.FIRST_FILING, appid=caller.appid, dossier=dossier, account=account,
        ask=lambda digest: register.on_file(appid=caller.appid, certificate_digest=digest), actor=caller.actor,
        waived_rules=waived_rules(caller.comment_length)), english=english)


def withdraw(*, caller: Caller) -> Order:
    """Take the filing under platform review back. Raises :class:`Refused` (86330, 86368)."""
    order = queries.open_order_of(caller.appid, cancellation=False) or queries.open_order_of(caller.appid)
    if order is None:
        raise Refused(codes.NOTHING_TO_WITHDRAW)
    if Action.WITHDRAW not in available_actions(caller.actor, order):
        raise Refused(codes.NOT_WITHDRAWABLE)
    try:
        return verbs.withdraw(order_id=order.pk, actor=caller.actor)
    except Conflict:
        raise Refused(codes.NOT_WITHDRAWABLE) from None


def cancel(*, caller: Caller, cancel_type: int, reason: int) -> Order:
    """Ask for the deregistration, or send a lapsed one again. Raises :class:`Refused` (86324, 86353, …)."""
    account, standing = _facts(caller)

    @transaction.atomic
    def file() -> Order:
        kind = CANCEL_KINDS[cancel_type]
        order = queries.open_order_of(caller.appid, cancellation=True)
        if order and Action.RESUBMIT in available_actions(caller.actor, order):
            if order.kind == kind:
                return verbs.resubmit(order_id=order.pk, actor=caller.actor)
            verbs.abandon(order_id=order.pk, actor=caller.actor)
        if not fits(kind, standing):
            raise Refused(codes.NOT_FILED)
        return verbs.file_in_one(
            kind=kind, appid=caller.appid, account=account, standing=standing,
            dossier={"cancellation": {"reason": reason}}, actor=caller.actor, filed=register.filed_dossier(standing))

    return _translated(file)


def entrance_info(*, caller: Caller) -> dict[str, Any]:
    """``info`` of get_icp_entrance_info: status, reasons, and whether a deregistration is under way."""
    order = queries.open_order_of(caller.appid)
    cancels = order is not None and order.kind in CANCELLATIONS
    state = State(order.state) if order and not cancels else None
    info: dict[str, Any] = {
        "status": STATUS[state] if state in STATUS else _registered_status(caller),
        "is_canceling": order is not None and cancels and State(order.state) in _CANCELING,
        "available": 1 if caller.is_catalogued else 0,
    }
    if order and state in STATUS and STATUS[state] in (3, 5):
        info["audit_data"] = audit_data(queries.findings_of(order).exclude(source="rule"))
    if state in SMS_STATUS:
        info["sms_verify_status"] = SMS_STATUS[state]
    return info


def online_order(*, caller: Caller) -> tuple[dict[str, Any], Account, Standing]:
    """The dossier of the filing in force, with account and numbers. Raises :class:`Refused` (86328)."""
    account, standing = _facts(caller)
    if standing.service is None:
        raise Refused(codes.NOT_FOUND, "the mini program is not filed")
    filed = register.filed_dossier(standing)
    assert filed is not None
    return filed, account, standing


def _registered_status(caller: Caller) -> int:
    if caller.is_catalogued and register.standing(appid=caller.appid).service is not None:
        return FILED_STATUS
    return (NOT_FILED_STATUS | (0 if caller.is_catalogued else INFORMATION_MISSING)
            | (CERTIFICATION_MISSING if lacks_certification(caller.appid) else 0))


def _facts(caller: Caller) -> tuple[Account, Standing]:
    return caller.account, register.standing(appid=caller.appid)


def _translated(work: Callable[[], Result], *, english: bool = False) -> Result:
    """Do ``work``, again when it collided with another transaction, and word its refusals as errcodes."""
    for attempt in range(_COLLISION_RETRIES):
        try:
            return work()
        except SubmissionRefused as refusal:
            raise Refused(codes.APPLY_FAILED, hints=hints(refusal.findings, english=english)) from None
        except Conflict:
            raise Refused(codes.IN_REVIEW) from None
        except (OpenOrderExists, StandsAlone) as refusal:
            raise Refused(codes.UNFINISHED_ORDER, refusal.en) from None
        except QuotaReached as refusal:
            raise Refused(codes.QUOTA_REACHED, refusal.en) from None
        except KindNotAllowed as refusal:
            raise Refused(codes.KIND_NOT_ALLOWED, refusal.en) from None
        except NotCertified as refusal:
            raise Refused(codes.NOT_CERTIFIED, refusal.en) from None
        except FilingError as refusal:
            raise Refused(codes.INVALID_ARGS, refusal.en) from None
        except OperationalError as error:
            if not is_collision(error) or attempt == _COLLISION_RETRIES - 1:
                raise
            time.sleep(0.02 * (attempt + 1))
    raise AssertionError("unreachable")
