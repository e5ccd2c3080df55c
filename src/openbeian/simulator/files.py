"""Download files of the administration: results, SMS verifications, decisions, filed and cancelled records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from openbeian.regime.calendar import SHANGHAI
from openbeian.v3.wire import EXTENSION, EXTENSION_PREFIX, VERSION
from openbeian.v3.wire.documents import parse, render

REVIEWER = "模拟审核员"
DESCRIPTION_LIMIT = 1024
MINI_PROGRAM = f"{{{EXTENSION}}}MiniProgram"
ENTERPRISE_ACCESS, PROVINCE_ACCESS = f"{{{EXTENSION}}}EnterpriseAccessId", f"{{{EXTENSION}}}ProvinceAccessId"
_SUBJECT_PARTS = ("IspZtid", "Dwmc", "Dwxz", "Tzr", "Txdz", "Zj", "Fzr", "Bz", f"{{{EXTENSION}}}Subject")
_SERVICE_PARTS = ("Wzmc", "Nrlx", "Fwnr", "Yylb", MINI_PROGRAM, "Wz_Fzr", "Syurl", "Wz_Bz")


@dataclass(frozen=True)
class Result:
    """A processing result (`Jg_xx`); no problems means accepted for processing, code 0.

    `key` is Bs; `enterprise_id` goes into the extension, where Bs alone does not name the platform's order.
    """

    operation: int | None
    key: str | None
    problems: tuple[tuple[int, str], ...]
    remark: str
    enterprise_id: int | None = None


@dataclass(frozen=True)
class Verified:
    """What became of one principal's SMS verification."""

    key: int
    operation: int
    principal: str
    result: str
    at: datetime


@dataclass(frozen=True)
class OnFile:
    """A subject on file with one of its services, as `BASJ` and `SJTB` tell it.

    `zt_xx`, `wz_xx`: XML text as reported. Which of the platform's own ids are told: those the request carried
    (`isp_subject`, `isp_service`, `enterprise_access_id`). `extension`: whether to tell the access record's id.
    """

    zt_xx: str = field(repr=False)
    wz_xx: str = field(repr=False)
    subject_id: int
    service_id: int
    access_id: int | None
    subject_number: str
    service_number: str
    subject_filed_at: datetime
    subject_changed_at: datetime
    service_filed_at: datetime
    service_changed_at: datetime
    isp_subject: bool = False
    isp_service: bool = False
    enterprise_access_id: int | None = None
    extension: bool = True


def results(items: Iterable[Result]) -> bytes:
    """`BAJG` with one `Jg_xx` for each item."""
    root, report = document("BAJG")
    for item in items:
        block = etree.SubElement(report, "Jg_xx")
        for code, text in item.problems or ((0, "已受理"),):
            line = etree.SubElement(block, "Jgxx")
            add(line, "Jgdm", code)
            add(line, "Dmms", text[:DESCRIPTION_LIMIT])
        if item.operation is not None:
            add(block, "Czlx", item.operation)
        if item.key is not None:
            add(block, "Bs", item.key)
        add(block, "Bz", item.remark)
        if item.enterprise_id is not None:
            node = etree.SubElement(block, f"{{{EXTENSION}}}EnterpriseId", nsmap={EXTENSION_PREFIX: EXTENSION})
            node.text = str(item.enterprise_id)
    return render(root)


def sms_verifications(items: Iterable[Verified]) -> bytes:
    """`BAJG` with one `mp:SmsVerification` for each item."""
    root, report = document("BAJG")
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
            add(block, f"{{{EXTENSION}}}{name}", value)
    return render(root)


def decision(*, key: int, operation: int, approved: bool, opinion: str, at: datetime) -> bytes:
    """`BAJG/GJSHS` with the reviewer's decision."""
    root, report = document("BAJG")
    block = etree.SubElement(etree.SubElement(report, "GJSHS"), "Gjsh")
    add(block, "Shrxm", REVIEWER)
    add(block, "Shsj", instant(at))
    if opinion:
        add(block, "Shyj", opinion[:DESCRIPTION_LIMIT])
    add(block, "Shjg", 1 if approved else 0)
    add(block, "Czlx", operation)
    add(block, "Jlid", key)
    return render(root)


def filed(item: OnFile) -> bytes:
    """`BASJ`: the record as reported, with the province's ids and the numbers."""
    root, block = document("BASJ")
    block.append(on_file(item))
    return render(root)


def cancelled(*, category: int, key: int, remark: str) -> bytes:
    """`ZXSJ`: a subject (Zxlb 0), a service (1) or an access (2) is no longer on file."""
    root, block = document("ZXSJ")
    entry = etree.SubElement(block, "Zx_xx")
    add(entry, "Zxlb", category)
    add(entry, "Jlid", key)
    if remark:
        add(entry, "Bz", remark)
    return render(root)


def on_file(item: OnFile) -> etree._Element:
    """A `Baxx` of a download."""
    record = etree.Element("Baxx")
    reported = parse(item.zt_xx.encode())
    subject = etree.SubElement(record, "Zt_xx")
    for name in _SUBJECT_PARTS:
        if name != "IspZtid" or item.isp_subject:
            subject.extend(reported.findall(name))
    add(subject, "Ztid", item.subject_id)
    add(subject, "Baxh", item.subject_number)
    add(subject, "Bbyhlx", reported.findtext("Bbfs") or "1")
    _dates(subject, item.subject_filed_at, item.subject_changed_at)

    told = parse(item.wz_xx.encode())
    service = etree.SubElement(record, "Wz_xx")
    if item.isp_service:
        service.extend(told.findall("IspWzid"))
    add(service, "Wzid", item.service_id)
    for name in _SERVICE_PARTS:
        service.extend(told.findall(name))
    _access(service.find(MINI_PROGRAM), item)
    _dates(service, item.service_filed_at, item.service_changed_at)
    add(service, "Baxh", item.service_number)
    return record


def _access(program: etree._Element | None, item: OnFile) -> None:
    if program is None:
        return
    for name in (ENTERPRISE_ACCESS, PROVINCE_ACCESS):
        for node in program.findall(name):
            program.remove(node)
    for name, value in ((ENTERPRISE_ACCESS, item.enterprise_access_id), (PROVINCE_ACCESS, item.access_id)):
        if item.extension and value is not None:
            add(program, name, value)


def _dates(node: etree._Element, filed_at: datetime, changed_at: datetime) -> None:
    add(node, "Scbbsj", instant(filed_at))
    add(node, "Zjxgsj", instant(changed_at))
    add(node, "Shrxm", REVIEWER)
    add(node, "Shsj", instant(changed_at))


def document(block: str) -> tuple[etree._Element, etree._Element]:
    """An empty download file and its ICP block of this name."""
    root = etree.Element("DownloadData", version=VERSION)
    return root, etree.SubElement(etree.SubElement(root, "ICP"), block)


def add(parent: etree._Element, name: str, value: str | int) -> None:
    """A child with text."""
    etree.SubElement(parent, name).text = str(value)


def instant(at: datetime) -> str:
    """An instant as V3.0 writes it, in Chinese time."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
