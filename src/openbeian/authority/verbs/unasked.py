"""What the administration sends unasked: blacklists, tasks and notices, code tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openbeian import vault
from openbeian.authority.lines import lines_of
from openbeian.authority.models import ASSIGNMENT, AssignmentKind, InboxFile
from openbeian.authority.verbs.assignments import keep_assignment
from openbeian.authority.verbs.codes import compare_codes
from openbeian.authority.verbs.lanes import actor
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


def take_in(entry: object, *, file: InboxFile, at: datetime) -> bool:
    """Keep, or let take effect, one record that answers nothing of ours. False for any other record."""
    match entry:
        case Blacklists():
            blacklist.update(
                entries=[_listed(line, file.province) for line in entry.lines], actor=actor(file.province), at=at)
        case wire.CodeTables():
            compare_codes(rows=((row.group, row.id, row.name, row.valid) for row in entry.rows), file=file, at=at)
        case wire.UnfiledSite():
            _keep(AssignmentKind.UNFILED, entry, file, at)
        case wire.IllegalAccess():
            _keep(AssignmentKind.ILLEGAL_ACCESS, entry, file, at)
        case wire.VerificationTask():
            _keep(AssignmentKind.VERIFY, entry, file, at,
                  ids=(*(service.province_service_id for service in entry.services), entry.subject.province_id))
        case wire.Notice():
            _keep(AssignmentKind.RECTIFY, entry, file, at, numbers=(entry.number,), ids=(entry.key,))
        case wire.SubjectCheck():
            _keep(AssignmentKind.CHECK, entry, file, at, numbers=(entry.number,), ids=(entry.province_id,))
        case wire.AccessCheck() | wire.ShellCheck() | wire.LivenessCheck():
            _keep(AssignmentKind.CHECK, entry, file, at, numbers=(entry.number,), ids=(entry.province_service_id,))
        case _:
            return False
    return True


def _listed(entry: wire.BlacklistedSubject | wire.BlacklistedService, province: str) -> BlacklistEntry:
    """V3.0 gives no id to a line; without one, what it names is its key, as a digest."""
    certificate = entry.certificate if isinstance(entry, wire.BlacklistedSubject) else None
    number = certificate.number if certificate else ""
    key = entry.id or vault.digest(number or entry.name, purpose=ASSIGNMENT).hex()[:32]
    domain = ""
    if isinstance(entry, wire.BlacklistedService):
        domain = next(iter(entry.domains), "")
    return BlacklistEntry(
        list="service" if isinstance(entry, wire.BlacklistedService) else "subject",
        operation=_OPERATIONS[entry.operation],  # type: ignore[arg-type]
        province=province, record_id=key, name=entry.name, domain=domain,
        certificate_type=certificate.type if certificate else None, certificate_number=number)


def key_of_task(entry: object) -> str:
    """A task's key: the digest of what it says, for not all have an id, and ids may be used again."""
    return vault.digest("\n".join(f"{line.path}={line.text}" for line in lines_of(entry)), purpose=ASSIGNMENT).hex()


def _keep(
    kind: AssignmentKind, entry: object, file: InboxFile, at: datetime, *, numbers: tuple[str, ...] = (),
    ids: tuple[str, ...] = (),
) -> None:
    keep_assignment(kind=kind, key=key_of_task(entry), entry=entry, numbers=numbers, ids=ids, file=file, at=at)
