"""The one list of the dossier's fields, with what they are called on screens and in answers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from openbeian.regime.dossier import Dossier
from openbeian.regime.shape import Declared, declared

_POSITION = re.compile("[0-9]{1,4}")


@dataclass(frozen=True)
class Field:
    """A field by its dotted path (items of lists without their position), and its display names."""

    path: str
    zh: str
    en: str
    leaf: bool


def _walk(owner: type, path: str, zh: str, en: str) -> Iterator[Field]:
    for name, field in declared(owner).items():
        full = f"{path}.{name}" if path else name
        full_zh, full_en = (field.zh, field.en) if field.alone else (zh + field.zh, _possessive(en, field.en))
        yield Field(full, full_zh, full_en[:1].upper() + full_en[1:], _is_leaf(field))
        if field.of not in (None, int, str):
            yield from _walk(field.of, full, full_zh, full_en)


def _is_leaf(field: Declared) -> bool:
    return field.of in (None, int, str) or field.item


def _possessive(owner: str, name: str) -> str:
    """``organizer`` + ``certificate`` + ``number`` → ``organizer's certificate number``."""
    if not owner:
        return name
    person = owner.endswith(("organizer", "principal", "representative"))
    return f"{owner}'s {name}" if person else f"{owner} {name}"


_NAMED = {field.path: field for field in _walk(Dossier, "", "", "")}

#: Every field a finding may be about, by path, in the order of the dossier. Groups of fields are left out.
FIELDS: Mapping[str, Field] = MappingProxyType({p: f for p, f in _NAMED.items() if f.leaf})


def label(path: str) -> tuple[str, str]:
    """What the field at ``path`` is called, (zh, en). Positions are told; an unknown field is called by its group.

    >>> label("service.prior_approvals.0.number")
    ('前置审批批准文号（第1项）', 'Prior approval number (item 1)')
    """
    parts = path.split(".")
    positions = [int(part) + 1 for part in parts if _POSITION.fullmatch(part)]
    names = [part for part in parts if not _POSITION.fullmatch(part)]
    while names and ".".join(names) not in _NAMED:
        names.pop()
    field = _NAMED.get(".".join(names)) if names else None
    zh, en = (field.zh, field.en) if field and field.zh else ("备案资料", "The dossier")
    if positions:
        return f"{zh}（第{positions[0]}项）", f"{en} (item {positions[0]})"
    return zh, en
