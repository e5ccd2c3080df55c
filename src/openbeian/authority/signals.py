"""What this room tells and asks the rooms further down, inside the transaction that brings it about.

A receiver that fails takes the change back with it. Receivers write rows and defer jobs; they send nothing out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.dispatch import Signal


@dataclass(frozen=True)
class Held:
    """A service as our register holds it.

    ``through_us``: whether this platform still gives it access. ``content``: see
    :func:`openbeian.authority.comparison.comparable`.
    """

    appid: str
    number: str
    subject_number: str
    province_subject_id: str
    province_service_id: str
    province_access_id: str
    filed_at: datetime
    cancelled_at: datetime | None
    through_us: bool = True
    content: Mapping[str, str] = field(repr=False, default_factory=dict)


#: order, hours_left, at. The principals have not all answered the ministry's SMS.
verification_waits = Signal()

#: appid, number, at. The administration wants a subject or a service put right (XGTZ).
told_to_rectify = Signal()

#: province, key. Answered with a sequence of :class:`Held`: every service the register knows there, cancelled ones
#: too; with a ``key`` only those that have it as one of the province's ids.
register_asked = Signal()

#: province, category (Zxlb), key (province's id), actor, at. The administration cancelled a record by itself and a
#: person lets our register follow. Answered with the numbers whose filing ended.
cancelled_by_administration = Signal()

#: number, province_access_id, actor, at. The province's id of our access to a service, which our register lacks.
#: Answered with whether it did.
access_id_told = Signal()


def held_in(answers: Iterable[tuple[Any, Any]]) -> list[Held]:
    """What the receivers of ``register_asked`` answered."""
    return [one for _, answer in answers for one in answer or ()]
