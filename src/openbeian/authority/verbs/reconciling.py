"""What the province has on file, kept beside what we have, and the comparison of the two.

The interface has no call that asks for everything: a province tells of records as they are filed (BASJ), changed and
cancelled (ZXSJ), and of all of them when it resynchronises (SJTB). The mirror is the sum of what it told.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from openbeian import vault
from openbeian.authority import comparison
from openbeian.authority.comparison import differing
from openbeian.authority.models import MIRROR, Lane, ProvinceRecord, Reconciliation
from openbeian.authority.verbs import lanes
from openbeian.ledger.verbs import record
from openbeian.regime.spelling import filing_number
from openbeian.register.queries import Held, held
from openbeian.register.verbs import complete_access_id
from openbeian.v3 import codec

#: Files of one resynchronisation (SJTB) lie within this time.
ONE_RESYNCHRONISATION = timedelta(hours=6)


@dataclass(frozen=True)
class Told:
    """A service as a province tells of it."""

    service_id: str
    subject_id: str
    access_id: str
    subject_number: str
    service_number: str
    appid: str
    content: Mapping[str, str] = field(repr=False)


def remember(entry: codec.Record, *, province: str, at: datetime, everything: bool = False) -> None:
    """Keep what a file tells of the records on file, whether or not it has an effect here."""
    match entry:
        case codec.FiledRecord():
            mirror(province=province, told=_told(entry), at=at, everything=everything)
        case codec.CancelledRecord():
            mirror_cancelled(province=province, category=entry.category, key=entry.key, at=at)


def _told(filed: codec.FiledRecord) -> Iterator[Told]:
    for service in filed.services:
        yield Told(
            service_id=service.province_service_id[:40], subject_id=filed.province_subject_id[:40],
            access_id=service.province_access_id[:40], subject_number=filing_number(filed.subject_number)[:40],
            service_number=filing_number(service.number)[:48], appid=service.appid[:64],
            content=comparison.on_file(filed, service))


def mirror(*, province: str, told: Iterable[Told], at: datetime, everything: bool = False) -> None:
    """Keep what the province has on file. ``everything``: it tells of all its records."""
    for one in told:
        if not everything:
            _told_of_subject(province, one)
        values = {
            "subject_id": one.subject_id, "subject_number": one.subject_number, "service_number": one.service_number,
            "sealed": vault.seal_json(dict(one.content), purpose=MIRROR), "confirmed_at": at, "cancelled_at": None,
        }
        # A file may leave these two out; that does not mean that they are gone.
        values |= {name: value for name, value in (("access_id", one.access_id), ("appid", one.appid)) if value}
        ProvinceRecord.objects.update_or_create(province=province, service_id=one.service_id, defaults=values)


def _told_of_subject(province: str, told: Told) -> None:
    """A subject is one, however many services it has: what is told of it with one counts for all."""
    others = ProvinceRecord.objects.filter(
        province=province, subject_id=told.subject_id, cancelled_at=None).exclude(service_id=told.service_id)
    theirs = {path: text for path, text in told.content.items() if path.startswith("organizer.")}
    for row in others:
        content = {path: text for path, text in vault.unseal_json(row.sealed, purpose=MIRROR).items()
                   if not path.startswith("organizer.")}
        row.sealed = vault.seal_json(content | theirs, purpose=MIRROR)
        row.save(update_fields=["sealed"])


def mirror_cancelled(*, province: str, category: int, key: str, at: datetime) -> None:
    """Keep that a subject (0), a service (1) or our access (2) is no longer on file."""
    column = {0: "subject_id", 1: "service_id", 2: "access_id"}.get(category)
    if column and key:
        ProvinceRecord.objects.filter(province=province, cancelled_at=None, **{column: key}).update(cancelled_at=at)


def begin_resynchronisation(*, province: str, at: datetime) -> None:
    """The province sends everything it has; what it does not tell of from now on, it no longer has on file."""
    lane = lanes.lock(province)
    if lane.resynchronised_at is None or lane.resynchronised_at < at - ONE_RESYNCHRONISATION:
        lane.resynchronised_at = at
        lane.save(update_fields=["resynchronised_at"])


def reconcile_all(*, at: datetime) -> list[Reconciliation]:
    """Compare the register with every province there is a lane to."""
    return [reconcile(province=province, at=at)
            for province in Lane.objects.order_by("province").values_list("province", flat=True)]


@transaction.atomic
def reconcile(*, province: str, at: datetime) -> Reconciliation:
    """Compare the register with what the province has on file, and keep the result. Writes ``lane:reconciled``.

    Repairs the province's ids of accesses that our register lacks, and nothing else: numbers come by the
    administration's decision and by no other way.
    """
    lane = lanes.lock(province)
    registered = held(province=province)
    rows = list(ProvinceRecord.objects.filter(province=province).order_by("pk"))
    on_file = [row for row in rows if row.cancelled_at is None and not _dropped(row, lane)]
    differences, repaired = _theirs_against_ours(on_file, registered, at)
    differences += _ours_against_theirs(registered, on_file, rows, lane)
    made = Reconciliation.objects.create(
        province=province, at=at, told=len(on_file), resynchronised_at=lane.resynchronised_at,
        held=sum(one.cancelled_at is None and one.through_us for one in registered),
        differences=differences, repaired=repaired)
    record(tag="lane:reconciled", actor=lanes.actor(province), subject=lane.subject, at=at,
           data={"differences": len(differences), "repaired": repaired})
    return made


Difference = dict[str, Any]


def _theirs_against_ours(
    on_file: Iterable[ProvinceRecord], registered: Iterable[Held], at: datetime
) -> tuple[list[Difference], int]:
    """What the province has on file and we do not, or not so; and how many ids of accesses were entered."""
    by_number = {one.number: one for one in registered}
    by_id = {one.province_service_id: one for one in registered if one.province_service_id}
    differences: list[Difference] = []
    repaired = 0
    for row in on_file:
        ours = by_number.get(row.service_number) or by_id.get(row.service_id)
        if ours is None:
            differences.append(_difference("missing_here", row.service_number, row.appid, row.service_id))
        elif ours.number != row.service_number:
            differences.append(_difference(
                "another_number", ours.number, ours.appid, row.service_id, theirs=row.service_number))
        elif ours.cancelled_at is not None:
            differences.append(_difference("cancelled_here", ours.number, ours.appid, row.service_id))
        else:
            repaired += _repair(ours, row, differences, at)
            content = vault.unseal_json(row.sealed, purpose=MIRROR)
            if fields := differing(comparison.comparable(ours.dossier), content):
                differences.append(_difference("differs", ours.number, ours.appid, row.service_id, fields=fields))
    return differences, repaired


def _ours_against_theirs(
    registered: Iterable[Held], on_file: Iterable[ProvinceRecord], rows: Iterable[ProvinceRecord], lane: Lane
) -> list[Difference]:
    """What is in force here, through us, and no longer on file there; or never was, if it told of everything."""
    told, ever_told = ({row.service_number for row in some} for some in (on_file, rows))
    differences = []
    for ours in sorted(registered, key=lambda one: one.number):
        if ours.cancelled_at is not None or not ours.through_us or ours.number in told:
            continue
        told_of_all = lane.resynchronised_at is not None and ours.filed_at < lane.resynchronised_at
        if ours.number in ever_told or told_of_all:
            kind = "cancelled_there" if ours.number in ever_told else "missing_there"
            differences.append(_difference(kind, ours.number, ours.appid, ours.province_service_id))
    return differences


def _dropped(row: ProvinceRecord, lane: Lane) -> bool:
    """Whether the province did not tell of a record when it last told of all of them, and has finished to."""
    if lane.resynchronised_at is None or lane.drained_at is None or lane.drained_at < lane.resynchronised_at:
        return False
    return row.confirmed_at < lane.resynchronised_at


def _difference(kind: str, number: str, appid: str, service_id: str, **more: Any) -> Difference:
    return {"kind": kind, "number": number, "appid": appid, "service_id": service_id, **more}


def _repair(ours: Held, row: ProvinceRecord, differences: list[Difference], at: datetime) -> bool:
    """Give the register the id of our access if it lacks it; ids that contradict its own are only reported."""
    pairs = {
        "province_subject_id": (ours.province_subject_id, row.subject_id),
        "province_service_id": (ours.province_service_id, row.service_id),
        "province_access_id": (ours.province_access_id, row.access_id),
    }
    if wrong := sorted(name for name, (mine, theirs) in pairs.items() if mine and theirs and mine != theirs):
        differences.append(_difference("another_id", ours.number, ours.appid, row.service_id, fields=wrong))
        return False
    if ours.province_access_id or not row.access_id:
        return False
    return complete_access_id(
        number=ours.number, province_access_id=row.access_id, actor=lanes.actor(row.province), at=at)
