"""What the platform's people see: every order that was ever submitted, never an organizer's working copy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from openbeian.accounts.models import User
from openbeian.filings.models import Material, Order
from openbeian.filings.queries import filed_dossier, intact_dossier, material_of
from openbeian.ledger.queries import latest_of
from openbeian.regime.differences import differences
from openbeian.regime.fields import label
from openbeian.regime.lifecycle import CANCELLATIONS, CHANGES, MOVES, Action, available_actions
from openbeian.regime.numbers import is_digits
from openbeian.regime.shelf_policy import Decision
from openbeian.shelf import queries as shelf
from openbeian.shelf.models import MiniProgram
from openbeian.shelf.verbs.shelving import TAKEN_OFFLINE

#: Orders on one page of the queue, mini programs on one of the shelf.
PAGE, SHELF_PAGE = 30, 20


def visible_orders() -> QuerySet[Order]:
    """Orders with at least one submission."""
    return Order.objects.filter(dossier_number__gt=0)


def visible_order(order_id: int) -> Order:
    """One of them. Raises ``Http404``."""
    return get_object_or_404(visible_orders(), pk=order_id)


def visible_material(order: Order, media_id: str) -> Material:
    """A file that the order's submitted dossier names. Raises ``Http404`` for any other."""
    found = material_of([order.appid], media_id)
    dossier = intact_dossier(order)
    if found is None or dossier is None or found.digest not in {digest for _, digest in dossier.media}:
        raise Http404
    return found


def comparisons(order: Order) -> dict[str, Any]:
    """What a reviewer compares an order with: the name and the fields that differ from what is registered, and the
    fields that differ from the submission before. Fields by their names, (zh, en).

    ``damaged_snapshots`` are the numbers of those that could not be compared with.
    """
    latest = order.dossier_number
    dossier = intact_dossier(order)
    before = intact_dossier(order, latest - 1) if latest > 1 else dossier
    damaged = {number for number, read in ((latest, dossier), (max(1, latest - 1), before)) if read is None}
    compared: dict[str, Any] = {"damaged_snapshots": sorted(damaged)}
    if order.kind in CANCELLATIONS:
        return compared
    filed = filed_dossier(order)
    compared["filed_name"] = filed.service.name if filed else ""
    if dossier is not None and filed is not None and order.kind in CHANGES:
        compared["differs_from_filed"] = _labels(differences(filed, dossier))
    if dossier is not None and before is not None:
        compared["differs_from_last"] = _labels(differences(before, dossier))
    return compared


def _labels(paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(map(label, paths)))


@dataclass(frozen=True)
class Page:
    """Some orders of one state, longest there first, and where the next page begins (empty: nowhere)."""

    orders: list[Order]
    after: str


def page(*, state: str, after: str = "", claimed_by: str = "") -> Page:
    """One page of a state's orders. ``after`` is the mark of the page before; a mark that is none starts anew."""
    found = visible_orders().filter(state=state)
    if claimed_by:
        found = found.filter(claimed_by=claimed_by)
    if mark := _mark(after):
        since, last = mark
        found = found.filter(Q(state_since__gt=since) | Q(state_since=since, pk__gt=last))
    rows = list(found.order_by("state_since", "pk")[: PAGE + 1])
    more = len(rows) > PAGE
    last_row = rows[PAGE - 1] if more else None
    return Page(rows[:PAGE], f"{last_row.state_since.isoformat()}_{last_row.pk}" if last_row else "")


def _mark(text: str) -> tuple[datetime, int] | None:
    since, _, last = text.rpartition("_")
    try:
        at = datetime.fromisoformat(since)
        return (at, int(last)) if at.tzinfo is not None and len(last) < 19 else None
    except ValueError:
        return None


@dataclass(frozen=True)
class ShelfPage:
    """Some mini programs with what the gate says of each, and where the next page begins (empty: nowhere)."""

    rows: list[tuple[MiniProgram, Decision]]
    after: str = ""


def catalogue(*, at: datetime, after: str = "") -> ShelfPage:
    """The catalogue in the order of appid, from beyond ``after``."""
    apps = list(shelf.mini_programs(after=after)[: SHELF_PAGE + 1])
    return ShelfPage(_judged(apps[:SHELF_PAGE], at), apps[SHELF_PAGE - 1].appid if len(apps) > SHELF_PAGE else "")


def taken_offline_lately(*, at: datetime) -> ShelfPage:
    """Mini programs that were taken offline last and still are, latest first; found by the ledger's own index."""
    events = latest_of(TAKEN_OFFLINE)[: 5 * SHELF_PAGE]
    appids = dict.fromkeys(event.subject.removeprefix("app:") for event in events)
    found = MiniProgram.objects.filter(offline_since__isnull=False).in_bulk(list(appids))
    return ShelfPage(_judged([found[appid] for appid in appids if appid in found][:SHELF_PAGE], at))


def _judged(apps: list[MiniProgram], at: datetime) -> list[tuple[MiniProgram, Decision]]:
    return [(app, shelf.gate(app.appid, at)) for app in apps]


def next_for(reviewer: User) -> Order | None:
    """The order this reviewer should look at next: an own claimed one, else the longest waiting unclaimed one."""
    waiting = _states_with(reviewer, Action.APPROVE)
    orders = visible_orders().filter(state__in=waiting).order_by("state_since", "pk")
    return orders.filter(claimed_by=reviewer.actor.id).first() or orders.filter(claimed_by="").first()


def _states_with(user: User, action: Action) -> list[str]:
    return sorted({str(row.source) for row in MOVES if row.action == action and row.role == user.actor.role})


def may(user: User, action: Action, order: Order) -> bool:
    """Whether the lifecycle table lets this person take the action on the order now."""
    return user.role != "auditor" and action in available_actions(user.actor, order)


def name_of(actor_id: str) -> str:
    """The user name behind ``user:12``; the id itself for anyone else."""
    key = actor_id.removeprefix("user:")
    if not is_digits(key):
        return actor_id
    return User.objects.filter(pk=key).values_list("username", flat=True).first() or actor_id
