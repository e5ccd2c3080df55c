"""The way of a procedure (认证及备案流程) through certification and filing, as one table (``moves.csv``).

The numbers are WeChat's ``procedure_status``; clients know them, so they are kept as they are.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from openbeian.regime.actors import Role
from openbeian.regime.csv_files import csv_rows


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


def _move(row: dict[str, str]) -> ProcedureMove:
    return ProcedureMove(
        A(row["action"]), frozenset(S[name] for name in row["sources"].split()),
        frozenset(Role(name) for name in row["roles"].split() or Role), S[row["target"]])


#: Data may be sent again as long as the fee is not paid. A procedure under filing follows its order, whoever moves that
#: (a row without roles) and from wherever to wherever. ``refuse_order`` comes of a dossier that breaks rules before the
#: certification; after it, of an order that ended unfiled too.
MOVES = tuple(_move(row) for row in csv_rows(__file__, "moves.csv"))
MOVE_OF: dict[ProcedureAction, ProcedureMove] = {move.action: move for move in MOVES}
#: The action that takes a procedure under filing to a state.
FOLLOWING_ACTION: dict[ProcedureState, ProcedureAction] = {
    move.target: move.action for move in MOVES if move.target in FILING_STATES}
