"""How an order's way is told: its stations, what happened, what may be done next and what that brings about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from openbeian.authority.models import ChallengeState
from openbeian.authority.queries import Verification
from openbeian.regime.csv_files import read_labels
from openbeian.regime.lifecycle import ACTION_LABELS, Action, OrderKind, Principal, State
from openbeian.register.models import ClaimState

Words = str | Promise

S = State
#: The stations of every order, with the states in which it stands at each.
STATIONS: tuple[tuple[Words, frozenset[State]], ...] = (
    (_("填写"), frozenset({S.DRAFT, S.EXPIRED, S.WITHDRAWN})),
    (_("平台初审"), frozenset({S.PLATFORM_REVIEW, S.RETURNED})),
    (_("提交管局"), frozenset({S.HANDOVER})),
    (_("短信核验"), frozenset({S.SMS_PENDING, S.SMS_LAPSED})),
    (_("管局审核"), frozenset({S.AUTHORITY_REVIEW, S.AUTHORITY_REJECTED})),
    (_("完成"), frozenset({S.FILED, S.CANCELLED})),
)

#: How a state is coloured: act (the organizer's turn), wait, good, bad, or plain.
TONES: dict[State, str] = {
    S.DRAFT: "act", S.PLATFORM_REVIEW: "wait", S.RETURNED: "bad", S.HANDOVER: "wait", S.SMS_PENDING: "act",
    S.SMS_LAPSED: "bad", S.AUTHORITY_REVIEW: "wait", S.AUTHORITY_REJECTED: "bad", S.FILED: "good",
    S.CANCELLED: "plain", S.WITHDRAWN: "plain", S.EXPIRED: "plain",
}


#: What the state of a claim is called, and its colour.
CLAIM_STATES: dict[ClaimState, tuple[Words, str]] = {
    ClaimState.WAITING: (_("等待平台审核"), "wait"), ClaimState.APPROVED: (_("已通过"), "good"),
    ClaimState.REFUSED: (_("未通过"), "bad"), ClaimState.WITHDRAWN: (_("已撤回"), "plain"),
}


@dataclass(frozen=True)
class Consequences:
    """What the confirmation page of an action says will follow; ``grave`` colours its button."""

    follows: tuple[Words, ...]
    grave: bool = False


#: Actions an organizer confirms on a page of their own. Saving and submitting happen in the form.
CONFIRMED: dict[Action, Consequences] = {
    Action.WITHDRAW: Consequences((
        _("订单结束，审核员不再审核。已填写的内容保留在记录中。"),
        _("需要备案时须重新发起订单，重新排队审核。"),
        _("小程序的上架状态不因撤回而改变，备案期限照常计算。"),
    ), grave=True),
    Action.ABANDON: Consequences((
        _("订单结束，不能恢复。"),
        _("需要备案时须重新发起订单，重新填写和审核。"),
        _("小程序的上架状态不因放弃而改变，备案期限照常计算。"),
    ), grave=True),
    Action.RESUBMIT: Consequences((
        _("备案信息不变，直接重新提交管局，不再经平台初审；小程序改过名称的，按现名称提交，须重新经过平台初审。"),
        _("提交管局后，负责人将收到新的核验短信，须在 24 小时内完成核验。"),
    )),
    Action.AMEND: Consequences((
        _("订单退回修改，可编辑全部备案信息。"),
        _("修改后须重新经过平台初审，再提交管局。"),
    )),
    Action.REACTIVATE: Consequences((
        _("订单恢复为草稿，可继续填写。再过 60 天不编辑将再次过期。"),
    )),
}

#: What the page says of an action that brought an order to one of these states.
DONE: dict[State, Words] = {
    S.HANDOVER: _("已提交管局。"),
    S.PLATFORM_REVIEW: _("小程序名称已变更，已按现名称提交，等待平台初审。"),
}


@dataclass(frozen=True)
class Offer:
    """What an organizer can start, in the organizer's words; which kind a filing is in the end follows by itself."""

    label: Words
    follows: Words
    grave: bool = False


#: Each kind that an order may be opened as.
OFFERS: dict[OrderKind, Offer] = {
    OrderKind.FIRST_FILING: Offer(_("发起备案"), _("先存为草稿，提交之前可随时修改或放弃。")),
    OrderKind.CHANGE_BOTH: Offer(
        _("变更备案信息"), _("只需修改有变动的内容，备案号不变。审核期间小程序照常服务。")),
    OrderKind.CANCEL_SERVICE: Offer(
        _("注销小程序备案"), _("注销后备案号失效且不可恢复，小程序随即下架。"), grave=True),
    OrderKind.CANCEL_ACCESS: Offer(
        _("取消接入"), _("备案号保留，但不再由本平台接入，小程序在本平台下架。"), grave=True),
    OrderKind.CANCEL_SUBJECT: Offer(
        _("注销主体备案"), _("主体及其名下全部小程序、网站和 APP 的备案号一并失效且不可恢复，全部下架。"), grave=True),
}

_EVENTS = read_labels(__file__)["events"]

_ROLES: dict[str, Words] = {
    "organizer": _("主办者"), "reviewer": _("平台审核员"), "operator": _("平台运营"), "authority": _("通信管理局"),
    "clock": _("系统"), "auditor": _("审计"),
}


def role_label(role: str) -> Words:
    """The role's name; unknown roles as they are."""
    return _ROLES.get(role, role)


@dataclass(frozen=True)
class VerificationWords:
    """How a page words one principal's SMS verification; ``tone`` is a CSS class."""

    role: Words
    label: Words
    tone: str


PRINCIPAL_LABELS: dict[Principal, Words] = {
    Principal.SUBJECT: _("主体负责人"), Principal.SERVICE: _("小程序负责人")}
_VERIFICATIONS: dict[ChallengeState, tuple[Words, str]] = {
    ChallengeState.PENDING: (_("待核验"), "ob-state-wait"),
    ChallengeState.VERIFIED: (_("已核验"), "ob-state-good"),
    ChallengeState.LAPSED: (_("超时未核验"), "ob-state-bad"),
    ChallengeState.REFUSED: (_("验证码多次错误"), "ob-state-bad"),
}


def verification_words(one: Verification) -> VerificationWords:
    """The words for one principal's SMS verification."""
    return VerificationWords(PRINCIPAL_LABELS[one.principal], *_VERIFICATIONS[one.state])


@dataclass(frozen=True)
class Station:
    """One station and whether the order is past it, at it, or before it."""

    label: Words
    mark: str


def stations(state: str) -> list[Station]:
    """The stations, marked for an order in this state."""
    at = next(i for i, (_label, states) in enumerate(STATIONS) if state in states)
    finished = at == len(STATIONS) - 1
    return [
        Station(words, "done" if i < at or finished else "now" if i == at else "later")
        for i, (words, _states) in enumerate(STATIONS)
    ]


@dataclass(frozen=True)
class Happening:
    """One line of a timeline."""

    at: datetime
    label: tuple[str, str]
    by: Words


def happenings(events: Iterable) -> Sequence[Happening]:
    """A timeline's lines, newest first."""
    return [Happening(e.at, event_label(e.tag), role_label(e.actor_role)) for e in reversed(list(events))]


def event_label(tag: str) -> tuple[str, str]:
    """What an event is called; one that has no name is shown by its tag."""
    action = tag.removeprefix("order:")
    return ACTION_LABELS[Action(action)] if action in set(Action) else _EVENTS.get(tag, (tag, tag))
