"""Writing to the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from openbeian.ledger.models import Event
from openbeian.regime.actors import Actor


def record(
    *, tag: str, actor: Actor, subject: str, at: datetime, data: Mapping[str, Any] | None = None
) -> Event:
    """Write one event. Must run inside the transaction of the change it tells.

    ``tag`` is ``subject:verb`` (``order:submit``), ``subject`` is ``kind:id`` (``order:12``, ``app:wx…``).
    Raises ``TransactionManagementError`` outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an event is written in the transaction of its change")
    return Event.objects.create(
        at=at, tag=tag, actor_role=actor.role, actor_id=actor.id, subject=subject, data=dict(data or {})
    )
