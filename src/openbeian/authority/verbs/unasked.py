"""What the administration sends unasked: blacklists, tasks and notices, code tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openbeian import vault
from openbeian.authority.models import ASSIGNMENT, AssignmentKind, InboxFile
from openbeian.authority.verbs import lanes
from openbeian.authority.verbs.assignments import keep_assignment
from openbeian.authority.verbs.codes import compare_codes
from openbeian.filings import blacklist
from openbeian.regime.facts import BlacklistEntry
from openbeian.v3.codec import records as wire

_OPERATIONS = ("add", "change", "remove")  # Czlx of a blacklist


@dataclass(frozen=True)
class Blacklists:
    """The lines of a file's blacklists, which take effect together."""

    lines: tuple[wire.BlacklistedSubject | wire.BlacklistedService, ...]


def together(records: Iterable[Any]) -> list[Any]:
    """The records of a file, its blacklists' lines as one."""
    listed: list[Any] = []
    others: list[Any] = []
    for entry in records:
        is_line = isinstance(entry, wire.BlacklistedSubject | wire.BlacklistedService)
        (listed if is_line else others).append(entry)
    return [*([Blacklists(tuple(listed))] if listed else []), *others]


def take_in(entry: object, *, file: InboxFile, at: datetime) -> None:
    """Keep, or let take effect, one record that answers nothing of ours."""
    if isinstance(entry, Blacklists):
        blacklist.update(
            entries=[_listed(line, file.province) for line in entry.lines], actor=lanes.actor(file.province), at=at)
    elif isinstance(entry, wire.CodeTables):
        compare_codes(rows=((row.group, row.id, row.name, row.valid) for row in entry.rows), file=file, at=at)
    elif task := _task(entry):
        kind, numbers, ids = task
        keep_assignment(kind, entry, numbers=numbers, ids=ids, file=file, at=at)


def _task(entry: object) -> tuple[AssignmentKind, tuple[str, ...], tuple[str, ...]] | None:
    """What sort of task or notice a record is, with the numbers and the province's ids in it; None for other records."""
    match entry:
        case wire.UnfiledSite():
            return AssignmentKind.UNFILED, (), ()
        case wire.IllegalAccess():
            return AssignmentKind.ILLEGAL_ACCESS, (), ()
        case wire.VerificationTask():
            services = (service.province_service_id for service in entry.services)
            return AssignmentKind.VERIFY, (), (*services, entry.subject.province_id)
        case wire.Notice():
            return AssignmentKind.RECTIFY, (entry.number,), (entry.key,)
        case wire.SubjectCheck():
            return AssignmentKind.CHECK, (entry.number,), (entry.province_id,)
        case wire.AccessCheck() | wire.ShellCheck() | wire.LivenessCheck():
            return AssignmentKind.CHECK, (entry.number,), (entry.province_service_id,)
    return None


def _listed(entry: wire.BlacklistedSubject | wire.BlacklistedService, province: str) -> BlacklistEntry:
    """V3.0 gives no id to a line; without one, what it names is its key, as a digest."""
    certificate = entry.certificate if isinstance(entry, wire.BlacklistedSubject) else None
    number = certificate.number if certificate else ""
    key = entry.id or vault.digest(number or entry.name, purpose=ASSIGNMENT).hex()[:32]
    return BlacklistEntry(
        list="service" if isinstance(entry, wire.BlacklistedService) else "subject",
        operation=_OPERATIONS[entry.operation],  # type: ignore[arg-type]
        province=province, record_id=key, name=entry.name,
        certificate_type=certificate.type if certificate else None, certificate_number=number)
