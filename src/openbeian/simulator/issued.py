"""Download files that answer nothing: lists, tasks, notices, code tables, full synchronisation (V3.0, download file).

Written by the administration's own hand, from the interface's description.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address
from typing import Any

from lxml import etree

from openbeian.regime.code_tables import (
    cancel_reasons,
    certificate_types,
    districts,
    prior_approvals,
    provinces,
    service_contents,
    subject_types,
    wire_codes,
)
from openbeian.simulator.files import OnFile, add, document, instant, on_file
from openbeian.v3.wire import VERSION
from openbeian.v3.wire.documents import render


@dataclass(frozen=True)
class ListedSubject:
    """An entry of the subject blacklist; `operation` (Czlx) 0 add, 1 change, 2 delete."""

    id: int
    operation: int
    name: str = field(repr=False)
    nature: int
    certificate_type: int
    certificate_number: str = field(repr=False)


@dataclass(frozen=True)
class ListedService:
    """An entry of the service blacklist."""

    id: int
    operation: int
    name: str
    domain: str


@dataclass(frozen=True)
class Site:
    """A site somebody found: accessed unlawfully, or without a filing."""

    id: int
    domain: str
    ip: str
    province: str


@dataclass(frozen=True)
class Notice:
    """A notice (通知); `category` (Tzlb) 0: a subject is to be rectified, 1: a service is."""

    category: int
    number: str
    key: int
    text: str


@dataclass(frozen=True)
class CheckedSite:
    """What a check found: of an access 1 over-reported, 2 under-reported; of a service 0 alive, 1 dead."""

    service_id: int
    number: str
    result: int
    access_id: int | None = None


@dataclass(frozen=True)
class Checked:
    """Results of a check (核查结果): of accesses, of shell services, of whether services are alive."""

    accesses: tuple[CheckedSite, ...] = ()
    shells: tuple[CheckedSite, ...] = ()
    alive: tuple[CheckedSite, ...] = ()


def blacklists(subjects: Iterable[ListedSubject], services: Iterable[ListedService]) -> bytes:
    """`HMDLB`."""
    root, block = document("HMDLB")
    for entry in subjects:
        node = etree.SubElement(block, "Zthmdxxs")
        add(node, "Id", entry.id)
        subject = etree.SubElement(node, "Zt_xx")
        add(subject, "Dwmc", entry.name)
        add(subject, "Dwxz", entry.nature)
        certificate = etree.SubElement(subject, "Zj")
        add(certificate, "Zjlx", entry.certificate_type)
        add(certificate, "Zjhm", entry.certificate_number)
        add(node, "Czlx", entry.operation)
    for site in services:
        node = etree.SubElement(block, "Wzhmdxxs")
        add(node, "Id", site.id)
        service = etree.SubElement(node, "Wz_xx")
        add(service, "Wzmc", site.name)
        if site.domain:
            add(etree.SubElement(service, "Ym_xx"), "Ym", site.domain)
            add(service, "Syurl", f"www.{site.domain}")
        add(node, "Czlx", site.operation)
    return render(root)


def illegal_access(sites: Iterable[Site], at: datetime) -> bytes:
    """`FFJRHMD`."""
    root, block = document("FFJRHMD")
    for site in sites:
        node = etree.SubElement(block, "Ffjrxx")
        add(node, "Id", site.id)
        add(node, "Ym", site.domain)
        add(node, "Ip", site.ip)
        add(node, "Zjjrz", "示例接入商")
        add(node, "Szs", site.province)
        add(node, "Dqjcsj", instant(at))
    return render(root)


def unfiled_sites(sites: Iterable[Site], at: datetime) -> bytes:
    """`WBAWZLB`."""
    root, block = document("WBAWZLB")
    for site in sites:
        node = etree.SubElement(block, "Wbawz_xx")
        add(node, "Id", site.id)
        add(node, "Wzym_mc", site.domain)
        add(etree.SubElement(node, "Yylb"), "Yylb_id", 1)
        add(node, "IP", int(IPv4Address(site.ip)))
        add(node, "Dqjcsj", instant(at))
        add(node, "Jccs", 1)
        add(node, "Sssh", site.province)
        add(node, "Scjcsj", instant(at))
        add(node, "Jrs", "示例接入商")
        add(node, "Yys", "示例运营商")
    return render(root)


def verification_tasks(items: Iterable[OnFile]) -> bytes:
    """`HSRW`: records that the platform must check again."""
    root, block = document("HSRW")
    for item in items:
        block.append(on_file(item))
    return render(root)


def check_results(checked: Checked, at: datetime) -> bytes:
    """`HCJG`."""
    root, outer = document("HCJG")
    block = etree.SubElement(outer, "Jgxx")
    for name, rows in (("Jrhc", checked.accesses), ("Kkwzhc", checked.shells), ("Wzch", checked.alive)):
        for site in rows:
            node = etree.SubElement(block, name)
            add(node, "Wzid", site.service_id)
            add(node, "Wz_Baxh", site.number)
            add(node, "Hcjg", site.result)
            add(node, "Hcsj", instant(at))
            if site.access_id is not None:
                add(node, "Jrid", site.access_id)
    return render(root)


def notices(items: Iterable[Notice]) -> bytes:
    """`XGTZ`."""
    root, block = document("XGTZ")
    for notice in items:
        node = etree.SubElement(block, "Tzxx")
        add(node, "Tzlb", notice.category)
        add(node, "Baxh", notice.number)
        add(node, "Jlid", notice.key)
        add(node, "Tznr", notice.text)
    return render(root)


def code_tables(changes: Mapping[str, Iterable[Mapping[str, Any]]]) -> bytes:
    """`JCDM`: the base codes as this administration has them; rows of `changes` replace or add by Id."""
    root = etree.Element("DownloadData", version=VERSION)
    _codes(etree.SubElement(root, "JCDM"), changes)
    return render(root)


def synchronisation(items: Iterable[OnFile]) -> bytes:
    """`SJTB`: everything this administration has on file for the platform."""
    root = etree.Element("DownloadData", version=VERSION)
    block = etree.SubElement(etree.SubElement(etree.SubElement(root, "SJTB"), "ICP"), "BASJ")
    for item in items:
        block.append(on_file(item))
    return render(root)


TABLES = ("Dwxz", "Qy", "Gj_dm", "Zjlx", "Wzjylx", "Wzfwlx", "Zxly", "Fjwjgs", "Fjytlx", "Yylb")
"""The groups that are told; those without a public content are left out."""


def _codes(block: etree._Element, changes: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    group = etree.SubElement(block, "Jcdm_xx")
    for table in TABLES:
        rows = {row["Id"]: row for row in _rows(table)}
        for changed in changes.get(table, ()):
            rows[int(changed["Id"])] = {**rows.get(int(changed["Id"]), {"Sfyx": 1}), **changed}
        for row in rows.values():
            node = etree.SubElement(group, table)
            for name, value in row.items():
                add(node, name, value)


def _rows(table: str) -> list[dict[str, Any]]:
    if table == "Dwxz":
        return [{"Id": row.code, "Mc": row.name, "Sfyx": 1} for row in subject_types().values()]
    if table == "Qy":
        return [{"Id": int(row.code), "Mc": row.name, "Sfyx": 1, "Lx": row.level} for row in districts().values()]
    if table == "Gj_dm":
        return [
            {"Id": int(row.code), "Mc": row.authority, "Sfyx": 1, "Shengid": row.code, "Shengjc": row.short}
            for row in provinces().values()
        ]
    if table == "Zjlx":
        return [
            {"Id": row.code, "Mc": row.name, "Sfyx": 1, "Dwflid": row.subject_type}
            for row in certificate_types().values()
        ]
    if table == "Wzjylx":
        return [
            {"Id": row.code, "Mc": row.name, "Sfyx": 1, "Ysid": row.bit, "Sfqzsp": int(not row.stands_alone)}
            for row in prior_approvals().values()
        ]
    if table == "Wzfwlx":
        return [{"Id": row.code, "Mc": row.name, "Sfyx": 1, "Ysid": row.code} for row in service_contents().values()]
    if table == "Zxly":
        return [{"Id": row.code, "Mc": row.name, "Nr": row.name, "Sfyx": 1} for row in cancel_reasons().values()]
    lists = {"Fjwjgs": "attachment_format", "Fjytlx": "attachment_purpose", "Yylb": "language"}
    return [{"Id": row.code, "Mc": row.name, "Sfyx": 1} for row in wire_codes(lists[table]).values()]
