"""What the shelf does when the register changes or a version moves. Runs in the transaction of that change."""

from datetime import datetime
from typing import Any

from django.conf import settings

from openbeian.regime.actors import Actor
from openbeian.shelf import verbs
from openbeian.shelf.models import Version
from openbeian.shelf.tasks import pass_audit
from openbeian.shelf.versions import VersionAction, VersionMove


def follow_register(*, appid: str, at: datetime, in_force: bool, actor: Actor, **_: Any) -> None:
    """Receiver of ``service_changed``: a number in force opens the shelf at once, a cancelled one closes it.

    An app outside the catalogue is passed over.
    """
    change = verbs.put_back if in_force else verbs.take_offline
    change(appids=[appid], at=at, actor=actor)


def pass_by_itself(*, version: Version, move: VersionMove, **_: Any) -> None:
    """Receiver of ``version_moved``: where the operator has set so, a version passes its audit after a while."""
    seconds = settings.OPENBEIAN_AUDIT_AUTOMATIC
    if move.action == VersionAction.SUBMIT and seconds is not None:
        pass_audit.configure(schedule_in={"seconds": seconds}).defer(audit_id=version.pk)
