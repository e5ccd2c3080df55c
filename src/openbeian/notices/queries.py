"""Reading notices and pushes."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from openbeian.accounts.models import User
from openbeian.accounts.queries import administered_by
from openbeian.notices.models import TICKET, Notice, Push
from openbeian.notices.texts import render


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


def inbox(user: User, *, language: str = "zh-hans", limit: int = 100) -> list[Message]:
    """The newest ``limit`` notices of a person, in their language."""
    return [_message(notice, language) for notice in notices_for(user)[:limit]]


def unread_count(user: User) -> int:
    """How many notices wait to be read."""
    return notices_for(user).filter(read_at=None).count()


def dead_letters() -> QuerySet[Push]:
    """Pushes that were given up, oldest first. Tickets are not among them: each is replaced within ten minutes."""
    return Push.objects.filter(dead_at__isnull=False).exclude(info_type=TICKET).select_related("lane").order_by("id")


def _message(notice: Notice, language: str) -> Message:
    title, body = render(notice.code, {"appid": notice.appid, **notice.context}, language=language)
    return Message(notice.pk, notice.code, notice.appid, title, body, str(notice.context.get("link", "")),
                   notice.at, notice.read_at)
