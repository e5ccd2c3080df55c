"""The one comparison of two dossiers: what "unchanged", "nothing to change" and a reviewer's list of differences mean."""

import dataclasses
from collections.abc import Iterator
from itertools import zip_longest
from operator import attrgetter
from typing import Any

from openbeian.regime.dossier import Dossier
from openbeian.regime.spelling import name_form

#: A face check proves who files; a new one changes nothing that is filed.
FACE_CHECK = "service.principal.face_check"
#: Names that a dossier has in its account's spelling, which may change while the name stays.
_NAMES = {path: attrgetter(path) for path in ("organizer.name", "service.name")}


def differences(before: Dossier, after: Dossier) -> tuple[str, ...]:
    """The dotted paths of the fields that differ, in the order of the dossier; never that of the face check.

    Items of a list of records are compared by position, a list of codes or of media as a whole. One name of the
    organizer or the mini program in two spellings does not differ; other letters, or large for small ones, do.
    """
    return tuple(
        path for path in _differing(before, after, "") if path != FACE_CHECK and not _one_name(before, after, path))


def _one_name(before: Dossier, after: Dossier, path: str) -> bool:
    name = _NAMES.get(path)
    return name is not None and name_form(name(before)) == name_form(name(after))


def _differing(before: Any, after: Any, path: str) -> Iterator[str]:
    if before == after:
        return
    sample = after if before is None else before
    if dataclasses.is_dataclass(sample):
        yield from _differing_records(before, after, path)
    elif isinstance(sample, tuple) and dataclasses.is_dataclass((*sample, *(after or ()))[0]):
        for i, (old, new) in enumerate(zip_longest(before, after)):
            yield from _differing(old, new, f"{path}.{i}")
    else:
        yield path


def _differing_records(before: Any, after: Any, path: str) -> Iterator[str]:
    """Where one of the records is missing, what the other holds; the record itself if that is nothing."""
    if before is None or after is None:
        nothing = type(after or before)()
        if nothing in (before, after):
            yield path
            return
        before, after = before or nothing, after or nothing
    for name, old in vars(before).items():
        yield from _differing(old, getattr(after, name), f"{path}.{name}" if path else name)
