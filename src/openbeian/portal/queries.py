"""What one organizer may see: the mini programs this person administers, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from openbeian.accounts.models import User
from openbeian.accounts.queries import administered_by
from openbeian.filings.models import FaceCheck, Material, Order
from openbeian.filings.queries import latest_order_of, material_of, open_order_of
from openbeian.regime.facts import Account, Standing
from openbeian.regime.lifecycle import OPENED_AS, OrderKind, fits
from openbeian.regime.shelf_policy import Decision
from openbeian.register import queries as register
from openbeian.shelf import queries as shelf
from openbeian.shelf.errors import NotFound

#: Mini programs on one page of the first screen.
PAGE = 20


@dataclass(frozen=True)
class MiniProgramView:
    """A mini program as its administrator sees it now."""

    account: Account
    decision: Decision
    standing: Standing
    order: Order | None
    offers: Sequence[OrderKind]

    @property
    def filed_under_another_name(self) -> bool:
        """Whether the mini program was renamed since it was filed."""
        return self.standing.service is not None and self.standing.service.name != self.account.name


def account(appid: str) -> Account:
    """The mini program's account; one not in the catalogue is called by its appid."""
    try:
        return shelf.account(appid)
    except NotFound:
        return Account(appid=appid, name=appid, organizer_name="")


def appids(user: User) -> list[str]:
    """The mini programs of a person."""
    return [row.appid for row in administered_by(user)]


def visible_orders(user: User) -> QuerySet[Order]:
    """Orders of the person's mini programs, newest first."""
    return Order.objects.filter(appid__in=appids(user)).order_by("-pk")


def visible_order(user: User, order_id: int) -> Order:
    """One of them. Raises ``Http404``."""
    return get_object_or_404(visible_orders(user), pk=order_id)


def visible_material(user: User, media_id: str) -> Material:
    """A file uploaded for one of the person's mini programs. Raises ``Http404``."""
    found = material_of(appids(user), media_id)
    if found is None:
        raise Http404
    return found


def visible_face_check(user: User, task_id: str) -> FaceCheck:
    """A face check of one of the person's mini programs. Raises ``Http404``."""
    return get_object_or_404(FaceCheck, task_id=task_id, appid__in=appids(user))


def mini_program(user: User, appid: str, *, now: datetime) -> MiniProgramView:
    """One of the person's mini programs. Raises ``Http404``."""
    if appid not in appids(user):
        raise Http404
    return _view(appid, now)


@dataclass(frozen=True)
class Page:
    """Some of a person's mini programs, and where the next page begins (empty: nowhere)."""

    programs: list[MiniProgramView]
    after: str


def mini_programs(user: User, *, now: datetime, after: str = "") -> Page:
    """The person's mini programs in the order of appid, from beyond ``after``."""
    rest = [appid for appid in appids(user) if appid > after]
    return Page([_view(appid, now) for appid in rest[:PAGE]], rest[PAGE - 1] if len(rest) > PAGE else "")


def _view(appid: str, now: datetime) -> MiniProgramView:
    standing = register.standing(appid=appid)
    return MiniProgramView(
        account=account(appid),
        decision=shelf.gate(appid=appid, at=now),
        standing=standing,
        order=latest_order_of(appid),
        offers=() if open_order_of(appid) else tuple(k for k in OPENED_AS if fits(k, standing)),
    )
