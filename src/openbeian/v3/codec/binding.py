"""How a record's fields stand for XML elements: one declaration per field, for reading and for writing.

A record is a frozen dataclass whose fields are declared with :func:`text`, :func:`number`, :func:`record` and so on,
in the order in which V3.0 has the elements. The first tag of a field is written; all of them are read, because
administrations differ.

Reading takes what it knows and passes over the rest. It raises only where a record lacks what it exists for, or says
a thing twice: then nobody could tell which one counts.
"""

import base64
import binascii
import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from ipaddress import AddressValueError, IPv4Address
from itertools import groupby
from typing import Any, Literal, NamedTuple

from lxml import etree

from openbeian.regime.calendar import SHANGHAI
from openbeian.v3.wire import EXTENSION, EXTENSION_PREFIX

LONG_MAX = 2**63 - 1
IPV4_MAX = 2**32 - 1
_SPACE = " \t\r\n"
_DIGITS = re.compile("[0-9]{1,19}")
_DECLARED = "wire"
_NSMAP = {EXTENSION_PREFIX: EXTENSION}


class Unreadable(ValueError):
    """A file, or a record in it, that cannot be read. ``code`` is V3.0's; the text names elements, never values."""

    def __init__(self, reason: str, code: int = 5001) -> None:
        super().__init__(reason)
        self.code = code


class Malformed(ValueError):
    """A value that is not of its element's form; says what it is not."""


class Form(NamedTuple):
    """How a value is written as text, and read again. ``read`` raises :class:`Malformed`."""

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]


@dataclass(frozen=True)
class Element:
    """The element of a field.

    ``low`` and ``high`` bound the length of a text or the size of a number, ``most`` how many there may be. ``of`` is
    the record inside, ``each`` the tag of the items within a wrapper, ``repeated`` whether the element itself stands
    once for each item. ``inside`` is an element around this field and its neighbours that is no record of its own;
    some administrations leave it out. ``always``: written even when empty.
    """

    tags: tuple[str, ...]
    form: Form | None = None
    low: int = 0
    high: int = 0
    of: type | None = None
    each: str = ""
    repeated: bool = False
    required: bool = False
    always: bool = False
    most: int = 0
    inside: str = ""

    @property
    def tag(self) -> str:
        """The tag that is written; "" for the record's own text."""
        return self.tags[0] if self.tags else ""


def mp(name: str) -> str:
    """The tag of an element of our extension."""
    return f"{{{EXTENSION}}}{name}"


def _integer(value: str) -> int:
    if not _DIGITS.fullmatch(value):
        raise Malformed("is not a number")
    return int(value)


def _key(value: str) -> str:
    if not (value.isdecimal() and value.isascii() and len(value) <= 19 and 1 <= int(value) <= LONG_MAX):
        raise Malformed("is not an id")
    return value


def _flag(yes: str) -> Form:
    no = "0" if yes == "1" else "1"

    def read(value: str) -> bool:
        if value not in ("0", "1"):
            raise Malformed("is neither 0 nor 1")
        return value == yes

    return Form("flag", read, lambda value: yes if value else no)


def _instant(value: str) -> datetime:
    """As provinces write it, ``2023-09-28 10:00:00`` or the day alone, in Chinese time."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Malformed("is not an instant") from None
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise Malformed("is not a day") from None


def _ipv4(value: str) -> str:
    """V3.0 writes an address as one number; the dotted form is understood too."""
    try:
        return str(IPv4Address(int(value) if _DIGITS.fullmatch(value) else value))
    except AddressValueError:
        raise Malformed("is not an IPv4 address") from None


def _picture(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        pass
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("is not base64") from None


TEXT = Form("text", str, str)
NUMBER = Form("number", _integer, str)
KEY = Form("key", _key, str)
INSTANT = Form("instant", _instant, lambda at: f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}")
ISO_INSTANT = Form("iso instant", _instant, lambda at: at.astimezone(SHANGHAI).isoformat())
DAY = Form("day", _day, lambda day: day.isoformat())
IPV4 = Form("ipv4", _ipv4, lambda address: str(int(IPv4Address(address))))
PICTURE = Form("picture", _picture, lambda content: base64.b64encode(content).decode("ascii"))


def _field(element: Element, default: Any, *, personal: bool = False) -> Any:
    return dataclasses.field(default=default, repr=not personal, metadata={_DECLARED: element})


def text(
    *tags: str, high: int, low: int = 1, personal: bool = False, required: bool = False, always: bool = False,
    inside: str = "",
) -> Any:
    """A text of ``low`` to ``high`` characters; "" where there is none. White space around it does not count."""
    element = Element(tags, TEXT, low, high, required=required, always=always, inside=inside)
    return _field(element, "", personal=personal)


def texts(tag: str, *, each: str, high: int, low: int = 1, inside: str = "") -> Any:
    """Texts, each in an element ``each`` within an element ``tag`` of its own."""
    return _field(Element((tag,), TEXT, low, high, each=each, repeated=True, inside=inside), ())


def choice(*tags: str, of: tuple[str, ...], required: bool = False) -> Any:
    """One of the words ``of``."""

    def read(value: str) -> str:
        if value not in of:
            raise Malformed("is none of " + ", ".join(of))
        return value

    return _field(Element(tags, Form("choice", read, str), required=required), "")


def key(*tags: str, required: bool = False) -> Any:
    """An id (``xs:long`` from 1) as the text of its digits; "" where there is none."""
    return _field(Element(tags, KEY, 1, LONG_MAX, required=required), "")


def region(*tags: str, required: bool = False) -> Any:
    """A GB/T 2260 code of six digits."""
    return _field(Element(tags, KEY, 100_000, 999_999, required=required), "")


def number(*tags: str, low: int = 1, high: int, required: bool = False, inside: str = "") -> Any:
    """A whole number; None where there is none."""
    return _field(Element(tags, NUMBER, low, high, required=required, inside=inside), None)


def flag(*tags: str, yes: Literal["0", "1"] = "1", required: bool = False) -> Any:
    """Yes or no, written 0 or 1; ``yes`` is the digit that means True."""
    return _field(Element(tags, _flag(yes), required=required), None)


def instant(*tags: str, required: bool = False) -> Any:
    """An instant to the second in Chinese time; None where there is none or it is unclear."""
    return _field(Element(tags, INSTANT, required=required), None)


def iso_instant(*tags: str, required: bool = False) -> Any:
    """An instant in ISO 8601 with its zone (extension)."""
    return _field(Element(tags, ISO_INSTANT, required=required), None)


def day(*tags: str, required: bool = False) -> Any:
    """A day, ten characters."""
    return _field(Element(tags, DAY, required=required), None)


def ipv4(*tags: str, required: bool = False) -> Any:
    """An IPv4 address, dotted; on the wire one unsigned number of 32 bits."""
    return _field(Element(tags, IPV4, 1, IPV4_MAX, required=required), "")


def picture(*tags: str, required: bool = False) -> Any:
    """A picture; base64 on the wire."""
    return _field(Element(tags, PICTURE, required=required), b"", personal=True)


def pictures(tag: str, *, most: int) -> Any:
    """Pictures, an element each."""
    return _field(Element((tag,), PICTURE, repeated=True, most=most), (), personal=True)


def numbers(tag: str, *, each: str, low: int = 1, high: int, most: int, always: bool = False) -> Any:
    """Whole numbers, elements ``each`` within one element ``tag``."""
    return _field(Element((tag,), NUMBER, low, high, each=each, most=most, always=always), ())


def record(*tags: str, of: type, required: bool = False, inside: str = "") -> Any:
    """A record of its own; None where there is none."""
    return _field(Element(tags, of=of, required=required, inside=inside), None)


def records(
    *tags: str, of: type, each: str = "", repeated: bool = True, most: int = 0, required: bool = False
) -> Any:
    """Records: an element each, or (``repeated=False``) elements ``each`` within one element."""
    return _field(Element(tags, of=of, each=each, repeated=repeated, most=most, required=required), ())


def content(form: Form = KEY) -> Any:
    """The text of the record's own element."""
    return _field(Element((), form, 1, LONG_MAX), "")


def elements(of: type) -> Iterator[tuple[str, Element]]:
    """The fields of a record and their elements, in the order they are written."""
    for field in dataclasses.fields(of):
        if (element := field.metadata.get(_DECLARED)) is not None:
            yield field.name, element


# Reading

_Convert = Callable[[etree._Element], Any]
_ABSENT = object()


class _Reads(NamedTuple):
    """What one child element gives: the field, how it is converted, and whether it is one of several."""

    name: str
    convert: _Convert
    repeated: bool


@dataclass(frozen=True)
class _Plan:
    """How the elements of one record class are read. ``groups`` are the elements around several fields, ``own`` reads
    the text of the record's own element, ``required`` maps fields to the tags that an error names.
    """

    known: Mapping[str, _Reads]
    groups: frozenset[str]
    own: _Reads | None
    required: Mapping[str, str]
    lists: tuple[str, ...]


@cache
def reader(of: type) -> Callable[[etree._Element], Any]:
    """What reads an element as a record of this class. Raises :class:`Unreadable`."""
    plan = _plan(of)

    def read(node: etree._Element) -> Any:
        found: dict[str, Any] = {}
        _collect(plan, node, found)
        if plan.own is not None and (value := plan.own.convert(node)) is not _ABSENT:
            found[plan.own.name] = value
        for name, tag in plan.required.items():
            if name not in found:
                raise Unreadable(f"{tag} is missing")
        for name in plan.lists:
            if name in found:
                found[name] = tuple(found[name])
        return of(**found)

    return read


def _plan(of: type) -> _Plan:
    declared = list(elements(of))
    inner = [(name, element) for name, element in declared if element.tags]
    own = [_Reads(name, _scalar("", _form(element)), False) for name, element in declared if not element.tags]
    return _Plan(
        known={tag: reads for name, element in inner for tag, reads in _reads(name, element)},
        groups=frozenset(element.inside for _, element in inner if element.inside),
        own=own[0] if own else None,
        required={name: _local(element.tag) for name, element in inner if element.required},
        lists=tuple(name for name, element in inner if element.repeated),
    )


def _reads(name: str, element: Element) -> Iterator[tuple[str, _Reads]]:
    for tag in element.tags:
        yield tag, _Reads(name, _convert(tag, element), element.repeated)
    if element.repeated and element.each and element.form is not None:
        yield element.each, _Reads(name, _text, True)  # without the element around it


def _collect(plan: _Plan, node: etree._Element, found: dict[str, Any]) -> None:
    """Add the values of the child elements to ``found``; elements of several values as lists."""
    known = plan.known
    for child in node:
        entry = known.get(child.tag)
        if entry is None:
            if child.tag in plan.groups:
                _collect(plan, child, found)
            continue
        name, convert, repeated = entry
        value = convert(child)
        if repeated:
            if value is not _ABSENT:
                found.setdefault(name, []).append(value)
        elif name in found:
            raise Unreadable(f"{_local(child.tag)} stands twice")
        elif value is not _ABSENT:
            found[name] = value


def _convert(tag: str, element: Element) -> _Convert:
    """What reads one element of a field."""
    if element.of is not None:
        return _record_in(element, reader(element.of))
    form = _form(element)
    if element.each and element.repeated:
        return _first_text(element.each)
    if element.each:
        return _items(element.each, _scalar(element.each, form, required=True))
    if form is TEXT:
        return _text
    return _scalar(_local(tag), form, required=element.required or form is PICTURE)


def _record_in(element: Element, read: _Convert) -> _Convert:
    if element.each and element.repeated:
        return _one_in_wrapper(element.each, read)
    return _items(element.each, read) if element.each else read


def _one_in_wrapper(each: str, read: _Convert) -> _Convert:
    def one(node: etree._Element) -> Any:
        inner = node.find(each)
        if inner is None:
            raise Unreadable(f"{_local(each)} is missing")
        return read(inner)

    return one


def _items(each: str, read: _Convert) -> _Convert:
    return lambda node: tuple([read(child) for child in node.iterchildren(each)]) or _ABSENT


def _first_text(each: str) -> _Convert:
    return lambda node: next((_text(child) for child in node.iterchildren(each)), _ABSENT)


def _text(node: etree._Element) -> Any:
    return (node.text or "").strip(_SPACE) or _ABSENT


def _scalar(local: str, form: Form, *, required: bool = False) -> _Convert:
    """What reads the text of an element ``local``. A malformed value counts as absent unless it is ``required``."""
    read = form.read

    def scalar(node: etree._Element) -> Any:
        value = (node.text or "").strip(_SPACE)
        if not value:
            return _ABSENT
        try:
            return read(value)
        except Malformed as error:
            if required:
                raise Unreadable(f"{local} {error}") from None
            return _ABSENT

    return scalar


def _form(element: Element) -> Form:
    assert element.form is not None
    return element.form


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2][:40]


# Writing

_Put = Callable[[etree._Element, Any], None]
"""Adds the element of one value below a node."""
_Step = Callable[[Mapping[str, Any], etree._Element], None]
"""Adds what one field of a record gives."""


@cache
def writer(of: type) -> Callable[[Any, etree._Element], None]:
    """What writes a record of this class into an element."""
    steps: list[_Step] = []
    for inside, fields in groupby(elements(of), key=lambda field: field[1].inside):
        some = [_step(name, element) for name, element in fields]
        steps += [_around(inside, some)] if inside else some

    def write(record: Any, node: etree._Element) -> None:
        values = record.__dict__
        for step in steps:
            step(values, node)

    return write


def _around(tag: str, steps: list[_Step]) -> _Step:
    def around(values: Mapping[str, Any], node: etree._Element) -> None:
        wrapper = etree.SubElement(node, tag)
        for step in steps:
            step(values, wrapper)
        if not len(wrapper):
            node.remove(wrapper)

    return around


def _step(name: str, element: Element) -> _Step:
    if not element.tag:
        return _own_text(name, _form(element))
    put = _put(element.each or element.tag, element)
    if element.repeated:
        return _each_in_wrapper(name, element.tag, put) if element.each else _each(name, put)
    if element.each:
        return _all_in_wrapper(name, element, put)
    if element.always:
        return _always(name, element.tag, _form(element))
    return _unless_absent(name, b"" if element.form is PICTURE else "", put)


def _put(tag: str, element: Element) -> _Put:
    if element.of is not None:
        return _put_record(tag, writer(element.of))
    return _put_text(tag, _form(element).write)


def _put_record(tag: str, write: Callable[[Any, etree._Element], None]) -> _Put:
    ours = tag.startswith("{")
    attributes, nsmap = ({"version": "1"}, _NSMAP) if ours else (None, None)
    return lambda node, record: write(record, etree.SubElement(node, tag, attributes, nsmap))


def _put_text(tag: str, show: Callable[[Any], str]) -> _Put:
    sub, nsmap = etree.SubElement, _NSMAP if tag.startswith("{") else None

    def put(node: etree._Element, value: Any) -> None:
        sub(node, tag, None, nsmap).text = show(value)

    return put


def _own_text(name: str, form: Form) -> _Step:
    def own(values: Mapping[str, Any], node: etree._Element) -> None:
        if values[name]:
            node.text = form.write(values[name])

    return own


def _always(name: str, tag: str, form: Form) -> _Step:
    def always(values: Mapping[str, Any], node: etree._Element) -> None:
        etree.SubElement(node, tag).text = form.write(values[name]) or None

    return always


def _unless_absent(name: str, empty: str | bytes, put: _Put) -> _Step:
    def single(values: Mapping[str, Any], node: etree._Element) -> None:
        value = values[name]
        if value is not None and value != empty:
            put(node, value)

    return single


def _each(name: str, put: _Put) -> _Step:
    def each(values: Mapping[str, Any], node: etree._Element) -> None:
        for item in values[name]:
            put(node, item)

    return each


def _each_in_wrapper(name: str, tag: str, put: _Put) -> _Step:
    def each(values: Mapping[str, Any], node: etree._Element) -> None:
        for item in values[name]:
            put(etree.SubElement(node, tag), item)

    return each


def _all_in_wrapper(name: str, element: Element, put: _Put) -> _Step:
    def wrapped(values: Mapping[str, Any], node: etree._Element) -> None:
        if (items := values[name]) or element.always:
            wrapper = etree.SubElement(node, element.tag)
            for item in items:
                put(wrapper, item)

    return wrapped
