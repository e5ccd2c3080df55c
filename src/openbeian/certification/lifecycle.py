"""The way of a procedure (认证及备案流程) through certification and filing, as one table.

The numbers are WeChat's ``procedure_status``; clients know them, so they are kept as they are.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from openbeian.regime.actors import Role


class ProcedureState(IntEnum):
    """The state of a procedure, with its label in Chinese and English."""

    zh: str
    en: str

    def __new__(cls, number: int, zh: str = "", en: str = "") -> "ProcedureState":
        """A state is its number."""
        state = int.__new__(cls, number)
        state._value_ = number
        state.zh, state.en = zh, en
        return state

    #: Passed through when a procedure is made: the face check has verified the mobile.
    MOBILE_VERIFIED = 9, "手机号已验证", "Mobile verified"
    WAITING_FOR_FEE = 15, "等待支付认证审核费", "Waiting for the certification fee"
    PAID = 16, "认证审核费已支付", "Certification fee paid"
    REVIEW = 17, "认证审核中", "Certification review"
    REFILL = 18, "认证审核驳回，待修改", "Certification returned for correction"
    CERTIFIED = 19, "认证审核通过", "Certified"
    FAILED = 20, "认证审核最终失败", "Certification failed for good"
    NO_ORDER = 21, "创建备案订单失败", "No filing order"
    PLATFORM_REVIEW = 22, "备案平台审核中", "Filing: platform review"
    RETURNED = 23, "备案平台审核驳回", "Filing: returned by the platform"
    AUTHORITY_REVIEW = 24, "备案管局审核中", "Filing: administration review"
    REJECTED = 25, "备案管局审核驳回", "Filing: rejected by the administration"
    COMPLETE = 26, "认证及备案完成", "Certified and filed"


class ProcedureAction(StrEnum):
    """What can happen to a procedure."""

    OPEN = "open"
    ASK_FEE = "ask_fee"
    PREPAY = "prepay"
    PAY = "pay"
    BEGIN = "begin"
    REFILL = "refill"
    RESUBMIT = "resubmit"
    PASS = "pass"
    FAIL = "fail"
    REFUSE_ORDER = "refuse_order"
    FILE = "file"
    RETURN = "return"
    HAND_OVER = "hand_over"
    REJECT = "reject"
    COMPLETE = "complete"


S, A = ProcedureState, ProcedureAction
FINAL_STATES = frozenset({S.FAILED, S.COMPLETE})
#: A mini program has at most one procedure in these; the database sees to it.
OPEN_STATES = frozenset(set(S) - FINAL_STATES)
#: The states that follow the filing order, once the certification has passed.
FILING_STATES = frozenset({S.NO_ORDER, S.PLATFORM_REVIEW, S.RETURNED, S.AUTHORITY_REVIEW, S.REJECTED, S.COMPLETE})
#: The states in which the platform has something to do.
WAITING_STATES = (S.WAITING_FOR_FEE, S.PAID, S.REVIEW)


@dataclass(frozen=True)
class ProcedureMove:
    """One row: ``action``, taken by one of ``roles`` in one of ``sources`` (none: it is made), leads to ``target``."""

    action: ProcedureAction
    sources: frozenset[ProcedureState]
    roles: frozenset[Role]
    target: ProcedureState

    @property
    def event(self) -> str:
        """The tag of the event that tells this move."""
        return f"certification:{self.action}"


def _move(
    action: ProcedureAction, sources: set[ProcedureState], target: ProcedureState, *roles: Role
) -> ProcedureMove:
    return ProcedureMove(action, frozenset(sources), frozenset(roles), target)


#: A procedure under filing follows its order, whoever moves that and from wherever to wherever.
_FOLLOWING = set(FILING_STATES - {S.COMPLETE})

MOVES: tuple[ProcedureMove, ...] = (
    _move(A.OPEN, set(), S.MOBILE_VERIFIED, Role.ORGANIZER),
    # Data may be sent again as long as the fee is not paid.
    _move(A.ASK_FEE, {S.MOBILE_VERIFIED, S.WAITING_FOR_FEE, S.NO_ORDER}, S.WAITING_FOR_FEE, Role.ORGANIZER),
    _move(A.PREPAY, {S.MOBILE_VERIFIED, S.WAITING_FOR_FEE, S.NO_ORDER}, S.PAID, Role.ORGANIZER),
    _move(A.PAY, {S.WAITING_FOR_FEE}, S.PAID, Role.OPERATOR),
    _move(A.BEGIN, {S.PAID}, S.REVIEW, Role.CLOCK),
    _move(A.REFILL, {S.REVIEW}, S.REFILL, Role.OPERATOR),
    _move(A.RESUBMIT, {S.REFILL}, S.REVIEW, Role.ORGANIZER),
    _move(A.PASS, {S.REVIEW}, S.CERTIFIED, Role.OPERATOR, Role.CLOCK),
    _move(A.FAIL, {S.REVIEW}, S.FAILED, Role.OPERATOR),
    # Before the certification this comes of a dossier that breaks rules; after it, of an order that ended unfiled too.
    _move(A.REFUSE_ORDER, {S.MOBILE_VERIFIED, S.CERTIFIED, *_FOLLOWING}, S.NO_ORDER, *Role),
    _move(A.FILE, {S.CERTIFIED, *_FOLLOWING}, S.PLATFORM_REVIEW, *Role),
    _move(A.RETURN, _FOLLOWING, S.RETURNED, *Role),
    _move(A.HAND_OVER, _FOLLOWING, S.AUTHORITY_REVIEW, *Role),
    _move(A.REJECT, _FOLLOWING, S.REJECTED, *Role),
    _move(A.COMPLETE, _FOLLOWING, S.COMPLETE, *Role),
)
MOVE_OF: dict[ProcedureAction, ProcedureMove] = {move.action: move for move in MOVES}
#: The action that takes a procedure under filing to a state.
FOLLOWING_ACTION: dict[ProcedureState, ProcedureAction] = {
    move.target: move.action for move in MOVES if move.target in FILING_STATES}
