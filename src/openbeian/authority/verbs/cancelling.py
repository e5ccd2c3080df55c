"""Records that the administration cancelled by itself: our register follows when a person says so."""

from django.db import transaction

from openbeian.authority.models import Unmatched
from openbeian.authority.verbs.lanes import actor as link
from openbeian.filings import decide
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.register.queries import Held, held

_ID = {0: "province_subject_id", 1: "province_service_id", 2: "province_access_id"}


def _held(province: str, category: int, key: str) -> list[Held]:
    return [one for one in held(province=province, key=key) if getattr(one, _ID[category]) == key]


def in_force(*, province: str, category: int, key: str) -> bool:
    """Whether a record that the province cancelled (Zxlb, Jlid) is in force in our register."""
    found = [one for one in _held(province, category, key) if one.cancelled_at is None]
    return any(one.through_us or category != 2 for one in found)


def was_held(*, province: str, category: int, key: str) -> bool:
    """Whether our register knows the record at all, in force or not."""
    return bool(_held(province, category, key))


@transaction.atomic
def apply_cancellation(*, unmatched_id: int, actor: Actor) -> list[str]:
    """Let our register follow a cancellation that the administration made by itself; a person says so.

    The register acts for the administration; ``lane:apply`` records who decided it.
    Returns the numbers concerned, none if it was done before.
    """
    row = Unmatched.objects.select_for_update().filter(pk=unmatched_id).first()
    if row is None or row.category is None or row.applied_at is not None:
        return []
    at = clock.now()
    numbers = sorted(decide.follow_cancellation(
        province=row.province, category=row.category, key=row.record_key, actor=link(row.province), at=at))
    row.applied_at, row.seen_at = at, row.seen_at or at
    row.save(update_fields=["applied_at", "seen_at"])
    record(tag="lane:apply", actor=actor, subject=f"lane:{row.province}", at=at,
           data={"unmatched": row.pk, "numbers": numbers})
    return numbers
