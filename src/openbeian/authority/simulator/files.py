"""Download files of the administration: results, SMS verifications, decisions, filed and cancelled records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from lxml import etree

from openbeian.authority.wire import EXTENSION, EXTENSION_PREFIX, VERSION
from openbeian.authority.wire.documents import parse, render

SHANGHAI = ZoneInfo("Asia/Shanghai")
REVIEWER = "模拟审核员"
DESCRIPTION_LIMIT = 1024


@dataclass(frozen=True)
class Result:
    """A processing result (`Jg_xx`); code 0 alone means accepted for processing."""

    operation: int | None
    key: int | None
    problems: tuple[tuple[int, str], ...]
    remark: str


@dataclass(frozen=True)
class Verified:
    """What became of one principal's SMS verification."""

    key: int
    operation: int
    principal: str
    result: str
    at: datetime


def results(items: Iterable[Result]) -> bytes:
    """`BAJG` with one `Jg_xx` for each item."""
    root, report = _document("BAJG")
    for item in items:
        block = etree.SubElement(report, "Jg_xx")
        for code, text in item.problems or ((0, "已受理"),):
            line = etree.SubElement(block, "Jgxx")
            _add(line, "Jgdm", code)
            _add(line, "Dmms", text[:DESCRIPTION_LIMIT])
        if item.operation is not None:
            _add(block, "Czlx", item.operation)
        if item.key is not None:
            _add(block, "Bs", item.key)
        _add(block, "Bz", item.remark)
    return render(root)


def sms_verifications(items: Iterable[Verified]) -> bytes:
    """`BAJG` with one `mp:SmsVerification` for each item."""
    root, report = _document("BAJG")
    for item in items:
        block = etree.SubElement(
            report, f"{{{EXTENSION}}}SmsVerification", nsmap={EXTENSION_PREFIX: EXTENSION}, version="1"
        )
        for name, value in (
            ("RecordId", item.key),
            ("Operation", item.operation),
            ("Principal", item.principal),
            ("Result", item.result),
            ("At", item.at.astimezone(SHANGHAI).isoformat()),
        ):
            _add(block, f"{{{EXTENSION}}}{name}", value)
    return render(root)


def decision(*, key: int, operation: int, approved: bool, opinion: str, at: datetime) -> bytes:
    """`BAJG/GJSHS` with the reviewer's decision."""
    root, report = _document("BAJG")
    block = etree.SubElement(etree.SubElement(report, "GJSHS"), "Gjsh")
    _add(block, "Shrxm", REVIEWER)
    _add(block, "Shsj", _instant(at))
    if opinion:
        _add(block, "Shyj", opinion[:DESCRIPTION_LIMIT])
    _add(block, "Shjg", 1 if approved else 0)
    _add(block, "Czlx", operation)
    _add(block, "Jlid", key)
    return render(root)


def filed(
    *, zt_xx: str, wz_xx: str, subject_id: int, service_id: int, subject_number: str, service_number: str, at: datetime
) -> bytes:
    """`BASJ`: the record as reported, with the province's ids and the numbers."""
    root, block = _document("BASJ")
    record = etree.SubElement(block, "Baxx")
    subject = parse(zt_xx.encode())
    _add(subject, "Ztid", subject_id)
    _add(subject, "Baxh", subject_number)
    _add(subject, "Bbyhlx", subject.findtext("Bbfs") or "1")
    for node in subject.findall("Bbfs"):
        subject.remove(node)
    for name in ("Scbbsj", "Zjxgsj", "Shsj"):
        _add(subject, name, _instant(at))
    _add(subject, "Shrxm", REVIEWER)
    record.append(subject)

    service = parse(wz_xx.encode())
    own = etree.Element("Wzid")
    own.text = str(service_id)
    service.insert(1, own)
    for name, value in (
        ("Scbbsj", _instant(at)),
        ("Zjxgsj", _instant(at)),
        ("Shrxm", REVIEWER),
        ("Shsj", _instant(at)),
        ("Baxh", service_number),
    ):
        _add(service, name, value)
    record.append(service)
    return render(root)


def cancelled(*, service_id: int, remark: str) -> bytes:
    """`ZXSJ`: a service is no longer on file."""
    root, block = _document("ZXSJ")
    entry = etree.SubElement(block, "Zx_xx")
    _add(entry, "Zxlb", 1)
    _add(entry, "Jlid", service_id)
    if remark:
        _add(entry, "Bz", remark)
    return render(root)


def _document(block: str) -> tuple[etree._Element, etree._Element]:
    root = etree.Element("DownloadData", version=VERSION)
    return root, etree.SubElement(etree.SubElement(root, "ICP"), block)


def _add(parent: etree._Element, name: str, value: str | int) -> None:
    etree.SubElement(parent, name).text = str(value)


def _instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
