"""The filing calls, between the door and the verbs of ``filings``: choosing the verb, wording the refusal."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db import OperationalError

from openbeian.accounts.queries import lacks_certification
from openbeian.authority.models import ChallengeState
from openbeian.authority.queries import verifications_of
from openbeian.filings import orders, queries, submission
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
from openbeian.regime.findings import Severity
from openbeian.regime.lifecycle import (
    ADDS_A_SERVICE,
    CANCELLATIONS,
    KIND_LABELS,
    STATE_LABELS,
    Action,
    OrderKind,
    State,
    available_actions,
)
from openbeian.regime.rules.acc_001_account_certified import RULE as ACCOUNT_CERTIFIED
from openbeian.register import queries as register
from openbeian.wechat import codes
from openbeian.wechat.answers import is_collision
from openbeian.wechat.callers import Caller
from openbeian.wechat.dossier import from_wechat, misshapen, waived_rules
from openbeian.wechat.errors import Refused
from openbeian.wechat.hints import audit_data, hints

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
#: ``status`` of one principal in ``info.sms_verify_list``.
PRINCIPAL_SMS_STATUS: dict[ChallengeState, int] = {
    ChallengeState.PENDING: 1, ChallengeState.VERIFIED: 2, ChallengeState.LAPSED: 3, ChallengeState.REFUSED: 3}
#: States in which a cancellation is under way and not waiting for the organizer.
_CANCELING = frozenset({State.PLATFORM_REVIEW, State.HANDOVER, State.SMS_PENDING, State.AUTHORITY_REVIEW})


def apply(*, caller: Caller, body: Mapping[str, Any], english: bool = False) -> Order:
    """File, or file again after a return. Raises :class:`Refused`, with a hint for every blocking finding.

    The register tells what sort of filing it is; of a mini program that is filed already, a change. After lapsed SMS
    verification an unchanged dossier goes straight back to the administration. Each record of the application that is
    no object gets one hint, whatever the rules say of its fields.
    """
    account, dossier = caller.account, from_wechat(body)
    return _translated(lambda: submission.file(
        appid=caller.appid, document=dossier, account=account, actor=caller.actor,
        waived_rules=waived_rules(caller.comment_length)), english=english, body=body, caller=caller)


def withdraw(*, caller: Caller) -> Order:
    """Withdraw the order under platform review, or abandon the one that waits for its organizer.

    Raises :class:`Refused` (86330, 86368).
    """
    order = queries.open_order_of(caller.appid)
    if order is None:
        raise Refused(codes.NOTHING_TO_WITHDRAW)
    take_back = _way_back(order, caller)
    if take_back is None:
        raise Refused(codes.NOT_WITHDRAWABLE)
    try:
        return take_back(order_id=order.pk, actor=caller.actor)
    except Conflict:
        raise Refused(codes.NOT_WITHDRAWABLE) from None


def _way_back(order: Order, caller: Caller) -> Callable[..., Order] | None:
    """How the caller can end an order before it is decided, or None while it cannot."""
    offered = available_actions(caller.actor, order)
    if Action.WITHDRAW in offered:
        return orders.withdraw
    return orders.abandon if Action.ABANDON in offered else None


def _what_blocks(caller: Caller) -> str:
    """Which order of the mini program is open, in which state, and how it is ended."""
    order = queries.open_order_of(caller.appid)
    if order is None:  # another one of the organizer's
        return ""
    kind, state = KIND_LABELS[OrderKind(order.kind)], STATE_LABELS[State(order.state)]
    if _way_back(order, caller):
        zh, en = "请先调用 cancel_apply_icp_filing 撤回", "Call cancel_apply_icp_filing first"
    else:
        zh, en = "请等待其办结", "Wait until it has ended"
    return f" 未完成的订单：{kind[0]}，{state.zh}。{zh}。Open order: {kind[1]}, {state.en}. {en}."


def cancel(*, caller: Caller, cancel_type: int, reason: int) -> Order:
    """Ask for the deregistration, or send one again that waits for its organizer. Raises :class:`Refused` (86324, 86353, …)."""
    account = caller.account
    return _translated(lambda: submission.file(
        kind=CANCEL_KINDS[cancel_type], appid=caller.appid, account=account, document={"cancellation": {"reason": reason}},
        actor=caller.actor), caller=caller, not_allowed=codes.NOT_FILED)


def entrance_info(*, caller: Caller) -> dict[str, Any]:
    """``info`` of get_icp_entrance_info: status, reasons, and whether a deregistration is under way.

    A mini program that is filed stays so while it is changed or deregistered: ``status`` is 6, and ``change_order`` or
    ``cancel_order`` says how far that is.
    """
    order = queries.open_order_of(caller.appid)
    cancels = order is not None and order.kind in CANCELLATIONS
    info: dict[str, Any] = {
        "is_canceling": order is not None and cancels and State(order.state) in _CANCELING,
        "available": 1 if caller.is_catalogued else 0,
    }
    if order is None or State(order.state) not in STATUS:
        return {**info, "status": _registered_status(caller)}
    if order.kind in ADDS_A_SERVICE:
        return {**info, **_progress(order)}
    return {**info, "status": _registered_status(caller), "cancel_order" if cancels else "change_order": _progress(order)}


def _progress(order: Order) -> dict[str, Any]:
    """Status, reasons and SMS verification of an order under way."""
    state = State(order.state)
    progress: dict[str, Any] = {"status": STATUS[state]}
    if STATUS[state] in (3, 5):
        progress["audit_data"] = audit_data(queries.findings_of(order).exclude(source="rule"))
    if state in SMS_STATUS:
        progress["sms_verify_status"] = SMS_STATUS[state]
        if verifications := verifications_of(order):
            progress["sms_verify_list"] = [
                {"principal": one.principal.value, "mobile": one.mobile, "status": PRINCIPAL_SMS_STATUS[one.state]}
                for one in verifications]
    return progress


def _registered_status(caller: Caller) -> int:
    if caller.is_catalogued and register.standing(appid=caller.appid).service is not None:
        return FILED_STATUS
    return (NOT_FILED_STATUS | (0 if caller.is_catalogued else INFORMATION_MISSING)
            | (CERTIFICATION_MISSING if lacks_certification(caller.appid) else 0))


def _translated(
    work: Callable[[], Result], *, caller: Caller, english: bool = False, body: Mapping[str, Any] | None = None,
    not_allowed: int = codes.KIND_NOT_ALLOWED,
) -> Result:
    """Do ``work``, retry it when it collided with another transaction, and word its refusals as errcodes."""
    for attempt in range(_COLLISION_RETRIES):
        try:
            return work()
        except SubmissionRefused as refusal:
            blocking = {finding.rule for finding in refusal.findings if finding.severity == Severity.BLOCKS}
            code = codes.NOT_CERTIFIED if blocking == {ACCOUNT_CERTIFIED.id} else codes.APPLY_FAILED
            raise Refused(code, hints=hints(refusal.findings, english=english, misshapen=misshapen(body or {}))) from None
        except Conflict:
            raise Refused(codes.IN_REVIEW) from None
        except (OpenOrderExists, StandsAlone) as refusal:
            blocks = _what_blocks(caller)
            raise Refused(codes.UNFINISHED_ORDER, f"{refusal.en}{blocks}") from None
        except QuotaReached as refusal:
            raise Refused(codes.QUOTA_REACHED, refusal.en) from None
        except KindNotAllowed as refusal:
            raise Refused(not_allowed, refusal.en) from None
        except FilingError as refusal:
            raise Refused(codes.INVALID_ARGS, refusal.en) from None
        except OperationalError as error:
            if not is_collision(error) or attempt == _COLLISION_RETRIES - 1:
                raise
            time.sleep(0.02 * (attempt + 1))
    raise AssertionError("unreachable")
