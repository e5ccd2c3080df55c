"""The organizer closes the app to visitors and opens it again (暂停服务、恢复服务).

This is apart from the platform's taking it down: a sweep or a filing changes ``offline_*``, these verbs change
``closed_since``, and people can use the app only when neither is set.
"""

from django.db import transaction

from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.shelf import queries
from openbeian.shelf.errors import GateClosed, NeverListed, NotFound
from openbeian.shelf.models import MiniProgram
from openbeian.shelf.verbs.shelving import lock, put_back


@transaction.atomic
def close_app(*, appid: str, actor: Actor) -> bool:
    """Close the app to visitors, also while it is offline. Writes ``shelf:app:closed``; False if it was closed.

    Raises :class:`NotFound`, :class:`NeverListed`.
    """
    _lock_listed(appid)
    at = clock.now()
    closed = MiniProgram.objects.filter(
        appid=appid, first_listed_at__isnull=False, closed_since__isnull=True).update(closed_since=at)
    if closed:
        record(tag="shelf:app:closed", actor=actor, subject=f"app:{appid}", at=at)
    return bool(closed)


@transaction.atomic
def open_app(*, appid: str, actor: Actor) -> bool:
    """Open the app to visitors again, if the gate lets it. Writes ``shelf:app:opened``; False if it was open.

    An app that is offline still although the gate lets it, say because a waiver has begun, is put back as well.
    Raises :class:`NotFound`, :class:`NeverListed`, :class:`GateClosed`.
    """
    _lock_listed(appid)
    at = clock.now()
    decision = queries.gate(appid, at)
    if not decision.allowed:
        raise GateClosed(decision)
    opened = MiniProgram.objects.filter(appid=appid, closed_since__isnull=False).update(closed_since=None)
    if opened:
        record(tag="shelf:app:opened", actor=actor, subject=f"app:{appid}", at=at)
    return bool(put_back(appids=[appid], at=at, actor=actor)) or bool(opened)


def _lock_listed(appid: str) -> None:
    if not lock([appid]):
        raise NotFound()
    if not MiniProgram.objects.filter(appid=appid, first_listed_at__isnull=False).exists():
        raise NeverListed()
