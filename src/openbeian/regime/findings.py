"""What a check has to say: one finding per field and rule, in both languages, with the way out."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a finding does. The rule's severity decides; nobody argues with it afterwards."""

    BLOCKS = "blocks"  # the dossier cannot be submitted
    CONFIRM = "confirm"  # may be submitted; the reviewer has to look at it
    INFORMS = "informs"  # for the organizer to know


@dataclass(frozen=True)
class Finding:
    """One objection to one field of a dossier.

    ``rule`` is a stable id such as ``OB-IDN-001``; ``field`` a dotted path such as ``organizer.certificate.number``
    (list items by position: ``service.prior_approvals.0.picture``). No text repeats a value of the dossier.
    """

    rule: str
    severity: Severity
    field: str
    reason_zh: str
    reason_en: str
    remedy_zh: str
    remedy_en: str
    clause: str


def merge(shape: tuple[Finding, ...], ruled: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Findings of shape, then those of rules, without what rules say about what could not be read anyway, or within it."""
    if not shape:
        return ruled
    unread = {finding.field for finding in shape}
    return (*shape, *(finding for finding in ruled if unread.isdisjoint(_and_around(finding.field))))


def _and_around(path: str) -> Iterator[str]:
    """The path and those of the items and records around it, but for the parts of the dossier."""
    yield path
    while path.count(".") > 1:
        path = path.rpartition(".")[0]
        yield path
