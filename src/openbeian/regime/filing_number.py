"""The grammar of filing numbers (备案号).

A subject number names an organizer, a service number one of its services::

    浙ICP备2023000001号        subject, serial of 6, 8 or 10 digits
    浙ICP备2023000001号-1      website (网站)        浙ICP备2023000001号-2A   APP
    浙ICP备2023000001号-3X     mini program (小程序)  浙ICP备2023000001号-4K   quick app (快应用)
    京ICP证030173号            permit (许可证) instead of filing
    粤B2-20090059-1626X        service of a telecom licence holder

One sequence runs per subject over all kinds of service. Ten digits are a year and six of sequence (since
2020); older serials have a two-digit year.
"""

import re
from dataclasses import dataclass, replace
from enum import IntEnum

from openbeian.regime.code_tables import labels, province_of_short_name
from openbeian.regime.errors import BilingualError
from openbeian.regime.widths import CROSSES, narrow


class ServiceKind(IntEnum):
    """Kinds of service, with the ministry's own numbers for them."""

    WEBSITE = 1
    APP = 6
    MINI_PROGRAM = 7
    QUICK_APP = 8

    @property
    def letter(self) -> str:
        """The letter that ends a service number of this kind; none for a website."""
        return _LETTERS[self]


_LETTERS = {
    ServiceKind.WEBSITE: "",
    ServiceKind.APP: "A",
    ServiceKind.MINI_PROGRAM: "X",
    ServiceKind.QUICK_APP: "K",
}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}

FILING = "ICP备"
PERMIT = "ICP证"
_LICENCE = re.compile(r"[AB][12](?:\.?[AB][12]){0,5}")
_TEXT = re.compile(r"(?P<form>ICP备|ICP证|[AB][12](?:\.?[AB][12]){0,5}(?=-|$))(?P<rest>.*)")
_SUFFIX = re.compile(r"-(?P<sequence>[0-9]+)(?P<letter>[A-Z]?)")
_SIMPLIFIED = str.maketrans("備號證粵滬遼雲貴瓊贛陝隴閩魯蘇寧", "备号证粤沪辽云贵琼赣陕陇闽鲁苏宁")
_DASHES = re.compile("-+")
_MAX_LENGTH = 40
_MAX_SEQUENCE = 9_999_999


class FilingNumberError(BilingualError, ValueError):
    """Text that is not a filing number."""


@dataclass(frozen=True)
class FilingNumber:
    """A filing number in its parts. Raises :class:`FilingNumberError` when they do not make one.

    ``form`` is "ICP备", "ICP证" or the class of a telecom licence such as "B2" or "B1.B2".
    ``suffix_sequence`` and ``kind`` are both given (a service number) or both None (a subject number).
    """

    province_short: str
    form: str
    serial: str
    suffix_sequence: int | None = None
    kind: ServiceKind | None = None

    def __post_init__(self) -> None:
        province = province_of_short_name(self.province_short)
        if province is None or province.short != self.province_short:
            raise _error("province")
        if self.form not in (FILING, PERMIT) and not _LICENCE.fullmatch(self.form):
            raise _error("form")
        if not _serial_fits(self.form, self.serial):
            raise _error({FILING: "serial_filing", PERMIT: "serial_permit"}.get(self.form, "serial_licence"))
        if (self.suffix_sequence is None) != (self.kind is None):
            raise _error("suffix")
        if self.suffix_sequence is not None and not 1 <= self.suffix_sequence <= _MAX_SEQUENCE:
            raise _error("suffix_sequence")

    @property
    def is_service(self) -> bool:
        return self.kind is not None

    @property
    def subject(self) -> "FilingNumber":
        """The subject number this number belongs to."""
        return replace(self, suffix_sequence=None, kind=None)

    def service(self, sequence: int, kind: ServiceKind) -> "FilingNumber":
        """The number of this subject's ``sequence``-th service (1 for the first, over all kinds)."""
        return replace(self, suffix_sequence=sequence, kind=kind)

    def __str__(self) -> str:
        head = f"{self.province_short}{self.form}"
        head += f"{self.serial}号" if self.form in (FILING, PERMIT) else f"-{self.serial}"
        return head if self.kind is None else f"{head}-{self.suffix_sequence}{self.kind.letter}"


def parse(text: str) -> FilingNumber:
    """Read a filing number, subject's or service's.

    Full-width letters, digits and dashes, doubled dashes, spaces, lower case, × for X and traditional characters (備, 號)
    are understood, and 川, 贵, 云, 甘 for 蜀, 黔, 滇, 陇. Raises :class:`FilingNumberError` that names the part that is
    wrong.
    """
    if len(text) > _MAX_LENGTH * 2:
        raise _error("too_long")
    text = _DASHES.sub("-", narrow(text).upper().translate(_SIMPLIFIED | CROSSES))
    if not text:
        raise _error("empty")
    if len(text) > _MAX_LENGTH:
        raise _error("too_long")
    province = province_of_short_name(text[0])
    if province is None:
        raise _error("province")
    match = _TEXT.fullmatch(text[1:])
    if match is None:
        raise _error("form")
    form, rest = match["form"], match["rest"]
    if form in (FILING, PERMIT):
        serial, sign, suffix = rest.partition("号")
        if not sign:
            raise _error("number_sign")
    else:
        serial, dash, suffix = rest.removeprefix("-").partition("-")
        suffix = dash + suffix
    subject = FilingNumber(province.short, form, serial)
    if not suffix:
        return subject
    end = _SUFFIX.fullmatch(suffix)
    if end is None:
        raise _error("suffix")
    if end["sequence"].startswith("0"):
        raise _error("suffix_sequence")
    if end["letter"] not in _KINDS:
        raise _error("suffix_kind")
    return subject.service(int(end["sequence"]), _KINDS[end["letter"]])


def canonical(text: str) -> str:
    """The one form of ``text`` to store and compare. Raises :class:`FilingNumberError` like :func:`parse`."""
    return str(parse(text))


def _serial_fits(form: str, serial: str) -> bool:
    if not re.fullmatch(r"[0-9]+", serial):
        return False
    if form == FILING:
        return len(serial) in (6, 8) or (len(serial) == 10 and serial.startswith("20"))
    if form == PERMIT:
        return 6 <= len(serial) <= 10
    return len(serial) == 8


def _error(code: str) -> FilingNumberError:
    return FilingNumberError(*labels("filing_number_errors")[code], code=code)
