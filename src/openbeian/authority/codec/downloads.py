"""Download files as typed records (V3.0, download file).

The reader takes what it needs and passes over the rest, so that an administration may send more than the schema
says. It raises only for files that are no download file, or whose records lack what they exist for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from lxml import etree

from openbeian.authority.wire import EXTENSION, VERSION
from openbeian.authority.wire.documents import DocumentError, parse
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.code_tables import Reaction, result_code

ACCEPTED = 0
PASSED, REFUSED = 1001, 1002


class Unreadable(ValueError):
    """A file that is no download file we can read. The text names elements, never values."""


@dataclass(frozen=True)
class ResultLine:
    """One code of a processing result. ``text`` may repeat data of the record."""

    code: int
    text: str = field(repr=False)


@dataclass(frozen=True)
class ProcessingResult:
    """``Jg_xx``: what the province's system made of one uploaded record. ``key`` is Bs, "" where it has none.

    ``enterprise_id`` is our own id of the record (``mp:EnterpriseId``), told where Bs alone does not say it.
    """

    operation: int | None
    key: str
    lines: tuple[ResultLine, ...]
    enterprise_id: str = ""

    @property
    def errors(self) -> tuple[ResultLine, ...]:
        """The lines that keep the record from being processed."""
        return tuple(
            line for line in self.lines
            if line.code != ACCEPTED and result_code(line.code).reaction != Reaction.NONE
        )

    @property
    def decision(self) -> "Decision | None":
        """Some provinces tell the reviewer's decision as a result code (1001, 1002); then this is it."""
        for line in self.lines:
            if line.code in (PASSED, REFUSED):
                return Decision(self.operation, self.key, line.code == PASSED, line.text, None)
        return None


@dataclass(frozen=True)
class Decision:
    """``Gjsh``: the reviewer's decision on one record, with the opinion (审核意见)."""

    operation: int | None
    key: str
    passed: bool
    opinion: str = field(repr=False)
    decided_at: datetime | None


@dataclass(frozen=True)
class FiledService:
    """One ``Wz_xx`` of a filed record. ``order_id`` is IspWzid, "" for one we did not report.

    ``access_order_id`` and ``province_access_id`` are the access's ids, ours and theirs (extension), "" if not told.
    """

    order_id: str
    province_service_id: str
    number: str
    appid: str
    access_order_id: str = ""
    province_access_id: str = ""


@dataclass(frozen=True)
class FiledRecord:
    """``BASJ/Baxx``: a record on file, with its numbers. ``order_id`` is IspZtid, "" for one we did not report."""

    order_id: str
    province_subject_id: str
    subject_number: str
    services: tuple[FiledService, ...]
    decided_at: datetime | None


@dataclass(frozen=True)
class CancelledRecord:
    """``ZXSJ/Zx_xx``: a record no longer on file. ``category``: 0 subject, 1 service, 2 access."""

    category: int
    key: str


@dataclass(frozen=True)
class SmsReport:
    """``mp:SmsVerification``: what became of one principal's verification."""

    operation: int
    key: str
    principal: Literal["subject", "service"]
    result: Literal["verified", "lapsed", "refused"]
    at: datetime


Record = ProcessingResult | Decision | FiledRecord | CancelledRecord | SmsReport


def read(xml: bytes) -> tuple[Record, ...]:
    """The records of a download file, in the file's order. Raises :class:`Unreadable`."""
    try:
        root = parse(xml)
    except DocumentError as error:
        raise Unreadable(str(error)) from None
    if root.tag != "DownloadData":
        raise Unreadable("not a DownloadData document")
    if root.get("version") != VERSION:
        raise Unreadable("another version of the interface")
    blocks = root.findall("ICP/*")
    if not blocks:
        raise Unreadable("no ICP block")
    records: list[Record] = []
    for block in blocks:
        if not isinstance(block.tag, str) or block.tag not in _READERS:
            raise Unreadable(f"a block this release does not handle: {etree.QName(block).localname[:20]}")
        records.extend(_READERS[block.tag](block))
    return tuple(records)


def _results(block: etree._Element) -> Iterator[Record]:
    for node in block:
        if node.tag == "Jg_xx":
            lines = tuple(ResultLine(_integer(n, "Jgdm"), _text(n, "Dmms")) for n in node.findall("Jgxx"))
            if not lines:
                raise Unreadable("Jg_xx without Jgxx")
            yield ProcessingResult(
                _optional_integer(node, "Czlx"), _text(node, "Bs"), lines, _text(node, _mp("EnterpriseId")))
        elif node.tag == "GJSHS":
            for entry in node.findall("Gjsh"):
                yield Decision(
                    _optional_integer(entry, "Czlx"), _required(entry, "Jlid"), _flag(entry, "Shjg"),
                    _text(entry, "Shyj"), _instant(entry, "Shsj"))
        elif node.tag == _mp("SmsVerification"):
            yield _sms_report(node)


def _sms_report(node: etree._Element) -> SmsReport:
    principal, result = _required(node, _mp("Principal")), _required(node, _mp("Result"))
    if principal not in ("subject", "service") or result not in ("verified", "lapsed", "refused"):
        raise Unreadable("SmsVerification with an unknown principal or result")
    try:
        at = datetime.fromisoformat(_required(node, _mp("At")))
    except ValueError:
        raise Unreadable("At is not an instant") from None
    return SmsReport(
        _integer(node, _mp("Operation")), _required(node, _mp("RecordId")),
        principal, result,  # type: ignore[arg-type]
        at if at.tzinfo else at.replace(tzinfo=SHANGHAI))


def _filed(block: etree._Element) -> Iterator[Record]:
    for node in block.findall("Baxx"):
        subject = node.find("Zt_xx")
        if subject is None:
            raise Unreadable("Baxx without Zt_xx")
        services = tuple(
            FiledService(
                _text(entry, "IspWzid"), _required(entry, "Wzid"), _required(entry, "Baxh"),
                *(_text(entry, f"{_mp('MiniProgram')}/{_mp(name)}")
                  for name in ("AppId", "EnterpriseAccessId", "ProvinceAccessId")))
            for entry in node.findall("Wz_xx")
        )
        decided = next((at for at in (_instant(n, "Shsj") for n in (*node.findall("Wz_xx"), subject)) if at), None)
        yield FiledRecord(
            _text(subject, "IspZtid"), _required(subject, "Ztid"), _text(subject, "Baxh"), services, decided)


def _cancelled(block: etree._Element) -> Iterator[Record]:
    for node in block.findall("Zx_xx"):
        yield CancelledRecord(_integer(node, "Zxlb"), _required(node, "Jlid"))


_READERS: dict[str, Callable[[etree._Element], Iterator[Record]]] = {
    "BAJG": _results, "BASJ": _filed, "ZXSJ": _cancelled,
}


def _mp(name: str) -> str:
    return f"{{{EXTENSION}}}{name}"


def _text(node: etree._Element, name: str) -> str:
    return (node.findtext(name) or "").strip()


def _required(node: etree._Element, name: str) -> str:
    if not (text := _text(node, name)):
        raise Unreadable(f"{name.rpartition('}')[2]} is missing")
    return text


def _integer(node: etree._Element, name: str) -> int:
    text = _required(node, name)
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Unreadable(f"{name.rpartition('}')[2]} is not a number")
    return int(text)


def _optional_integer(node: etree._Element, name: str) -> int | None:
    return _integer(node, name) if _text(node, name) else None


def _flag(node: etree._Element, name: str) -> bool:
    text = _required(node, name)
    if text not in ("0", "1"):
        raise Unreadable(f"{name} is neither 0 nor 1")
    return text == "1"


def _instant(node: etree._Element, name: str) -> datetime | None:
    """An instant as provinces write it, ``2023-09-28 10:00:00`` or the day alone, in Chinese time; None if unclear."""
    try:
        at = datetime.fromisoformat(_text(node, name))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
