"""A record of the administration as lines that a person can read, each marked where it may be personal.

A record says itself what is personal: its class leaves those fields out of its ``repr``.
"""

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from openbeian.regime.calendar import SHANGHAI

#: Longest text kept of one value.
TEXT_MAX = 1000


class Line(NamedTuple):
    """One value of a record: where it stands, what it is, and whether it may be personal data."""

    path: str
    text: str
    personal: bool


def lines_of(record: Any) -> list[Line]:
    """The lines of a record (a dataclass), in its order; empty values are left out, pictures are only counted."""
    return list(_lines(record, "", False))


def _lines(value: Any, path: str, personal: bool) -> Iterator[Line]:
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            name = f"{path}.{field.name}" if path else field.name
            yield from _lines(getattr(value, field.name), name, personal or not field.repr)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _lines(part, path, personal)
    elif isinstance(value, bytes):
        yield Line(path, f"{len(value)} B", personal)
    elif isinstance(value, datetime):
        yield Line(path, f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}", personal)
    elif value is not None and value != "":
        yield Line(path, str(value)[:TEXT_MAX], personal)
