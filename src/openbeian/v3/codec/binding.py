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


@cache
def reader(of: type) -> Callable[[etree._Element], Any]:
    """What reads an element as a record of this class. Raises :class:`Unreadable`."""
    known: dict[str, tuple[str, _Convert, bool]] = {}
    groups: set[str] = set()
    own: tuple[str, _Convert] | None = None
    required: list[tuple[str, str]] = []
    defaults: dict[str, Any] = {}
    lists: list[str] = []
    for name, element in elements(of):
        defaults[name] = of.__dataclass_fields__[name].default  # type: ignore[attr-defined]
        if not element.tags:
            assert element.form is not None
            own = name, _scalar("", element.form, required=False)
            continue
        for tag in element.tags:
            known[tag] = name, _convert(tag, element), element.repeated
        if element.repeated:
            lists.append(name)
        if element.repeated and element.each and element.form is not None:
            known[element.each] = name, _text, True  # without the element around it
        if element.inside:
            groups.add(element.inside)
        if element.required:
            required.append((name, _local(element.tag)))

    def collect(node: etree._Element, found: dict[str, Any]) -> None:
        for child in node:
            tag = child.tag
            entry = known.get(tag)
            if entry is None:
                if tag in groups:
                    collect(child, found)
                continue
            name, convert, repeated = entry
            # Texts are what there is most of, and a call for each costs as much as the reading.
            value = convert(child) if convert is not _text else (child.text or "").strip(_SPACE) or _ABSENT
            if repeated:
                if value is not _ABSENT:
                    found.setdefault(name, []).append(value)
            elif name in found:
                raise Unreadable(f"{_local(tag)} stands twice")
            elif value is not _ABSENT:
                found[name] = value

    def read(node: etree._Element) -> Any:
        found: dict[str, Any] = {}
        collect(node, found)
        if own is not None and (value := own[1](node)) is not _ABSENT:
            found[own[0]] = value
        for name, tag in required:
            if name not in found:
                raise Unreadable(f"{tag} is missing")
        for name in lists:
            if name in found:
                found[name] = tuple(found[name])
        made: Any = object.__new__(of)
        # Past __init__, which sets the fields of a frozen dataclass one by one: half of the time a record takes.
        object.__setattr__(made, "__dict__", defaults | found)
        return made

    return read


def _convert(tag: str, element: Element) -> _Convert:
    local = _local(tag)
    if element.of is not None:
        of = element.of
        read = reader(of)
        if not element.each:
            return read
        each = element.each
        if element.repeated:  # one item within each wrapper

            def one(node: etree._Element) -> Any:
                inner = node.find(each)
                if inner is None:
                    raise Unreadable(f"{_local(each)} is missing")
                return read(inner)

            return one
        return lambda node: tuple([read(child) for child in node.iterchildren(each)]) or _ABSENT
    form = element.form
    assert form is not None
    if element.each and element.repeated:
        return lambda node: next((_text(child) for child in node.iterchildren(element.each)), _ABSENT)
    if element.each:
        each, item = element.each, _scalar(element.each, form, required=True)
        return lambda node: tuple([item(child) for child in node.iterchildren(each)]) or _ABSENT
    if form is TEXT:
        return _text
    return _scalar(local, form, required=element.required or form is PICTURE)


def _text(node: etree._Element) -> Any:
    return (node.text or "").strip(_SPACE) or _ABSENT


def _scalar(local: str, form: Form, *, required: bool) -> _Convert:
    """What reads the text of an element ``local``."""
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


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2][:40]


# Writing

_Step = Callable[[Mapping[str, Any], etree._Element], None]


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
    sub = etree.SubElement
    tag, each, of, form = element.tag, element.each, element.of, element.form
    if of is not None:
        write = writer(of)
        attributes = {"version": "1"} if tag.startswith("{") else {}
        nsmap = _NSMAP if tag.startswith("{") else None
        if element.repeated and each:

            def wrapped(values: Mapping[str, Any], node: etree._Element) -> None:
                for item in values[name]:
                    write(item, sub(sub(node, tag), each))

            return wrapped
        if element.repeated:

            def repeat(values: Mapping[str, Any], node: etree._Element) -> None:
                for item in values[name]:
                    write(item, sub(node, tag))

            return repeat
        if each:

            def several(values: Mapping[str, Any], node: etree._Element) -> None:
                if items := values[name]:
                    wrapper = sub(node, tag)
                    for item in items:
                        write(item, sub(wrapper, each))

            return several

        def nested(values: Mapping[str, Any], node: etree._Element) -> None:
            if (item := values[name]) is not None:
                write(item, sub(node, tag, attributes, nsmap))

        return nested
    assert form is not None
    show = form.write
    if not tag:

        def own(values: Mapping[str, Any], node: etree._Element) -> None:
            if values[name]:
                node.text = show(values[name])

        return own
    if each and element.repeated:

        def apart(values: Mapping[str, Any], node: etree._Element) -> None:
            for item in values[name]:
                sub(sub(node, tag), each).text = show(item)

        return apart
    if each:

        def listed(values: Mapping[str, Any], node: etree._Element) -> None:
            if (items := values[name]) or element.always:
                wrapper = sub(node, tag)
                for item in items:
                    sub(wrapper, each).text = show(item)

        return listed
    if element.repeated:

        def repeated(values: Mapping[str, Any], node: etree._Element) -> None:
            for item in values[name]:
                sub(node, tag).text = show(item)

        return repeated
    if element.always:

        def always(values: Mapping[str, Any], node: etree._Element) -> None:
            sub(node, tag).text = show(values[name]) or None

        return always
    empty = b"" if form is PICTURE else ""
    nsmap = _NSMAP if tag.startswith("{") else None

    def single(values: Mapping[str, Any], node: etree._Element) -> None:
        value = values[name]
        if value is not None and value != empty:
            (sub(node, tag, None, nsmap) if nsmap else sub(node, tag)).text = show(value)

    return single
