"""Taking answers in: store the file, let it take effect in one transaction, and only then acknowledge it.

A file is delivered again until it is acknowledged, so the order of these three steps is what keeps an answer from
being lost; and its row, unique by name, is what keeps it from taking effect twice.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from openbeian import vault
from openbeian.authority.client import LinkError, ProvinceClient, Unreachable, account
from openbeian.authority.models import INBOX, InboxFile, Lane, Unmatched
from openbeian.authority.verbs import decisions, lanes, processing, unasked
from openbeian.authority.verbs.processing import NoMatch
from openbeian.authority.verbs.reconciling import begin_resynchronisation, remember
from openbeian.filings import decide
from openbeian.filings.errors import Conflict
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.logs import described
from openbeian.regime.actors import Actor
from openbeian.v3 import codec
from openbeian.v3.wire.answers import ALL_DELIVERED, DONE, MORE, NOTHING, FileInfo
from openbeian.v3.wire.packing import PackingError

log = logging.getLogger(__name__)

#: Files taken in one go; the next poll goes on.
FILES_AT_ONCE = 1000
#: A lane on which nothing is outstanding is asked this often, for what the province sends unasked.
IDLE_POLL = timedelta(hours=1)
#: A file that cannot be unpacked is asked for again so often in a row, with the rests of a lane out of order. It may
#: have been damaged on its way, and what is acknowledged does not come again.
ASKED_AGAIN = 5
DAMAGED = "damaged"


@dataclass(frozen=True)
class Polled:
    """What one poll did. ``drained``: everything the province had for us is in. ``error``: code of what stopped it."""

    province: str
    files: int
    drained: bool
    error: str = ""


def poll(*, province: str, force: bool = False, wait: bool = False) -> Polled:
    """Take over everything a province has for us. Never raises for trouble with the link; it is noted and told.

    ``force`` ignores a pause; ``wait`` waits for another process that polls the same lane.
    """
    files = 0
    try:
        if not force:
            lanes.refuse_if_resting(province, "poll", clock.now())
        client = ProvinceClient(account(province))
        with lanes.exclusively(province, "poll", wait=wait):
            for _ in range(FILES_AT_ONCE):
                # Whatever happened up to here is in the queue that this call empties.
                asked_at = clock.now()
                more = _take_one(client)
                files += more is not None
                if not more:
                    _note_drained(province, asked_at)
                    break
            else:
                return Polled(province, files, drained=False)
    except (lanes.LaneBusy, lanes.LanePaused, lanes.LaneHalted) as error:
        return Polled(province, files, drained=False, error=error.code)
    except LinkError as error:
        lanes.note_trouble(province=province, way="poll", error=error, at=clock.now())
        return Polled(province, files, drained=False, error=error.code)
    lanes.note_success(province=province, way="poll", at=clock.now())
    return Polled(province, files, drained=True)


def _take_one(client: ProvinceClient) -> bool | None:
    """Download, store, apply, acknowledge. True if more may wait, False after the last, None if there was none."""
    answer = client.download()
    if answer.code not in (DONE, ALL_DELIVERED, NOTHING, MORE):
        raise lanes.CallRefused(answer.code, answer.message)
    if answer.file is None:
        if answer.code == MORE:
            raise Unreachable("answer", "isp_download promised a file and brought none")
        return None
    file = keep(client, answer.file)
    apply(file_id=file.pk)
    acknowledge(client=client, file=file, file_name=answer.file.file_name)
    if not file.packed:  # the way works, whatever becomes of the next file
        lanes.note_success(province=file.province, way="poll", at=clock.now())
    return answer.code != ALL_DELIVERED


def _content(client: ProvinceClient, info: FileInfo) -> tuple[bytes, str]:
    """The XML of a downloaded file; or what could not be unpacked, and the problem.

    Raises :class:`LinkError` for a file that is worth asking for again.
    """
    try:
        return client.unpack(info), ""
    except PackingError as error:
        lane = Lane.objects.filter(pk=client.account.province).first()
        if lane is None or lane.poll_error != DAMAGED or lane.poll_failures < ASKED_AGAIN:
            raise LinkError(DAMAGED, f"isp_download, {error.reason}") from error
        return f"{info.beian_info_hash}\n{info.beian_info}".encode(), f"cannot be unpacked: {error}"


def keep(client: ProvinceClient, info: FileInfo) -> InboxFile:
    """Store a downloaded file, readable or not; one delivered before is found again. Nothing takes effect yet."""
    province = client.account.province
    content, problem = _content(client, info)
    digest = vault.digest(content, purpose=INBOX)
    name = info.file_name[:128]
    if InboxFile.objects.filter(province=province, file_name=name).exclude(digest=digest).exists():
        name = f"{name}~{digest.hex()[:16]}"  # a name used again for another content
    with transaction.atomic(durable=True):
        file, _ = InboxFile.objects.get_or_create(
            province=province, file_name=name,
            defaults={
                "digest": digest, "sealed": vault.seal(content, purpose=INBOX),
                "packed": bool(problem), "problem": problem, "received_at": clock.now(),
            })
    return file


def apply(*, file_id: int) -> bool:
    """Let a stored file take effect, all its records in one transaction. False if it had already.

    A record that fits no order becomes an ``Unmatched``; one that cannot take effect, and a file that cannot be
    read, leave a ``problem`` and write ``lane:problem``; the others of the file take effect all the same.
    """
    with transaction.atomic(durable=True):
        province = InboxFile.objects.values_list("province", flat=True).get(pk=file_id)
        lanes.lock(province)
        file = InboxFile.objects.select_for_update().get(pk=file_id)
        if file.applied_at is not None:
            return False
        _let_take_effect(file, clock.now())
        return True


def _let_take_effect(file: InboxFile, at: datetime) -> None:
    problems = [file.problem] if file.packed else []
    if not file.packed:
        try:
            records = codec.read(vault.unseal(file.sealed, purpose=INBOX))
            if not records:
                problems.append("cannot be read: holds no record that this release knows")
            for entry, everything in _entries(records, file, at):
                if problem := _take_effect(entry, file, at, everything=everything):
                    problems.append(problem)
        except codec.Unreadable as error:
            problems.append(f"cannot be read: {error}")
    file.applied_at, file.problem = at, "; ".join(problems)[:2000]
    file.save(update_fields=["applied_at", "problem"])
    if problems:
        log.warning("%s in lane %s: %d problems", file, file.province, len(problems))
        record(tag="lane:problem", actor=lanes.actor(file.province), subject=f"lane:{file.province}", at=at,
               data={"file": file.pk, "problems": len(problems)})


def _entries(records: Iterable[Any], file: InboxFile, at: datetime) -> Iterator[tuple[Any, bool]]:
    """Each record of a file, and whether it is part of everything the province has (SJTB)."""
    for entry in unasked.together(records):
        if not isinstance(entry, codec.Synchronisation):
            yield entry, False
            continue
        begin_resynchronisation(province=file.province, at=at)
        for filed in entry.filed:
            yield filed, True
        for other in (*unasked.together(entry.others), *((entry.codes,) if entry.codes else ())):
            yield other, False


def _take_effect(entry: Any, file: InboxFile, at: datetime, *, everything: bool) -> str:
    """Apply one record. Returns the problem, "" if there is none."""
    try:
        with transaction.atomic():
            remember(entry, province=file.province, at=at, everything=everything)
        with transaction.atomic():
            _apply_record(entry, file, at)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the file's: nothing took effect, the file will come again
    except NoMatch as error:
        if not everything:  # what we never had a part in is for the reconciliation to tell
            _unmatched(entry, file, error, at)
    except Conflict as error:
        _unmatched(entry, file, NoMatch(f"order_{error.state}"), at)
    except decisions.Impossible as error:
        return f"{type(entry).__name__}: {error}"
    except Exception as error:
        # One record must not hold up the lane. The error's text may repeat data, so it goes nowhere.
        log.error("%s of %s: %s", type(entry).__name__, file, described(error))
        return f"{type(entry).__name__}: {type(error).__name__}"
    return ""


def _apply_record(entry: Any, file: InboxFile, at: datetime) -> None:
    """What a record does, by its class. Raises NoMatch, Impossible, or Conflict when the order has moved on."""
    match entry:
        case codec.ProcessingResult(decision=codec.Decision() as decision) | (codec.Decision() as decision):
            decisions.apply_decision(decision, file.province, at)
        case codec.ProcessingResult():
            processing.apply_processing_result(entry, file.province, at)
        case codec.SmsReport():
            processing.apply_sms_report(entry, file.province, at)
        case codec.FiledRecord():
            decisions.apply_filed(entry, file.province, at)
        case codec.CancelledRecord():
            decisions.apply_cancelled(entry, file.province, at)
        case _:
            unasked.take_in(entry, file=file, at=at)


def _key_of(entry: Any) -> str:
    """The key by which an answer names its record."""
    if isinstance(entry, codec.FiledRecord):
        return entry.order_id or entry.province_subject_id
    return getattr(entry, "key", "")


def _unmatched(entry: Any, file: InboxFile, why: NoMatch, at: datetime) -> None:
    _, new = Unmatched.objects.get_or_create(
        file=file, record=type(entry).__name__[:20], record_key=_key_of(entry)[:128], reason=why.reason[:80],
        defaults={"province": file.province, "operation": getattr(entry, "operation", None),
                  "category": why.category, "order_id": why.order_id, "at": at})
    if new:
        record(tag="lane:unmatched", actor=lanes.actor(file.province), subject=f"lane:{file.province}", at=at,
               data={"file": file.pk, "record": type(entry).__name__, "reason": why.reason[:80]})


def acknowledge(*, client: ProvinceClient, file: InboxFile, file_name: str) -> None:
    """Tell the province that a file is taken over. Only for a file that has taken effect. Raises CallRefused."""
    answer = client.acknowledge(file_name)
    if answer.code != DONE:
        raise lanes.CallRefused(answer.code, answer.message)
    InboxFile.objects.filter(pk=file.pk, applied_at__isnull=False, acknowledged_at=None).update(
        acknowledged_at=clock.now())


@transaction.atomic
def _note_drained(province: str, at: datetime) -> None:
    """The province has nothing more for us, so it has every acknowledgement, noted here or cut off before it was."""
    InboxFile.objects.filter(province=province, applied_at__isnull=False, acknowledged_at=None).update(
        acknowledged_at=at)
    Lane.objects.bulk_create([Lane(province=province)], ignore_conflicts=True)
    Lane.objects.filter(pk=province).update(drained_at=at, next_poll_at=at + IDLE_POLL)


@transaction.atomic(durable=True)
def reapply(*, file_id: int, actor: Actor) -> bool:
    """Let a file with a problem take effect once more, after its cause was repaired. Writes ``lane:reapply``.

    What took effect the first time is not repeated. False for a file without a problem.
    """
    lanes.lock(InboxFile.objects.values_list("province", flat=True).get(pk=file_id))
    file = InboxFile.objects.select_for_update().get(pk=file_id)
    if not file.problem or file.applied_at is None:
        return False
    at = clock.now()
    record(tag="lane:reapply", actor=actor, subject=f"lane:{file.province}", at=at, data={"file": file.pk})
    if file.packed:
        _unpack_again(file)
    _let_take_effect(file, at)
    return True


def _unpack_again(file: InboxFile) -> None:
    """Try with the settings of today, should those of the day it came have been wrong."""
    file_hash, _, body = vault.unseal(file.sealed, purpose=INBOX).decode().partition("\n")
    client = ProvinceClient(account(file.province))
    try:
        xml = client.unpack(FileInfo(file.file_name, body, file_hash, client.account.packing.encrypt_algorithm))
    except PackingError:
        return
    file.sealed, file.packed, file.problem = vault.seal(xml, purpose=INBOX), False, ""
    file.save(update_fields=["sealed", "packed", "problem"])


@transaction.atomic
def mark_seen(*, row: Unmatched | InboxFile, actor: Actor) -> bool:
    """A person has dealt with an answer that fitted nothing, or with a file's problem. Writes ``lane:seen``.

    False if somebody had before.
    """
    at = clock.now()
    if not type(row).objects.filter(pk=row.pk, seen_at=None).update(seen_at=at):
        return False
    record(tag="lane:seen", actor=actor, subject=f"lane:{row.province}", at=at,
           data={"unmatched" if isinstance(row, Unmatched) else "file": row.pk})
    return True


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
        province=row.province, category=row.category, key=row.record_key, actor=lanes.actor(row.province), at=at))
    row.applied_at, row.seen_at = at, row.seen_at or at
    row.save(update_fields=["applied_at", "seen_at"])
    record(tag="lane:apply", actor=actor, subject=f"lane:{row.province}", at=at,
           data={"unmatched": row.pk, "numbers": numbers})
    return numbers
