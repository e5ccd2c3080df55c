"""Reading notices and pushes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, When

from openbeian.accounts.models import User
from openbeian.accounts.queries import administered_by
from openbeian.authority.models import ChallengeState
from openbeian.authority.queries import verifications_of
from openbeian.filings.models import Order
from openbeian.notices.models import TICKET, Notice, Push
from openbeian.notices.texts import render, unverified
from openbeian.regime.lifecycle import State
from openbeian.shelf.queries import names_of


@dataclass(frozen=True)
class Message:
    """A notice as a person reads it."""

    id: int
    code: str
    appid: str
    title: str
    body: str
    link: str
    at: datetime
    read_at: datetime | None


def notices_for(user: User) -> QuerySet[Notice]:
    """Notices to a person and to the mini programs they administer, newest first.

    A mini program's notices go with it, also those from before the person administered it: a notice to rectify that
    nobody has read yet counts for whoever is there now.
    """
    appids = list(administered_by(user).values_list("appid", flat=True))
    return Notice.objects.filter(Q(recipient=user) | Q(recipient=None, appid__in=appids)).order_by("-id")


def inbox(user: User, *, language: str = "zh-hans") -> list[Message]:
    """The newest hundred notices of a person, in their language."""
    notices = list(notices_for(user)[:100])
    names = names_of({_appid(notice) for notice in notices})
    return [_message(notice, names, language) for notice in notices]


def unread_count(user: User) -> int:
    """How many notices wait to be read."""
    return notices_for(user).filter(read_at=None).count()


def dead_letters() -> QuerySet[Push]:
    """Pushes that were given up, oldest first. Tickets are not among them: each is replaced within ten minutes."""
    return Push.objects.filter(dead_at__isnull=False).exclude(info_type=TICKET).select_related("lane").order_by("id")


def undelivered() -> QuerySet[Push]:
    """Pushes that still have to be delivered, whether due or in back-off."""
    return Push.objects.filter(delivered_at=None, dead_at=None)


def in_backoff(client_id: str | None = None) -> QuerySet[Push]:
    """Pushes whose last attempt failed and whose next attempt is planned, of one client or of all, oldest first."""
    waiting = undelivered().filter(due=False).select_related("lane").order_by("id")
    return waiting if client_id is None else waiting.filter(lane__client_id=client_id)


def with_followers(pushes: QuerySet[Push]) -> list[tuple[Push, int]]:
    """Each push with the number of later undelivered pushes in its lane, which wait for it."""
    later = Q(lane__pushes__delivered_at=None, lane__pushes__dead_at=None, lane__pushes__sequence__gt=F("sequence"))
    return [(push, push.followers) for push in pushes.annotate(followers=Count("lane__pushes", filter=later))]


def next_due(client_id: str) -> Push | None:
    """The push of a client to attempt now.

    Only the oldest undelivered push of a lane comes into question. Tickets go first: without one a client can call
    nothing. Then pushes with the fewest attempts, so that one that fails again and again delays no other lane.
    """
    earlier = undelivered().filter(lane=OuterRef("lane"), sequence__lt=OuterRef("sequence"))
    return (undelivered().filter(~Exists(earlier), lane__client_id=client_id, due=True)
            .select_related("lane__client")
            .order_by(Case(When(info_type=TICKET, then=0), default=1), "attempts", "id").first())


#: Notices that say who has not verified by SMS, while the order is in this state.
_OF_VERIFICATION = {"sms_pending": State.SMS_PENDING, "sms_reminder": State.SMS_PENDING, "sms_lapsed": State.SMS_LAPSED}


def _appid(notice: Notice) -> str:
    return notice.appid or str(notice.context.get("appid", ""))


def _message(notice: Notice, names: Mapping[str, str], language: str) -> Message:
    known = {"appid": notice.appid, "name": names.get(_appid(notice), ""), **notice.context}
    title, body = render(notice.code, known, language=language)
    if notice.code in _OF_VERIFICATION:
        body += unverified(notice.code, _unverified(notice), language=language)
    return Message(notice.pk, notice.code, notice.appid, title, body, str(notice.context.get("link", "")),
                   notice.at, notice.read_at)


def _unverified(notice: Notice) -> list[tuple[str, str]]:
    """Who has not verified by SMS: role and masked mobile. Nobody once the order has left the state the notice tells of."""
    order = Order.objects.filter(
        pk=notice.context.get("order"), state=_OF_VERIFICATION[notice.code], state_since__lte=notice.at).first()
    if order is None:
        return []
    return [(one.principal.value, one.mobile) for one in verifications_of(order) if one.state != ChallengeState.VERIFIED]
