"""What a platform reports beside requests: material (XZHYD), verification results (HSJG), unfiled sites (WBACLJG)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from lxml import etree

from openbeian import vault
from openbeian.simulator.checks import Problem, check_attachments
from openbeian.simulator.files import Result
from openbeian.simulator.models import MATERIAL, Report, Service, Subject, Upload

SHEET_STORED = 1060
RECORDS = {"XZHYD": "Fjxx", "HSJG": "Hsjgxx", "WBACLJG": "Clxx"}
_OWNERS = {"1": "subject", "2": "service"}


def take_reports(root: etree._Element, upload: Upload, at: datetime, remark: str) -> Iterator[Result]:
    """Store every report of a file and answer each: material with 1060 (sheet stored), the others with 0."""
    for kind, element in RECORDS.items():
        for record in root.iterfind(f"ICP/{kind}//{element}"):
            key, problems = _concerned(kind, record, upload.province_id)
            if kind == "XZHYD":
                problems += check_attachments([record])
            if not problems:
                Report.objects.create(
                    province=upload.province, kind=kind, key=key, upload=upload, received_at=at,
                    sealed=vault.seal_json(leaves(record), purpose="simulator.report"),
                )  # fmt: skip
            if kind == "XZHYD" and not problems:
                problems = [(SHEET_STORED, "核验单已入库")]
            operation = MATERIAL if kind == "XZHYD" else None
            yield Result(operation, str(key) if key else None, tuple(problems), remark)


def leaves(node: etree._Element, path: str = "") -> list[tuple[str, str]]:
    """(path, text) of every element that holds text; pictures (Fjnr, Spwj) are left out."""
    name = etree.QName(node).localname if node.prefix is None else f"{node.prefix}:{etree.QName(node).localname}"
    here = f"{path}/{name}" if path else name
    if len(node):
        return [line for child in node for line in leaves(child, here)]
    return [] if name in ("Fjnr", "Spwj") else [(here, node.text or "")]


def _concerned(kind: str, record: etree._Element, province: str) -> tuple[int | None, list[Problem]]:
    """The province's id of what a report concerns."""
    if kind == "WBACLJG":
        return None, []
    if kind == "HSJG":
        subject = record.find(".//Zt_xx")
        pk = subject.findtext("Ztid") if subject is not None else None
        number = subject.findtext("Baxh") if subject is not None else None
        owner = "subject"
    else:
        pk, number = record.findtext(".//Jlid"), record.findtext(".//Baxh")
        owner = _OWNERS.get(record.findtext(".//Ssdxlx") or "", "")
    if owner == "":
        return None, [(1055, "Fjssdx/Ssdxlx 应为 1（主体）或 2（服务）")]
    rows: QuerySet[Any] = Subject.objects.filter(province=province)
    if owner == "service":
        rows = Service.objects.filter(subject__province=province)
    found = (rows.filter(pk=pk) if pk else rows.filter(number=number or "")).first()
    if found is None:
        return None, [(1016, "没有该记录")]
    return found.pk, [(1055, "该记录已注销")] if found.cancelled_at else []
