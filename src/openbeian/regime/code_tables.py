"""The code tables (代码表) of the regime: frozen rows, read from ``tables/*.csv`` once, on first use.

Each file begins with its source and the date of that source. A table that contradicts itself is a
:class:`TableError` when it is first read. ``tables/README.md`` says what is certain and what is not.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import EnumType, StrEnum
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from openbeian.regime.csv_files import TableError, csv_rows, read_labels
from openbeian.regime.numbers import is_digits

Row = TypeVar("Row")


@dataclass(frozen=True)
class SubjectType:
    """A nature of the organizer (单位性质), such as 4 enterprise. ``source``: D documented, C saved copy."""

    code: int
    name: str
    name_en: str
    remark: str
    source: str


@dataclass(frozen=True)
class CertificateType:
    """A certificate (证件类型) and the subject type whose organizers may use it.

    ``number_check`` names the check its number must pass, see :mod:`openbeian.regime.identity`.
    A principal's certificate is always one of subject type 5, individual.
    """

    code: int
    subject_type: int
    name: str
    name_en: str
    number_check: str
    remark: str
    source: str


@dataclass(frozen=True)
class ServiceContent:
    """What a mini program offers (服务内容类型). ``parent`` 0: first level, which may not be filed."""

    code: int
    parent: int
    name: str
    name_en: str
    source: str


@dataclass(frozen=True)
class PriorApproval:
    """A sector permit needed before filing (前置审批). ``bit`` is its value in the ministry's bit sets.

    ``alias`` is another code seen for the same item; ``body`` and ``document`` are empty for "none of the
    above".
    """

    code: int
    bit: int
    name: str
    name_en: str
    body: str
    body_en: str
    document: str
    document_en: str
    source: str
    alias: int | None = None

    @property
    def stands_alone(self) -> bool:
        """Whether this is "none of the above" (以上都不涉及), chosen explicitly and beside nothing else."""
        return self.code == NONE_OF_THE_ABOVE


@dataclass(frozen=True)
class Choice:
    """A code with its two names, for tables that hold nothing more."""

    code: int
    name: str
    name_en: str


@dataclass(frozen=True)
class Province:
    """A province with its communications administration (通信管理局). ``short`` stands in filing numbers."""

    code: str
    name: str
    name_en: str
    short: str
    short_alias: str
    authority: str


@dataclass(frozen=True)
class District:
    """A division of GB/T 2260 (行政区划). ``level`` 1 province, 2 city, 3 county; no ``parent`` above 1."""

    code: str
    name: str
    level: int
    parent: str


@dataclass(frozen=True)
class DistrictNode:
    """A division with the divisions below it, for choosing one. Empty ``children`` at level 3 only."""

    district: District
    children: "tuple[DistrictNode, ...]"


class Reaction(StrEnum):
    """What this system does about a result code."""

    NONE = "none"
    STOP = "stop"  # stop polling
    CALL_AGAIN = "call_again"
    RETRY_LATER = "retry_later"
    RESEND_MISSING = "resend_missing"  # send the files of the listed sequence numbers first
    SPLIT = "split"
    SCHEDULE = "schedule"  # within the hours the answer names
    OPERATOR = "operator"  # settings, account or a fault of ours: nothing the organizer can mend
    WAIT = "wait"  # the administration has the record; what it says of that one counts
    RETURN = "return"  # becomes a finding, the order goes back to the organizer


@dataclass(frozen=True)
class ResultCode:
    """An answer of the administration (处理结果代码), V3.0.

    ``level``: call (msg_code), processing (Jgdm of a record) or general (of a whole file).
    ``field`` is the path in our dossier that is meant, "" if none is.
    """

    code: int
    level: str
    meaning_zh: str
    meaning_en: str
    field: str
    remedy_zh: str
    remedy_en: str
    reaction: Reaction


NONE_OF_THE_ABOVE = 24
INDIVIDUAL = 5


@cache
def subject_types() -> Mapping[int, SubjectType]:
    """Subject types by code."""
    return _table("subject_types", SubjectType)


@cache
def certificate_types() -> Mapping[int, CertificateType]:
    """Certificate types by code."""
    table = _table("certificate_types", CertificateType)
    _refer("certificate_types", (row.subject_type for row in table.values()), subject_types())
    return table


def certificate_types_of(subject_type: int) -> tuple[CertificateType, ...]:
    """The certificates an organizer of ``subject_type`` may use; none for an unknown subject type."""
    return tuple([row for row in certificate_types().values() if row.subject_type == subject_type])


@cache
def certificate_codes_of(subject_type: int) -> frozenset[int]:
    """The codes of :func:`certificate_types_of`."""
    return frozenset(row.code for row in certificate_types_of(subject_type))


@cache
def service_contents() -> Mapping[int, ServiceContent]:
    """Service contents of both levels by code."""
    table = _table("service_contents", ServiceContent)
    first_level = {row.code for row in table.values() if row.parent == 0}
    _refer("service_contents", (row.parent for row in table.values() if row.parent), first_level)
    return table


@cache
def service_content_tree() -> Mapping[ServiceContent, tuple[ServiceContent, ...]]:
    """Each first-level service content with the second-level ones under it, in the table's order."""
    rows = tuple(service_contents().values())
    return MappingProxyType(
        {top: tuple(row for row in rows if row.parent == top.code) for top in rows if top.parent == 0}
    )


@cache
def prior_approvals() -> Mapping[int, PriorApproval]:
    """Prior approvals by code."""
    return _table("prior_approvals", PriorApproval)


def prior_approval(code: int) -> PriorApproval | None:
    """The prior approval with ``code`` or, failing that, with that alias; None if there is none."""
    table = prior_approvals()
    return table.get(code) or next((row for row in table.values() if row.alias == code), None)


@cache
def cancel_reasons() -> Mapping[int, Choice]:
    """Reasons for a cancellation (注销原因) by code."""
    return _table("cancel_reasons", Choice)


@cache
def wire_codes(name: str) -> Mapping[int, Choice]:
    """One of the small lists of the V3.0 wire by code.

    ``name``: service_type, operation (Czlx), cancel_category (Zxlb), filing_mode (Bbfs), attachment_purpose
    (Fjyt), attachment_format (Fjwjgs), attachment_owner (Ssdxlx) or language (Yylb). Raises KeyError for any
    other.
    """
    rows = [row for row in read_rows("wire_codes") if row["list"] == name]
    if not rows:
        raise KeyError(name)
    return _by_code("wire_codes", (read_row("wire_codes", Choice, row) for row in rows))


@cache
def provinces() -> Mapping[str, Province]:
    """The 31 provinces that file, by GB/T 2260 code such as "330000"."""
    return _table("provinces", Province)


def province_of_short_name(short: str) -> Province | None:
    """The province whose sign in filing numbers is ``short``, or whose alias it is (川 for 蜀); else None."""
    return _provinces_by_short_name().get(short)


@cache
def districts() -> Mapping[str, District]:
    """Divisions by code. For the three cities that are their own third level this gives the city, level 2."""
    return _by_code("districts", (row for row in _district_rows() if row.code != row.parent))


def third_level(city: str) -> tuple[District, ...]:
    """The counties of ``city``. For Dongguan, Zhongshan and Danzhou: the city itself, as level 3."""
    return _districts_below().get((3, city), ())


def is_nested(province: str, city: str, district: str) -> bool:
    """Whether the three codes are a province, one of its cities, and one of that city's counties."""
    city_row = districts().get(city)
    if city_row is None or city_row.parent != province:
        return False
    return any(row.code == district for row in third_level(city))  # only a city has a third level


@cache
def district_tree() -> tuple[DistrictNode, ...]:
    """All divisions, nested: provinces, their cities, their counties. Every city has at least one county."""
    below = _districts_below()

    def nodes(level: int, parent: str) -> tuple[DistrictNode, ...]:
        return tuple(DistrictNode(row, nodes(level + 1, row.code)) for row in below.get((level, parent), ()))

    return nodes(1, "")


@cache
def result_codes() -> Mapping[int, ResultCode]:
    """Result codes of V3.0 of all levels by code; no code means two things."""
    return _table("result_codes", ResultCode)


def result_code(code: int) -> ResultCode:
    """The row for ``code``. One not in the table, such as a later version's, is for an operator."""
    return result_codes().get(code) or ResultCode(
        code, "unknown", f"未知结果代码 {code}", f"Unknown result code {code}", "", "运营人员联系管局核实原因",
        "An operator asks the administration for the cause", Reaction.OPERATOR)


def is_unknown(code: int) -> bool:
    """Whether no table of ours knows the result code."""
    return code not in result_codes()


@cache
def labels(which: str) -> Mapping[str, tuple[str, str]]:
    """The labels of one list in ``tables/labels.csv`` by code, in Chinese and in English."""
    return read_labels(__file__, "tables/labels.csv")[which]


def read_rows(table: str) -> list[dict[str, str]]:
    """The rows of ``tables/<table>.csv`` as text. Raises :class:`TableError` for one of the wrong width."""
    return csv_rows(__file__, f"tables/{table}.csv")


def read_row(table: str, row_type: type[Row], row: Mapping[str, str]) -> Row:
    """A row of text as ``row_type``, whose fields are columns. An empty cell is an empty text or the field's default.

    Raises :class:`TableError` for a cell that its column cannot hold.
    """
    values = {}
    for column, read in _readers(row_type).items():  # type: ignore[arg-type]  # a class is hashable
        if row[column] or read is str:
            try:
                values[column] = read(row[column])
            except ValueError as error:
                raise TableError(f"{table}.csv: {row['code']}: {column} {error}") from None
    return row_type(**values)


@cache
def _readers(row_type: Any) -> dict[str, Callable[[str], Any]]:
    return {column: _reader(kind) for column, kind in get_type_hints(row_type).items()}


def _reader(kind: Any) -> Callable[[str], Any]:
    """What reads the cells of a column of this type."""
    if kind is str or isinstance(kind, EnumType):
        return kind
    if kind is bool:
        return lambda text: _word(("yes", "no"), text) == "yes"
    return partial(_word, get_args(kind)) if get_origin(kind) is Literal else _whole_number


def _word(words: tuple[str, ...], text: str) -> str:
    if text not in words:
        raise ValueError(f"is one of {', '.join(words)}")
    return text


def _whole_number(text: str) -> int:
    if not is_digits(text):
        raise ValueError("is a whole number")
    return int(text)


@cache
def _district_rows() -> tuple[District, ...]:
    rows = tuple([read_row("districts", District, row) for row in read_rows("districts")])
    known = {(row.level, row.code) for row in rows}
    for row in rows:
        if row.level > 1 and (row.level - 1, row.parent) not in known:
            raise TableError(f"districts.csv: {row.code} is under {row.parent}, which does not exist")
    return rows


@cache
def _districts_below() -> Mapping[tuple[int, str], tuple[District, ...]]:
    below: dict[tuple[int, str], tuple[District, ...]] = {}
    for row in _district_rows():
        below[row.level, row.parent] = (*below.get((row.level, row.parent), ()), row)
    return below


@cache
def _provinces_by_short_name() -> Mapping[str, Province]:
    return {short: row for row in provinces().values() for short in (row.short, row.short_alias) if short}


def _table(table: str, row_type: type[Row]) -> Mapping[Any, Row]:
    """The rows of ``tables/<table>.csv`` by code."""
    return _by_code(table, (read_row(table, row_type, row) for row in read_rows(table)))


def _by_code(table: str, rows: Iterable[Row]) -> Mapping[Any, Row]:
    result: dict[Any, Row] = {}
    for row in rows:
        code = row.code  # type: ignore[attr-defined]
        if code in result:
            raise TableError(f"{table}.csv: code {code} appears twice")
        result[code] = row
    return MappingProxyType(result)


def _refer(table: str, codes: Iterable[int], known: Iterable[int]) -> None:
    if unknown := set(codes) - set(known):
        raise TableError(f"{table}.csv refers to unknown codes {sorted(unknown)}")
