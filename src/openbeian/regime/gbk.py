"""Which texts the administration's files can carry: those in GBK, the encoding of the interface V3.0, and in XML."""

import dataclasses
import re
from collections.abc import Iterator
from types import NoneType
from typing import Any

ENCODING = "GBK"
#: Not allowed in XML 1.0, in whatever encoding.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def uncarried(text: str) -> tuple[int, ...]:
    """The positions, counted from 1, of the characters in ``text`` that a file cannot carry.

    >>> uncarried("示例𠮷店")
    (3,)
    """
    if _carried(text):
        return ()
    return tuple(position for position, sign in enumerate(text, 1) if not _carried(sign))


def _carried(text: str) -> bool:
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return text.isprintable() or not _NOT_XML.search(text)


def uncarried_texts(record: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Path and positions of each text within a frozen dataclass that a file cannot carry."""
    if not _carried(_whole_text(record)):
        yield from _uncarried_within(record, "")


_EMPTY_OF_TEXT = {int, NoneType}


def _whole_text(record: Any) -> str:
    """All texts of a record in one: characters are encoded each by itself, so none is to blame where all pass."""
    parts, texts = [record], []
    for part in parts:  # grows on the way
        kind = type(part)
        if kind is str:
            texts.append(part)
        elif kind is tuple:
            parts += part
        elif kind not in _EMPTY_OF_TEXT:
            parts += vars(part).values()
    return "".join(texts)


def _uncarried_within(value: Any, path: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    if isinstance(value, str):
        if positions := uncarried(value):
            yield path, positions
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _uncarried_within(item, f"{path}.{index}")
    elif dataclasses.is_dataclass(value):
        for name, part in vars(value).items():
            yield from _uncarried_within(part, f"{path}.{name}" if path else name)
