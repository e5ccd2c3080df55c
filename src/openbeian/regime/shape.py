"""How the records of a dossier are declared, and how they are read from JSON that may be anything at all.

A record is a frozen dataclass whose fields are declared with :func:`text`, :func:`number`, :func:`record` and so on.
The declaration holds the display name in both languages and how a text is spelled, so there is one list of fields: the
dataclasses.

Reading never raises. It gives each text its one canonical form (:mod:`openbeian.regime.spelling`); what does not fit is
left out and reported as a finding. A missing text is ``""``, a missing number None, a missing list ``()``.
:func:`content` is the way back.
"""

import dataclasses
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openbeian.regime import clauses
from openbeian.regime.findings import Finding, Severity
from openbeian.regime.numbers import whole_number
from openbeian.regime.widths import INVISIBLE

_DECLARED = "openbeian"
_NUMBER_MAX = 9_999
#: No number of a certificate, phone or district is as long.
_NUMBER_AS_TEXT_BELOW = 10**30
#: Keeps the place of a list's code that could not be read; no table has it.
UNREAD = -1
#: A text may be so many times as long as its field before it is spelled: spaces and country codes are dropped.
_SPARE = 4
#: More findings of shape than this help nobody.
FINDINGS_MAX = 100
#: Where a value stands in the dossier; made into a dotted path only where there is something to tell.
Path = tuple[str | int, ...]
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
#: Control characters, halves of surrogate pairs, non-characters, and signs that hide or reorder text.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


def printable(text: str) -> str:
    """``text`` without space around it and without the characters that no text of a dossier may hold."""
    return (text if text.isprintable() else _UNPRINTABLE.sub("", text)).strip()


@dataclass(frozen=True)
class Declared:
    """What is known of one field: how it is read, what it is called, how much it may hold."""

    read: "Callable[[Declared, Any, Path, str | int, Notes], Any]"
    zh: str
    en: str
    limit: int = 0
    of: type | None = None
    spelling: Callable[[str], str] | None = None
    by: str = ""  # the field beside it, declared before it, that its second spelling depends on
    respelling: Callable[[Any, str], str] | None = None
    empty: bool = False  # an optional record without content is not the same as none
    item: bool = False  # a list, whose items stand at numbered paths
    lines: bool = False  # line breaks allowed
    unordered: bool = False  # a list of codes in no order of their own: the canonical one ascends
    alone: bool = False  # its name stands by itself, without the name of the record around it


class Notes:
    """The findings of one reading."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def add(self, rule: str, path: Path) -> None:
        """Note that the value at ``path`` broke the shape rule ``rule``."""
        if len(self.findings) < FINDINGS_MAX:
            reason_zh, reason_en, remedy_zh, remedy_en = SHAPE_RULES[rule]
            self.findings.append(Finding(
                rule, Severity.BLOCKS, ".".join(map(str, path)), reason_zh, reason_en, remedy_zh, remedy_en,
                clauses.DOSSIER_FORMAT))


WRONG_TYPE, UNKNOWN, TOO_LARGE, UNPRINTABLE = "OB-SHP-001", "OB-SHP-002", "OB-SHP-003", "OB-SHP-004"
SHAPE_RULES: dict[str, tuple[str, str, str, str]] = {
    WRONG_TYPE: ("数据类型不正确。", "The value is of the wrong type.",
                 "请按字段说明填写文本、整数、列表或对象。",
                 "Send text, a whole number, a list or an object, as the field's description says."),
    UNKNOWN: ("备案资料中没有这个字段。", "The dossier has no such field.",
              "请删除该字段，或更正字段名。", "Remove the field, or correct its name."),
    TOO_LARGE: ("内容超出长度或数值上限。", "The value is longer or larger than the field can hold.",
                "请缩短内容或更正数值。", "Shorten the text or list, or correct the number."),
    UNPRINTABLE: ("含有控制字符或不可见字符。", "The text holds control or invisible characters.",
                  "请删除不可见字符，重新手工输入。", "Remove the invisible characters; type the text by hand."),
}


@functools.cache
def declared(owner: type) -> Mapping[str, Declared]:
    """The fields of a record class by name, in order."""
    return {field.name: field.metadata[_DECLARED] for field in dataclasses.fields(owner)}


@functools.cache
def _steps(owner: type) -> tuple[tuple[tuple[str, Any, Declared], ...], tuple[tuple[str, Declared], ...]]:
    """Each field's name, reader and declaration; and those whose spelling depends on a field beside them."""
    fields = declared(owner).items()
    return tuple((name, field.read, field) for name, field in fields), tuple(pair for pair in fields if pair[1].by)


def read_record(owner: type, value: Any, path: Path, notes: Notes) -> Any:
    """An ``owner`` with whatever of ``value`` fits; the rest goes to ``notes``."""
    if value is None:
        return owner()
    if not isinstance(value, dict):
        notes.add(WRONG_TYPE, path)
        return owner()
    fields = declared(owner)
    if not value.keys() <= fields.keys():
        for key in value:
            if key not in fields:
                # A key may hold anything, so it is only repeated when it looks like a field's name.
                looks_like_a_name = isinstance(key, str) and _KEY.fullmatch(key)
                notes.add(UNKNOWN, (*path, key) if looks_like_a_name else path)
    steps, respelled = _steps(owner)
    found = {}
    for name, read, field in steps:
        if name in value and (part := value[name]) is not None:
            found[name] = read(field, part, path, name, notes)
    for name, field in respelled:
        if found.get(name) and found.get(field.by) is not None and field.respelling is not None:
            found[name] = field.respelling(found[field.by], found[name])
    return owner(**found)


# Readers: of what is declared, the value, the path of the record or list around it, and its name or position there.


def _read_text(field: Declared, value: Any, path: Path, name: str | int, notes: Notes) -> str:
    if not isinstance(value, str):
        number = whole_number(value)  # some clients send codes and numbers as numbers
        if number is None or abs(number) >= _NUMBER_AS_TEXT_BELOW:
            notes.add(WRONG_TYPE, (*path, name))
            return ""
        value = str(number)
    if len(value) > field.limit * _SPARE:
        notes.add(TOO_LARGE, (*path, name))
        return ""
    text = value.strip()
    if not text.isprintable():  # perhaps for no more than line breaks, or spaces of another width
        text = text.replace("\r\n", "\n")
        if field.spelling is not None:
            text = text.translate(INVISIBLE)  # as its spelling does
        if _UNPRINTABLE.search(text.replace("\n", "") if field.lines else text):
            notes.add(UNPRINTABLE, (*path, name))
            return ""
    if field.spelling is not None:
        text = field.spelling(text)
    if len(text) > field.limit:
        notes.add(TOO_LARGE, (*path, name))
        return ""
    return text


def _read_media(_: Declared, value: Any, path: Path, name: str | int, notes: Notes) -> str:
    return _read_text(_MEDIA, value, path, name, notes)


def _read_number(field: Declared, value: Any, path: Path, name: str | int, notes: Notes) -> int | None:
    if value == "":
        return None
    number = whole_number(value)
    if number is not None and 0 <= number <= _NUMBER_MAX:
        return number
    notes.add(WRONG_TYPE if number is None else TOO_LARGE, (*path, name))
    return None


def _read_code(field: Declared, value: Any, path: Path, name: str | int, notes: Notes) -> int:
    number = _read_number(field, None if value == "" else value, path, name, notes)
    return UNREAD if number is None else number


def _read_record(field: Declared, value: Any, path: Path, name: str | int, notes: Notes) -> Any:
    assert field.of is not None
    return read_record(field.of, value, (*path, name), notes)


def _read_optional(field: Declared, value: Any, path: Path, name: str | int, notes: Notes) -> Any:
    found = _read_record(field, value, path, name, notes)
    return None if found == type(found)() and not field.empty else found


def _read_list(field: Declared, value: Any, path: Path, name: str | int, notes: Notes) -> tuple[Any, ...]:
    here = (*path, name)
    if field.of is str and isinstance(value, str):
        value = [value] if value else []  # some clients send one picture bare
    if not isinstance(value, (list, tuple)):
        notes.add(WRONG_TYPE, here)
        return ()
    if len(value) > field.limit:
        notes.add(TOO_LARGE, here)
    read = _READ_ITEM.get(field.of, _read_record)
    found = [read(field, item, here, i, notes) for i, item in enumerate(value[: field.limit])]
    return tuple(_ascending(found) if field.unordered else found)


def _ascending(codes: list[int]) -> list[int]:
    """The codes in order; what could not be read keeps its place, which a finding names."""
    known = iter(sorted(code for code in codes if code >= 0))
    return [code if code < 0 else next(known) for code in codes]


_READ_ITEM: dict[type | None, Callable[..., Any]] = {int: _read_code, str: _read_media}
MEDIA_ID_MAX = 128
_MEDIA = Declared(_read_text, "", "", MEDIA_ID_MAX)


def _field(default: Any, what: Declared) -> Any:
    factory = {"default_factory": default} if isinstance(default, type) else {"default": default}
    return dataclasses.field(**factory, metadata={_DECLARED: what})


def text(
    zh: str, en: str, limit: int, *, lines: bool = False, spelling: Callable[..., str] | None = None, by: str = ""
) -> Any:
    """A text of at most ``limit`` characters as ``spelling`` gives it. Space around it is dropped.

    ``by`` names a field declared before it, whose value ``spelling`` takes first: None while there is none.
    """
    if spelling is not None and by:
        neutral = functools.partial(spelling, None)
        return _field("", Declared(_read_text, zh, en, limit, spelling=neutral, by=by, respelling=spelling, lines=lines))
    return _field("", Declared(_read_text, zh, en, limit, spelling=spelling, lines=lines))


def media(zh: str, en: str) -> Any:
    """A picture or video: the digest of its content, or the handle of its upload."""
    return _field("", Declared(_read_text, zh, en, MEDIA_ID_MAX))


def number(zh: str, en: str) -> Any:
    """A code of some table: a whole number, or a text that means one; an empty text is none."""
    return _field(None, Declared(_read_number, zh, en))


def record(of: type, zh: str, en: str, *, alone: bool = False) -> Any:
    """A record within the record; when absent, one without content."""
    return _field(of, Declared(_read_record, zh, en, of=of, alone=alone))


def optional_record(of: type, zh: str, en: str, *, empty: bool = False) -> Any:
    """A record within the record; when absent, None, and so where it has no content, unless ``empty`` says something.

    Its name is used by itself.
    """
    return _field(None, Declared(_read_optional, zh, en, of=of, alone=True, empty=empty))


def items(of: type, zh: str, en: str, limit: int, *, unordered: bool = False) -> Any:
    """A list of at most ``limit`` records, numbers (``int``) or media (``str``); numbers may be ``unordered``, a set."""
    return _field((), Declared(_read_list, zh, en, limit, of=of, item=True, unordered=unordered))


def content(record: Any) -> dict[str, Any]:
    """A record as the JSON object it is read from, without what is empty. Items of lists keep their positions."""
    found: dict[str, Any] = {}
    owner: Any = type(record)
    for name, field in declared(owner).items():
        value: Any = getattr(record, name)
        if field.item:
            value = [item if field.of in _READ_ITEM else content(item) for item in value]
        elif field.of is not None and value is not None:
            value = content(value)
        if value or value == 0 or (value is not None and field.empty):
            found[name] = value
    return found
