"""What the shelf does when the register changes. Runs in the transaction of that change."""

from datetime import datetime
from typing import Any

from openbeian.regime.actors import Actor
from openbeian.shelf import verbs


def follow_register(*, appid: str, at: datetime, in_force: bool, actor: Actor, **_: Any) -> None:
    """Receiver of ``service_changed``: a number in force opens the shelf at once, a cancelled one closes it.

    An app outside the catalogue is passed over.
    """
    change = verbs.put_back if in_force else verbs.take_offline
    change(appids=[appid], at=at, actor=actor)
