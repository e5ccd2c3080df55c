"""What the calls of the interface do: files come in by a sequence without a gap, files go out until acknowledged,
and filing passwords (备案密码, asked from organizers until August 2020) are checked.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from openbeian import vault
from openbeian.ledger import clock
from openbeian.simulator.faults import Fault
from openbeian.simulator.models import Outgoing, PasswordCheck, Service, Subject, Upload
from openbeian.simulator.verbs.office import (
    behaviour,
    canonical_if_valid,
    current_faults,
    filing_password,
    province_row,
    queue_up,
)
from openbeian.simulator.verbs.processing import process
from openbeian.simulator.verbs.time import settle

OTHER = 999
WRONG_CHECKS_ALLOWED = 5
WINDOW = timedelta(hours=1)


class CallRefused(Exception):
    """A call that is refused; `code` is of call level, `missing` are sequence numbers (code 14)."""

    def __init__(self, code: int, text: str | None = None, missing: tuple[int, ...] = ()) -> None:
        super().__init__(f"call-level code {code}")
        self.code, self.text, self.missing = code, text, missing


@transaction.atomic
def accept_upload(
    *, province: str, sequence: int, entry_name: str, xml: bytes, packed: dict[str, Any]
) -> None:
    """Accept one file and process it, at once or after the province's `processing_seconds`: queue its results, open
    its requests, send their SMS.

    `packed`: beianInfo, beianInfoHash, encryptAlgorithm as they came. Nothing happens again when the very same file
    has been accepted before. Raises CallRefused: a gap in the sequence, a number used before, a full queue.
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
            raise CallRefused(OTHER, "该序号的文件已受理，且内容与本次不同")
        return
    if sequence > row.last_sequence + 1:
        # The answer lists the missing numbers; a thousand are enough to see what is wrong.
        end = min(sequence, row.last_sequence + 1001)
        raise CallRefused(14, missing=tuple(range(row.last_sequence + 1, end)))
    if system.queue_length is not None:
        if Upload.objects.filter(province=row, due_at__isnull=False).count() >= system.queue_length:
            raise CallRefused(15)
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


@dataclass(frozen=True)
class Weather:
    """What befalls one call: seconds it is slow, whether it is refused unread, whether the connection breaks before
    the answer is through, whether an upload is answered as out of sequence.
    """

    wait: float = 0.0
    refuses: bool = False
    breaks: bool = False
    out_of_sequence: bool = False


def next_call(*, province: str) -> Weather:
    """Count a call of the province and say what befalls it. Nothing is counted while no faults are set."""
    faults = current_faults()
    if not faults.any:
        return Weather()
    with transaction.atomic():
        queue_up()
        row = province_row(province)
        row.calls += 1
        row.save(update_fields=["calls"])
    refuses = faults.strikes(Fault.REFUSING, province, row.calls)
    half = faults.chance("refusing kind", province, row.calls) < 0.5
    return Weather(
        wait=faults.slow_seconds if faults.strikes(Fault.SLOW, province, row.calls) else 0.0,
        refuses=refuses,
        breaks=half if refuses else faults.strikes(Fault.RESTARTING, province, row.calls),
        out_of_sequence=faults.strikes(Fault.WRONG_SEQUENCE, province, row.calls),
    )


@transaction.atomic
def acknowledge(*, province: str, file_name: str) -> bool:
    """The platform has taken a file over; it is not delivered again. False for a file never delivered."""
    queue_up()
    file = Outgoing.objects.filter(province=province, file_name=file_name, deliveries__gt=0).first()
    if file is None:
        return False
    if file.acknowledged_at is None:
        file.acknowledged_at = clock.now()
        file.save(update_fields=["acknowledged_at"])
    return True


@transaction.atomic
def deliver(*, province: str) -> tuple[Outgoing, bool] | None:
    """The oldest file not acknowledged and whether more wait behind it; None when nothing waits.

    A late file holds up all behind it; one out of order lets its successor go first, once.
    """
    queue_up()
    now = clock.now()
    waiting = list(Outgoing.objects.filter(province=province, acknowledged_at=None).order_by("number")[:2])
    ready = [file for file in waiting if file.available_at is None or file.available_at <= now]
    if not waiting or waiting[0] not in ready:
        return None
    file = waiting[0]
    if len(ready) > 1 and not file.passed_over:
        if current_faults().strikes(Fault.OUT_OF_ORDER, province, file.number):
            file.passed_over = True
            file.save(update_fields=["passed_over"])
            file = ready[1]
    file.deliveries += 1
    file.save(update_fields=["deliveries"])
    return file, len(ready) > 1


@transaction.atomic
def check_password(*, province: str, number: str, password: str) -> bool:
    """Whether this is the password of a subject or service number in force in the province. Raises CallRefused
    after five wrong passwords for this number within an hour."""
    queue_up()
    number = canonical_if_valid(number)
    now = clock.now()
    digest = vault.digest(number, purpose="simulator.number")
    tried = PasswordCheck.objects.filter(province_id=province, number_digest=digest, at__gt=now - WINDOW)
    if tried.count() >= WRONG_CHECKS_ALLOWED:
        raise CallRefused(22)
    known = (
        Subject.objects.filter(province=province, number=number, cancelled_at=None).exists()
        or Service.objects.filter(subject__province=province, number=number, cancelled_at=None).exists()
    )
    right = known and hmac.compare_digest(filing_password(number).encode(), password.strip().encode())
    if not right:
        PasswordCheck.objects.create(province=province_row(province), number_digest=digest, at=now)
    return right
