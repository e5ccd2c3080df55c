"""How long files are kept: long enough to send them again, and no longer than that."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from openbeian.authority.models import Assignment, InboxFile, Unmatched, Upload, UploadState
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor, Role

#: Sent files are kept for at least three months (V3.0, limits). Received ones as long.
KEPT = timedelta(days=93)
CLOCK = Actor(Role.CLOCK, "clock:keeping")
SETTLED = (UploadState.ACCEPTED, UploadState.REFUSED, UploadState.GIVEN_UP)


def purge(*, at: datetime, dry_run: bool = False) -> tuple[int, int]:
    """Empty files, sent and received, of which nothing is outstanding and that are older than ``KEPT``.

    Their rows stay: number, name, digest, what became of them. Writes ``lane:purge`` once for each province.
    Returns how many (sent, received); safe to repeat.
    """
    before = at - KEPT
    open_question = Unmatched.objects.filter(file=OuterRef("pk"), seen_at=None)
    open_task = Assignment.objects.filter(file=OuterRef("pk"), done_at=None)
    sent = Upload.objects.filter(state__in=SETTLED, created_at__lt=before, purged_at=None)
    received = InboxFile.objects.filter(
        ~Exists(open_question), ~Exists(open_task), acknowledged_at__lt=before, purged_at=None).exclude(
        problem__gt="", seen_at=None)
    if dry_run:
        return sent.count(), received.count()
    total = [0, 0]
    provinces = {*sent.values_list("province", flat=True), *received.values_list("province", flat=True)}
    for province in sorted(provinces):
        with transaction.atomic():
            counts = [_empty(rows.filter(province=province), at) for rows in (sent, received)]
            total = [before + now for before, now in zip(total, counts, strict=True)]
            record(tag="lane:purge", actor=CLOCK, subject=f"lane:{province}", at=at,
                   data={"sent": counts[0], "received": counts[1]})
    return total[0], total[1]


def _empty(rows: QuerySet[Any], at: datetime) -> int:
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:1000])
    return rows.filter(pk__in=keys).update(sealed=b"", purged_at=at)
