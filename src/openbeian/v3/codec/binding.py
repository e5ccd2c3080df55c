"""Which XML element each field of a record is: one declaration per field, for reading and for writing.

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
from functools import cache, partial
from ipaddress import AddressValueError, IPv4Address
from itertools import groupby
from typing import Any, NamedTuple

from lxml import etree

from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.numbers import is_digits
from openbeian.v3.wire import EXTENSION, EXTENSION_PREFIX

LONG_MAX = 2**63 - 1
_SPACE = " \t\r\n"
_DIGITS = re.compile("[0-9]{1,19}")
_DECLARED = "wire"


class Unreadable(ValueError):
    """A file, or a record in it, that cannot be read. ``code`` is V3.0's; the text names elements, never values."""

    def __init__(self, reason: str, code: int = 5001) -> None:
        super().__init__(reason)
        self.code = code


class Malformed(ValueError):
    """A value that is not of its element's form; says what it is not."""


class Form(NamedTuple):
    """How a value is written as text, and read again. ``read`` raises :class:`Malformed`; ``empty``: no value."""

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    empty: str | bytes | None = None


@dataclass(frozen=True)
class Element:
    """The element of a field; no tags: the record's own text. The schemas limit how long or large a value is.

    ``of`` is the record inside, ``each`` the tag of the items within a wrapper, ``repeated`` whether the element
    itself comes once for each item. ``inside`` is an element around this field and its neighbours that is no
    record of its own; some administrations leave it out. ``always``: written even when empty.
    """

    tags: tuple[str, ...]
    form: Form | None
    of: type | None
    each: str
    repeated: bool
    required: bool
    always: bool
    inside: str
    empty: Any


def _integer(value: str) -> int:
    if not _DIGITS.fullmatch(value):
        raise Malformed("is not a number")
    return int(value)


def _key(value: str) -> str:
    if not (is_digits(value) and len(value) <= 19 and 1 <= int(value) <= LONG_MAX):
        raise Malformed("is not an id")
    return value


def _bit(value: str) -> int:
    if value not in ("0", "1"):
        raise Malformed("is neither 0 nor 1")
    return int(value)


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


TEXT = Form("text", str, str, "")
NUMBER = Form("number", _integer, str)
KEY = Form("key", _key, str, "")
INSTANT = Form("instant", _instant, lambda at: f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}")
ISO_INSTANT = Form("iso instant", _instant, lambda at: at.astimezone(SHANGHAI).isoformat())
DAY = Form("day", _day, lambda day: day.isoformat())
IPV4 = Form("ipv4", _ipv4, lambda address: str(int(IPv4Address(address))), "")
PICTURE = Form("picture", _picture, lambda content: base64.b64encode(content).decode("ascii"), b"")
FLAG = Form("flag", lambda value: _bit(value) == 1, lambda value: str(int(value)))
INVERTED_FLAG = Form("flag", lambda value: _bit(value) == 0, lambda value: str(int(not value)))


def field(
    form: Form | None, *tags: str, of: type | None = None, each: str = "", repeated: bool = False,
    required: bool = False, always: bool = False, inside: str = "", personal: bool = False,
) -> Any:
    """Declare a field, see :class:`Element`. Its default is (), "", b"" or None, as its values have it."""
    empty = () if each or repeated else form.empty if form else None
    element = Element(tags, form, of, each, repeated, required, always, inside, empty)
    return dataclasses.field(default=empty, repr=not personal, metadata={_DECLARED: element})


text = partial(field, TEXT)
key = partial(field, KEY)
number = partial(field, NUMBER)
flag = partial(field, FLAG)
inverted_flag = partial(field, INVERTED_FLAG)
instant = partial(field, INSTANT)
iso_instant = partial(field, ISO_INSTANT)
day = partial(field, DAY)
ipv4 = partial(field, IPV4)
picture = partial(field, PICTURE, personal=True)
record = partial(field, None)
records = partial(field, None, repeated=True)


def choice(*tags: str, of: tuple[str, ...], required: bool = False) -> Any:
    """Declare one of the words ``of``."""

    def read(value: str) -> str:
        if value not in of:
            raise Malformed("is none of " + ", ".join(of))
        return value

    return field(Form("choice", read, str, ""), *tags, required=required)


def elements(of: type) -> Iterator[tuple[str, Element]]:
    """The fields of a record and their elements, in the order they are written."""
    for declared in dataclasses.fields(of):
        if (element := declared.metadata.get(_DECLARED)) is not None:
            yield declared.name, element


# Reading

_ABSENT = object()


@dataclass(frozen=True)
class _Plan:
    """How the elements of one record class are read. ``known`` maps tags to fields, ``groups`` are the elements
    around several fields, ``own`` is the field of the record's own text, ``required`` maps fields to the tags that
    an error names.
    """

    known: Mapping[str, tuple[str, Element]]
    groups: frozenset[str]
    own: tuple[str, Element] | None
    required: Mapping[str, str]
    lists: tuple[str, ...]


@cache
def _plan(of: type) -> _Plan:
    declared = list(elements(of))
    known = {tag: (name, element) for name, element in declared for tag in element.tags}
    for name, element in declared:
        if element.each and element.repeated and element.form:
            known[element.each] = (name, element)  # without the element around it
    return _Plan(
        known=known,
        groups=frozenset(element.inside for _, element in declared if element.inside),
        own=next(((name, element) for name, element in declared if not element.tags), None),
        required={name: _local(element.tags[0]) for name, element in declared if element.required},
        lists=tuple(name for name, element in declared if element.repeated),
    )


def read(of: type, node: etree._Element) -> Any:
    """The element as a record of the class ``of``. Raises :class:`Unreadable`."""
    plan = _plan(of)
    found: dict[str, Any] = {}
    _collect(plan, node, found)
    if plan.own is not None:
        name, element = plan.own
        if (value := _single(node, element)) is not _ABSENT:
            found[name] = value
    for name, tag in plan.required.items():
        if name not in found:
            raise Unreadable(f"{tag} is missing")
    for name in plan.lists:
        if name in found:
            found[name] = tuple(found[name])
    return of(**found)


def _collect(plan: _Plan, node: etree._Element, found: dict[str, Any]) -> None:
    """Add the values of the child elements to ``found``; elements of several values as lists."""
    for child in node:
        declared = plan.known.get(child.tag)
        if declared is None:
            if child.tag in plan.groups:
                _collect(plan, child, found)
            continue
        name, element = declared
        value = _value(child, element)
        if element.repeated:
            if value is not _ABSENT:
                found.setdefault(name, []).append(value)
        elif name in found:
            raise Unreadable(f"{_local(child.tag)} stands twice")
        elif value is not _ABSENT:
            found[name] = value


def _value(node: etree._Element, element: Element) -> Any:
    """What one element of a field says: one value, or a tuple of all values in a wrapper."""
    if not element.each or node.tag == element.each:
        return _single(node, element)
    if not element.repeated:
        values = [_single(child, element) for child in node.iterchildren(element.each)]
        return tuple(value for value in values if value is not _ABSENT) or _ABSENT
    inner = node.find(element.each)
    if inner is not None:
        return _single(inner, element)
    if element.of is not None:
        raise Unreadable(f"{_local(element.each)} is missing")
    return _ABSENT


def _single(node: etree._Element, element: Element) -> Any:
    """One value. A malformed one counts as absent, unless the field cannot do without it."""
    if element.of is not None:
        return read(element.of, node)
    assert element.form is not None
    value = (node.text or "").strip(_SPACE)
    if not value:
        return _ABSENT
    try:
        return element.form.read(value)
    except Malformed as error:
        if element.required or element.form is PICTURE or (element.each and not element.repeated):
            raise Unreadable(f"{_local(node.tag)} {error}") from None
        return _ABSENT


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2][:40]


# Writing


@cache
def _written(of: type) -> list[tuple[str, list[tuple[str, Element]]]]:
    """The fields of a record class, by the element around them."""
    groups = groupby(elements(of), key=lambda declared: declared[1].inside)
    return [(inside, list(fields)) for inside, fields in groups]


def write(record: Any, node: etree._Element) -> None:
    """Write a record into its element."""
    of: type = type(record)
    for inside, fields in _written(of):
        parent = etree.SubElement(node, inside) if inside else node
        for name, element in fields:
            _write_field(parent, element, getattr(record, name))
        if inside and not len(parent):
            node.remove(parent)


def _write_field(node: etree._Element, element: Element, value: Any) -> None:
    if not element.tags:
        assert element.form is not None
        if value:
            node.text = element.form.write(value)
        return
    tag = element.tags[0]
    if not element.each and not element.repeated:
        if element.always or (value is not None and value != element.empty):
            _put(node, tag, element, value)
    elif not element.repeated:
        if value or element.always:
            wrapper = etree.SubElement(node, tag)
            for item in value:
                _put(wrapper, element.each, element, item)
    else:
        for item in value:
            _put(etree.SubElement(node, tag) if element.each else node, element.each or tag, element, item)


def _put(node: etree._Element, tag: str, element: Element, value: Any) -> None:
    """Add the element of one value."""
    child = add(node, tag, version=element.of is not None)
    if element.of is not None:
        write(value, child)
    else:
        assert element.form is not None
        child.text = element.form.write(value) or None


def add(node: etree._Element, tag: str, *, version: bool = True) -> etree._Element:
    """Add an empty element of a record; those of our extension name its version."""
    if not tag.startswith("{"):
        return etree.SubElement(node, tag)
    return etree.SubElement(node, tag, {"version": "1"} if version else None, {EXTENSION_PREFIX: EXTENSION})
