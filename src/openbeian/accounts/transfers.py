"""Handing a mini program to another account (转移).

The administrator offers it to a name and the account of that name accepts, or declines, or lets the offer lapse. The
number, the orders and what third-party platforms may do stay as they are: only who administers changes, so nobody
reviews it.

Whether a name is anybody's account is not told: an offer to a name that is nobody's is made, waits and lapses like any
other.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from openbeian import vault
from openbeian.accounts.errors import AccountRefused, NotAdministrator, NotFound, OfferEnded, OfferRefused
from openbeian.accounts.models import (
    ADDRESSEE,
    MiniProgramAdministrator,
    OfferState,
    TransferOffer,
    User,
    UserRole,
)
from openbeian.accounts.signals import offer_moved, transferred
from openbeian.accounts.verbs import appoint_administrator
from openbeian.ledger import clock
from openbeian.ledger.transitions import StateChanged, transition
from openbeian.ledger.verbs import record
from openbeian.regime.actors import CLOCK, Actor, Role
from openbeian.regime.calendar import due_after, midnight

LIFETIME = timedelta(days=7)
#: Every offer to a name that is somebody's is told to that person; more than this of one account would be a nuisance.
OFFERS_PER_DAY = 10
ADDRESSEE_LENGTH_MAX = 254

_EVENTS = {
    OfferState.OPEN: "app:transfer_offered",
    OfferState.ACCEPTED: "app:transferred",
    OfferState.DECLINED: "app:transfer_declined",
    OfferState.WITHDRAWN: "app:transfer_withdrawn",
    OfferState.LAPSED: "app:transfer_lapsed",
}


@transaction.atomic
def offer_transfer(*, appid: str, user: User, addressee: str) -> TransferOffer:
    """Offer a mini program of ``user``'s to the account with the user name, or e-mail address, ``addressee``.

    Open for seven days. The same comes back whether there is such an account or not. Writes ``app:transfer_offered``.
    Raises :class:`NotAdministrator`, :class:`OfferRefused`.
    """
    at = clock.now()
    if not _hold(user, appid):
        raise NotAdministrator()
    addressee = addressee.replace("\0", "").strip()
    if not 0 < len(addressee) <= ADDRESSEE_LENGTH_MAX:
        raise OfferRefused("请填写对方的用户名或邮箱。", "Give the other account's user name or e-mail address.")
    recipient = _account_of(addressee)
    if recipient == user or (recipient is None and _is_called(user, addressee)):
        raise OfferRefused("不能转移给自己。", "A mini program cannot be handed to its own administrator.")
    today = midnight(at)
    if TransferOffer.objects.filter(offered_by=user, offered_at__gte=today).count() >= OFFERS_PER_DAY:
        raise OfferRefused(
            f"今天已提出 {OFFERS_PER_DAY} 次转移，请明天再试。",
            f"{OFFERS_PER_DAY} transfers have been offered today. Try again tomorrow.")
    lapse_offers(at=at, offered_by=user)  # one that nobody has cleared away yet must not stand in the way
    offer = TransferOffer(
        appid=appid, offered_by=user, recipient=recipient, offered_at=at, lapses_at=due_after(at, LIFETIME).instant,
        addressee_sealed=vault.seal(addressee.encode(), purpose=ADDRESSEE))
    try:
        with transaction.atomic():
            offer.save(force_insert=True)
    except IntegrityError as error:
        raise OfferRefused(
            "这个小程序正在转移，请先撤回。", "This mini program is being offered already. Take that back first.") from error
    record(tag=_EVENTS[OfferState.OPEN], actor=user.actor, subject=f"app:{appid}", at=at, data=_facts(offer))
    offer_moved.send(sender=TransferOffer, offer=offer, at=at)
    return offer


@transaction.atomic
def accept_transfer(*, offer_id: int, user: User) -> TransferOffer:
    """Take over the mini program offered to ``user``; whoever offered it administers it no more.

    Writes ``app:transferred`` and the events of both accounts. Raises :class:`NotFound`, :class:`OfferEnded`.
    """
    at = clock.now()
    offer = TransferOffer.objects.select_related("offered_by").filter(pk=offer_id, recipient=user).first()
    if offer is None:
        raise _no_offer()
    _hold(offer.offered_by, offer.appid)  # the order in which everybody locks: the administrator, then the offer
    offer = _end(offer_id, OfferState.ACCEPTED, actor=user.actor, at=at, recipient=user)
    _hand_over(appid=offer.appid, former=offer.offered_by, new=user, actor=user.actor, at=at)
    return offer


def decline_transfer(*, offer_id: int, user: User) -> TransferOffer:
    """Turn down what was offered to ``user``. Writes ``app:transfer_declined``.

    Raises :class:`NotFound`, :class:`OfferEnded`.
    """
    return _end(offer_id, OfferState.DECLINED, actor=user.actor, at=clock.now(), recipient=user)


def withdraw_offer(*, offer_id: int, user: User) -> TransferOffer:
    """Take back what ``user`` has offered. Writes ``app:transfer_withdrawn``.

    Raises :class:`NotFound`, :class:`OfferEnded`.
    """
    return _end(offer_id, OfferState.WITHDRAWN, actor=user.actor, at=clock.now(), offered_by=user)


def lapse_offers(*, at: datetime, offered_by: User | None = None) -> int:
    """End the offers that nobody has answered in time. Returns how many; safe to repeat.

    Writes ``app:transfer_lapsed`` for each.
    """
    overdue = TransferOffer.objects.filter(state=OfferState.OPEN, lapses_at__lte=at).order_by("lapses_at", "pk")
    if offered_by is not None:
        overdue = overdue.filter(offered_by=offered_by)
    lapsed = 0
    for offer in overdue[:500]:
        with suppress(OfferEnded):  # answered in this very moment
            _transition(offer, OfferState.LAPSED, actor=CLOCK, at=at)
            lapsed += 1
    return lapsed


@transaction.atomic
def transfer(*, appid: str, former: User, new: User, actor: Actor) -> None:
    """Hand a mini program over at once, as an operator does who was asked to.

    Ends an open offer of the former administrator's. Writes ``app:transferred`` and the events of both accounts.
    Raises :class:`NotAdministrator`, :class:`AccountRefused`, ``PermissionError`` for anybody but an operator.
    """
    if actor.role != Role.OPERATOR:
        raise PermissionError("only an operator transfers without being asked")
    if former == new:
        raise AccountRefused("两个账号相同。", "Both accounts are the same.")
    at = clock.now()
    _hand_over(appid=appid, former=former, new=new, actor=actor, at=at)
    record(tag=_EVENTS[OfferState.ACCEPTED], actor=actor, subject=f"app:{appid}", at=at,
           data={"former": former.pk, "new": new.pk})


def _hand_over(*, appid: str, former: User, new: User, actor: Actor, at: datetime) -> None:
    remove_administrator(user=former, appid=appid, actor=actor)
    appoint_administrator(user=new, appid=appid, actor=actor)
    transferred.send(sender=TransferOffer, appid=appid, former=former, new=new, at=at)


@transaction.atomic
def remove_administrator(*, user: User, appid: str, actor: Actor) -> None:
    """Let ``user`` act for the mini program no more. An open offer of theirs is taken back with it.

    Writes ``app:administrator_removed``. Raises :class:`NotAdministrator`.
    """
    at = clock.now()
    if not _hold(user, appid):
        raise NotAdministrator()
    for offer_id in TransferOffer.objects.filter(
            offered_by=user, appid=appid, state=OfferState.OPEN).values_list("pk", flat=True):
        with suppress(OfferEnded):  # answered in this very moment
            _end(offer_id, OfferState.WITHDRAWN, actor=actor, at=at)
    MiniProgramAdministrator.objects.filter(user=user, appid=appid).delete()
    record(tag="app:administrator_removed", actor=actor, subject=f"app:{appid}", at=at, data={"user": user.pk})


def open_offers_to(user: User, at: datetime) -> QuerySet[TransferOffer]:
    """What is offered to a person and can still be accepted at ``at``, oldest first."""
    return TransferOffer.objects.select_related("offered_by").filter(
        recipient=user, state=OfferState.OPEN, lapses_at__gt=at).order_by("pk")


def open_offer_by(user: User, appid: str, at: datetime) -> TransferOffer | None:
    """What a person offers of a mini program and is still open at ``at``."""
    return TransferOffer.objects.filter(offered_by=user, appid=appid, state=OfferState.OPEN, lapses_at__gt=at).first()


def addressee_of(offer: TransferOffer) -> str:
    """The name an offer was addressed to, as the offerer typed it."""
    return vault.unseal(offer.addressee_sealed, purpose=ADDRESSEE).decode()


def _account_of(addressee: str) -> User | None:
    """The organizer whose user name this is, or whose e-mail address and nobody else's."""
    organizers = User.objects.filter(role=UserRole.ORGANIZER, is_active=True)
    if named := organizers.filter(username=User.normalize_username(addressee)).first():
        return named
    mailed = list(organizers.filter(email__iexact=addressee)[:2]) if "@" in addressee else []
    return mailed[0] if len(mailed) == 1 else None


def _is_called(user: User, addressee: str) -> bool:
    return addressee.casefold() in (user.username.casefold(), user.email.casefold())


def _hold(user: User, appid: str) -> bool:
    """Lock the row that makes ``user`` an administrator until the end of the transaction; False if there is none."""
    return MiniProgramAdministrator.objects.select_for_update().filter(user=user, appid=appid).first() is not None


def _end(offer_id: int, state: OfferState, *, actor: Actor, at: datetime, **whose: User) -> TransferOffer:
    """Bring an open offer to its end. Raises :class:`NotFound`, :class:`OfferEnded`."""
    offer = TransferOffer.objects.filter(pk=offer_id, **whose).first()
    if offer is None:
        raise _no_offer()
    if offer.state == OfferState.OPEN and offer.lapses_at <= at:
        raise OfferEnded(state=OfferState.LAPSED)
    return _transition(offer, state, actor=actor, at=at)


@transaction.atomic
def _transition(offer: TransferOffer, state: OfferState, *, actor: Actor, at: datetime) -> TransferOffer:
    if offer.state != OfferState.OPEN:
        raise OfferEnded(state=offer.state)
    try:
        ended = transition(
            offer, to=state, event=_EVENTS[state], subject=f"app:{offer.appid}", actor=actor, at=at, data=_facts(offer),
            ended_at=at)
    except StateChanged as changed:
        raise OfferEnded(state=changed.state) from None
    offer_moved.send(sender=TransferOffer, offer=ended, at=at)
    return ended


def _facts(offer: TransferOffer) -> dict[str, int | None]:
    return {"offer": offer.pk, "former": offer.offered_by_id, "new": offer.recipient_id}


def _no_offer() -> NotFound:
    return NotFound("没有这次转移。", "There is no such offer.")
