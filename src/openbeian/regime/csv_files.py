"""Tables that are kept as CSV files beside the code that uses them. Lines that begin with # are comments."""

import csv
from pathlib import Path


class TableError(Exception):
    """A table is malformed; the message names file and row."""


def csv_rows(module: str, name: str) -> list[dict[str, str]]:
    """The rows, as text, of the file ``name`` in the folder of a module, given by its ``__file__``.

    Raises :class:`TableError` for a row of the wrong width.
    """
    with (Path(module).parent / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    for row in rows:
        if None in row or None in row.values():
            raise TableError(f"{name}: row {row} has the wrong number of columns")
    return rows


def read_labels(module: str, name: str = "labels.csv") -> dict[str, dict[str, tuple[str, str]]]:
    """The labels in a file with the columns list, code, zh and en: by list and code, in Chinese and in English."""
    labels: dict[str, dict[str, tuple[str, str]]] = {}
    for row in csv_rows(module, name):
        labels.setdefault(row["list"], {})[row["code"]] = row["zh"], row["en"]
    return labels
