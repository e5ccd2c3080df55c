"""The life of a filing order (备案订单) as one table.

The guard of every move, the buttons of every screen, the answers of the API, the database trigger and the
documentation's diagram are made from :data:`MOVES`. Nothing else decides what may happen to an order.

Sources: Order 33 art. 12 (20 working days), MIIT 信管函〔2016〕485号 (SMS verification, 24 hours), platform
practice for first review and hand-over (1 to 2 and 1 working days) and for idle drafts (60 days).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from openbeian.regime.actors import Actor, Role
from openbeian.regime.calendar import Due, due_after, due_after_working_days
from openbeian.regime.code_tables import labels
from openbeian.regime.facts import Standing


class OrderKind(StrEnum):
    """What an order asks of the administration (订单类型)."""

    FIRST_FILING = "first_filing"
    NEW_SERVICE = "new_service"
    NEW_ACCESS = "new_access"
    CHANGE_SUBJECT = "change_subject"
    CHANGE_SERVICE = "change_service"
    CHANGE_BOTH = "change_both"
    CANCEL_SUBJECT = "cancel_subject"
    CANCEL_SERVICE = "cancel_service"
    CANCEL_ACCESS = "cancel_access"


K = OrderKind
CANCELLATIONS = frozenset({K.CANCEL_SUBJECT, K.CANCEL_SERVICE, K.CANCEL_ACCESS})
FILINGS = frozenset(set(OrderKind) - CANCELLATIONS)
CHANGES = frozenset({K.CHANGE_SUBJECT, K.CHANGE_SERVICE, K.CHANGE_BOTH})
#: Kinds after which the organizer has one service more through this platform.
ADDS_A_SERVICE = frozenset({K.FIRST_FILING, K.NEW_SERVICE, K.NEW_ACCESS})
#: What an organizer begins with; a filing's content and the register tell which of its kinds it is.
OPENED_AS = (K.FIRST_FILING, K.CHANGE_BOTH, K.CANCEL_SERVICE, K.CANCEL_ACCESS, K.CANCEL_SUBJECT)
#: Kinds with which no other order of the same organizer may be open (主体同一时间只能有一个订单).
#: Orders that add or cancel a single service may run side by side, where the table of provinces lets them.
STANDS_ALONE = frozenset({K.FIRST_FILING, K.CHANGE_SUBJECT, K.CHANGE_SERVICE, K.CHANGE_BOTH, K.CANCEL_SUBJECT})

KIND_LABELS = {OrderKind(kind): label for kind, label in labels("order_kinds").items()}


def fits(kind: OrderKind, standing: Standing) -> bool:
    """Whether the register lets this kind be opened for the mini program.

    What is in force can be changed and cancelled, what is not can be filed. Which of the three filings it is,
    depends on the organizer, whom a draft may not name yet.
    """
    if kind == K.CANCEL_SUBJECT:
        return standing.subject_number is not None
    return (kind in ADDS_A_SERVICE) == (standing.service is None)


class Principal(StrEnum):
    """Who must answer the ministry's SMS (短信核验)."""

    SUBJECT = "subject"  # 主体负责人
    SERVICE = "service"  # 服务负责人


#: Who is verified by SMS for each kind (rules in force since 2020-08-17, all provinces).
VERIFIED_PRINCIPALS: dict[OrderKind, tuple[Principal, ...]] = {
    K.FIRST_FILING: (Principal.SUBJECT, Principal.SERVICE),
    K.NEW_SERVICE: (Principal.SERVICE,),
    K.NEW_ACCESS: (Principal.SERVICE,),
    K.CHANGE_SUBJECT: (Principal.SUBJECT,),
    K.CHANGE_SERVICE: (Principal.SERVICE,),
    K.CHANGE_BOTH: (Principal.SUBJECT, Principal.SERVICE),
    K.CANCEL_SUBJECT: (Principal.SUBJECT,),
    K.CANCEL_SERVICE: (Principal.SERVICE,),
    K.CANCEL_ACCESS: (),
}


class State(StrEnum):
    """Where an order stands."""

    DRAFT = "draft"
    PLATFORM_REVIEW = "platform_review"
    RETURNED = "returned"
    HANDOVER = "handover"
    SMS_PENDING = "sms_pending"
    SMS_LAPSED = "sms_lapsed"
    AUTHORITY_REVIEW = "authority_review"
    AUTHORITY_REJECTED = "authority_rejected"
    FILED = "filed"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


S = State
FINAL_STATES = frozenset({S.FILED, S.CANCELLED, S.WITHDRAWN, S.EXPIRED})
OPEN_STATES = frozenset(set(State) - FINAL_STATES)


@dataclass(frozen=True)
class StateText:
    """What a state is called, and what the organizer has to do in it."""

    zh: str
    en: str
    to_do_zh: str
    to_do_en: str


STATE_LABELS = {
    State(state): StateText(*label, *labels("order_to_do")[state]) for state, label in labels("order_states").items()
}


class Action(StrEnum):
    """What can be done to an order."""

    OPEN = "open"
    SAVE = "save"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    ABANDON = "abandon"
    RETURN = "return"
    APPROVE = "approve"
    UPLOADED = "uploaded"
    DATA_ERROR = "data_error"
    VERIFIED = "verified"
    LAPSED = "lapsed"
    RESUBMIT = "resubmit"
    AMEND = "amend"
    ACCEPT = "accept"
    REFUSE = "refuse"
    EXPIRE = "expire"
    REACTIVATE = "reactivate"


A = Action
ACTION_LABELS = {Action(action): label for action, label in labels("order_actions").items()}


@dataclass(frozen=True)
class Move:
    """One row of the table: ``action``, taken by ``role`` on an order in ``source``, leads to ``target``."""

    source: State | None
    action: Action
    role: Role
    target: State
    kinds: frozenset[OrderKind] = frozenset(OrderKind)

    @property
    def event(self) -> str:
        """The tag of the event that tells this move."""
        return f"order:{self.action}"


MOVES: tuple[Move, ...] = (
    Move(None, A.OPEN, Role.ORGANIZER, S.DRAFT),
    *(Move(s, A.SAVE, Role.ORGANIZER, s) for s in (S.DRAFT, S.RETURNED, S.AUTHORITY_REJECTED)),
    *(Move(s, A.SUBMIT, Role.ORGANIZER, S.PLATFORM_REVIEW) for s in (S.DRAFT, S.RETURNED, S.AUTHORITY_REJECTED)),
    # A cancellation cannot be withdrawn; leaving the ministry's SMS unanswered ends it.
    Move(S.PLATFORM_REVIEW, A.WITHDRAW, Role.ORGANIZER, S.WITHDRAWN, kinds=FILINGS),
    *(Move(s, A.ABANDON, Role.ORGANIZER, S.WITHDRAWN)
      for s in (S.DRAFT, S.RETURNED, S.SMS_LAPSED, S.AUTHORITY_REJECTED)),
    Move(S.PLATFORM_REVIEW, A.RETURN, Role.REVIEWER, S.RETURNED),
    Move(S.PLATFORM_REVIEW, A.APPROVE, Role.REVIEWER, S.HANDOVER),
    Move(S.HANDOVER, A.UPLOADED, Role.AUTHORITY, S.SMS_PENDING),
    Move(S.HANDOVER, A.DATA_ERROR, Role.AUTHORITY, S.RETURNED),
    Move(S.SMS_PENDING, A.VERIFIED, Role.AUTHORITY, S.AUTHORITY_REVIEW),
    Move(S.SMS_PENDING, A.LAPSED, Role.AUTHORITY, S.SMS_LAPSED),  # the sixth wrong code
    Move(S.SMS_PENDING, A.LAPSED, Role.CLOCK, S.SMS_LAPSED),  # 24 hours
    Move(S.SMS_LAPSED, A.VERIFIED, Role.AUTHORITY, S.AUTHORITY_REVIEW),  # told after our clock had run out
    Move(S.SMS_LAPSED, A.RESUBMIT, Role.ORGANIZER, S.HANDOVER),
    Move(S.SMS_LAPSED, A.AMEND, Role.ORGANIZER, S.RETURNED),
    Move(S.AUTHORITY_REVIEW, A.ACCEPT, Role.AUTHORITY, S.FILED, kinds=FILINGS),
    Move(S.AUTHORITY_REVIEW, A.ACCEPT, Role.AUTHORITY, S.CANCELLED, kinds=CANCELLATIONS),
    Move(S.AUTHORITY_REVIEW, A.REFUSE, Role.AUTHORITY, S.AUTHORITY_REJECTED),
    *(Move(s, A.EXPIRE, Role.CLOCK, S.EXPIRED)
      for s in (S.DRAFT, S.RETURNED, S.SMS_LAPSED, S.AUTHORITY_REJECTED)),
    Move(S.EXPIRED, A.REACTIVATE, Role.ORGANIZER, S.DRAFT),
)


class OrderView(Protocol):
    """The two things the table needs to know of an order."""

    @property
    def kind(self) -> str: ...
    @property
    def state(self) -> str: ...


def find_move(*, order: OrderView, action: Action, role: Role) -> Move | None:
    """The row that allows ``role`` to take ``action`` on ``order`` now, or None."""
    for row in MOVES:
        if row.source == order.state and row.action == action and row.role == role and order.kind in row.kinds:
            return row
    return None


def available_actions(actor: Actor, order: OrderView) -> tuple[Action, ...]:
    """What ``actor`` may do to ``order`` now, in the table's order. Screens and answers offer just these."""
    return tuple(dict.fromkeys(
        row.action for row in MOVES
        if row.source == order.state and row.role == actor.role and order.kind in row.kinds
    ))


def allowed_pairs() -> frozenset[tuple[str, str, str]]:
    """Every (kind, from, to) with from ≠ to that the table holds; the database trigger refuses any other."""
    return frozenset(
        (str(kind), str(row.source), str(row.target))
        for row in MOVES for kind in row.kinds
        if row.source is not None and row.source != row.target
    )


SMS_WINDOW = timedelta(hours=24)
IDLE_LIMIT = timedelta(days=60)
#: Working days a state may last before it shows as overdue.
WORKING_DAY_LIMITS: dict[State, int] = {S.PLATFORM_REVIEW: 2, S.HANDOVER: 1, S.AUTHORITY_REVIEW: 20}


def due(state: State, entered_at: datetime) -> Due | None:
    """The instant by which an order that entered ``state`` at ``entered_at`` must have left it.

    Final states have none. Idle states of the organizer's (draft, returned, rejected, lapsed) count 60 days.
    """
    if state in FINAL_STATES:
        return None
    if state == S.SMS_PENDING:
        return due_after(entered_at, SMS_WINDOW)
    if state in WORKING_DAY_LIMITS:
        return due_after_working_days(entered_at, WORKING_DAY_LIMITS[state])
    return due_after(entered_at, IDLE_LIMIT)
