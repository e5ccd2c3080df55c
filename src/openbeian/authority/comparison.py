"""What of a filing is compared between our register and a province: the fields in ``comparison.csv``, written alike."""

from collections.abc import Collection, Mapping
from typing import Any

from openbeian.regime.csv_files import csv_rows
from openbeian.regime.dossier import Dossier
from openbeian.v3.codec.records import FiledRecord, FiledService

#: Path in our dossier → path in a province's record of the subject and one of its services.
FIELDS = {row["ours"]: row["theirs"] for row in csv_rows(__file__, "comparison.csv")}


def comparable(dossier: Dossier) -> dict[str, str]:
    """The compared fields of a filed dossier; what is empty is left out."""
    return _filled({ours: _value(dossier, ours) for ours in FIELDS})


def on_file(filed: FiledRecord, service: FiledService) -> dict[str, str]:
    """The compared fields of a record as a province has it."""
    parts = {"subject": filed.subject, "service": service}
    content = {}
    for ours, theirs in FIELDS.items():
        part, _, path = theirs.partition(".")
        content[ours] = _value(parts[part], path)
    return _filled(content)


def differing(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """The fields that both sides have and that are not the same."""
    return sorted(path for path in ours.keys() & theirs.keys() if ours[path] != theirs[path])


def _value(record: Any, path: str) -> Any:
    """The value at a path; None below a record that is missing."""
    for name in path.split("."):
        record = getattr(record, name, None)
    return record


def _filled(content: Mapping[str, Any]) -> dict[str, str]:
    return {path: text for path, value in content.items() if (text := _text(value))}


def _text(value: Any) -> str:
    if isinstance(value, Collection) and not isinstance(value, str):
        return " ".join(sorted(map(_text, value)))
    return "" if value is None else " ".join(str(value).split()).upper()  # XML keeps no line ends as they were
