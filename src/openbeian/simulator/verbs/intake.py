"""Files coming in: the sequence without a gap."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.db import transaction

from openbeian import vault
from openbeian.ledger import clock
from openbeian.simulator.models import Upload
from openbeian.simulator.verbs.office import behaviour, province_row, queue_up
from openbeian.simulator.verbs.processing import process
from openbeian.simulator.verbs.time import settle


class SequenceGap(Exception):
    """An upload came before its predecessors; `missing` holds their numbers (call-level code 14)."""

    def __init__(self, missing: tuple[int, ...]) -> None:
        super().__init__("sequence gap")
        self.missing = missing


class SequenceReused(Exception):
    """A number already accepted came again with other bytes."""


class QueueFull(Exception):
    """Too many files wait to be processed (call-level code 15)."""


@transaction.atomic
def accept_upload(
    *, province: str, sequence: int, entry_name: str, xml: bytes, packed: dict[str, Any]
) -> bool:
    """Accept one file and process it, at once or after the province's `processing_seconds`: queue its results, open
    its requests, send their SMS.

    `packed`: beianInfo, beianInfoHash, encryptAlgorithm as they came. Returns False when the very same file had
    been accepted before (nothing happens again). Raises SequenceGap, SequenceReused, QueueFull.
    """
    settle()
    queue_up()
    now = clock.now()
    row = province_row(province)
    system = behaviour(province)
    content = hashlib.sha256(f"{packed['beianInfo']} {packed['beianInfoHash']}".encode()).digest()
    if sequence <= row.last_sequence:
        before = Upload.objects.get(province=row, sequence=sequence)
        if bytes(before.digest) != content:
            raise SequenceReused
        return False
    if sequence > row.last_sequence + 1:
        # The answer lists the missing numbers; a thousand are enough to see what is wrong.
        raise SequenceGap(tuple(range(row.last_sequence + 1, min(sequence, row.last_sequence + 1001))))
    if system.queue_length is not None:
        if Upload.objects.filter(province=row, due_at__isnull=False).count() >= system.queue_length:
            raise QueueFull
    row.last_sequence = sequence
    row.save(update_fields=["last_sequence"])
    wait = system.processing_seconds
    upload = Upload.objects.create(
        province=row,
        sequence=sequence,
        entry_name=entry_name[:128],
        sealed=vault.seal_json(packed, purpose="simulator.upload"),
        digest=content,
        received_at=now,
        due_at=now + timedelta(seconds=wait) if wait else None,
    )
    if not wait:
        process(upload, xml, now)
    return True
