"""Which texts the administration's files can carry: those in GBK, the encoding of the interface V3.0, and in XML."""

import dataclasses
import re
from collections.abc import Iterator
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
    if text.isascii() and text.isprintable():
        return True
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return not _NOT_XML.search(text)


def uncarried_texts(record: Any, path: str = "") -> Iterator[tuple[str, tuple[int, ...]]]:
    """Path and positions of each text within a frozen dataclass that a file cannot carry."""
    if isinstance(record, str):
        if positions := uncarried(record):
            yield path, positions
    elif isinstance(record, tuple):
        for index, item in enumerate(record):
            yield from uncarried_texts(item, f"{path}.{index}")
    elif dataclasses.is_dataclass(record):
        for name, value in vars(record).items():
            yield from uncarried_texts(value, f"{path}.{name}" if path else name)
