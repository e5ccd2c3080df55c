"""The yardstick of the codec: three files of the interface written and read by hand, and packed with the libraries alone.

Values are plain dicts under the names of our records' fields. Writing makes every element, encodes in GBK, and packs
as V3.0 says: ZIP, MD5, AES, base64. Reading does the same backwards, and turns every text into the value that it
stands for: numbers, instants, pictures. No limit is checked, nothing unexpected is understood; that is what our codec
does on top.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from openbeian.regime.calendar import SHANGHAI
from openbeian.v3.wire import EXTENSION, EXTENSION_PREFIX, VERSION

Values = Mapping[str, Any]
_MP = f"{{{EXTENSION}}}"
_NSMAP = {EXTENSION_PREFIX: EXTENSION}
_EPOCH = (1980, 1, 1, 0, 0, 0)
_sub = etree.SubElement


# Packing


def pack(xml: bytes, *, key: bytes, iv: bytes, name: str) -> tuple[str, str]:
    """(beianInfo, beianInfoHash) of a file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, _EPOCH), xml, zipfile.ZIP_DEFLATED)
    content = buffer.getvalue()
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    body = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
    return base64.b64encode(body).decode("ascii"), base64.b64encode(digest).decode("ascii")


def unpack(beian_info: str, beian_info_hash: str, *, key: bytes, iv: bytes) -> bytes:
    """The XML of a packed file. Raises ValueError if its hash is another."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    padded = decryptor.update(base64.b64decode(beian_info)) + decryptor.finalize()
    content = unpadder.update(padded) + unpadder.finalize()
    if hashlib.md5(content, usedforsecurity=False).digest() != base64.b64decode(beian_info_hash):
        raise ValueError("another hash")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(archive.namelist()[0])


# Writing


def write_filings(filings: list[Values], *, provider_id: int) -> bytes:
    """An upload file with first filings (XZBA)."""
    root = etree.Element("UploadData", version=VERSION)
    icp = _sub(root, "ICP")
    _sub(icp, "Qqdwid").text = str(provider_id)
    block = _sub(icp, "XZBA")
    for filing in filings:
        record = _sub(block, "Baxx")
        _write_subject(_sub(record, "Zt_xx"), filing["subject"])
        for service in filing["services"]:
            _write_service(_sub(record, "Wz_xx"), service)
        for attachment in filing["attachments"]:
            node = _sub(_sub(record, "Fj"), "Fjxx")
            _sub(node, "Fjwjgs").text = str(attachment["format"])
            _sub(node, "Fjyt").text = str(attachment["purpose"])
            _sub(node, "Fjnr").text = base64.b64encode(attachment["content"]).decode("ascii")
            owner = _sub(node, "Fjssdx")
            _sub(owner, "Ssdxlx").text = str(attachment["owner"]["kind"])
            _sub(owner, "Ssdxbs").text = attachment["owner"]["id"]["enterprise_id"]
            _sub(node, "Bz").text = attachment["remark"]
    return _in_gbk(root)


def write_records(records: list[Values]) -> bytes:
    """A download file with records on file (BASJ)."""
    root = etree.Element("DownloadData", version=VERSION)
    block = _sub(_sub(root, "ICP"), "BASJ")
    for filed in records:
        record = _sub(block, "Baxx")
        subject = _sub(record, "Zt_xx")
        values = filed["subject"]
        _sub(subject, "IspZtid").text = values["order_id"]
        _sub(subject, "Ztid").text = values["province_id"]
        _write_organizer(subject, values)
        _sub(subject, "Baxh").text = values["number"]
        _sub(subject, "Bbyhlx").text = str(values["mode"])
        _sub(subject, "Scbbsj").text = _instant(values["first_reported_at"])
        _sub(subject, "Zjxgsj").text = _instant(values["changed_at"])
        _sub(subject, "Shrxm").text = values["reviewer"]
        _sub(subject, "Shsj").text = _instant(values["reviewed_at"])
        _write_subject_extension(subject, values["extension"])
        for values in filed["services"]:
            service = _sub(record, "Wz_xx")
            _sub(service, "IspWzid").text = values["order_id"]
            _sub(service, "Wzid").text = values["province_service_id"]
            _write_content(service, values)
            _sub(service, "Wz_Bz").text = values["remark"]
            _sub(service, "Scbbsj").text = _instant(values["first_reported_at"])
            _sub(service, "Zjxgsj").text = _instant(values["changed_at"])
            _sub(service, "Shrxm").text = values["reviewer"]
            _sub(service, "Shsj").text = _instant(values["reviewed_at"])
            _sub(service, "Baxh").text = values["number"]
    return _in_gbk(root)


def write_results(results: list[Values]) -> bytes:
    """A download file with processing results (BAJG)."""
    root = etree.Element("DownloadData", version=VERSION)
    block = _sub(_sub(root, "ICP"), "BAJG")
    for result in results:
        node = _sub(block, "Jg_xx")
        for line in result["lines"]:
            entry = _sub(node, "Jgxx")
            _sub(entry, "Jgdm").text = str(line["code"])
            _sub(entry, "Dmms").text = line["text"]
        _sub(node, "Czlx").text = str(result["operation"])
        _sub(node, "Bs").text = result["key"]
        _sub(node, "Bz").text = result["remark"]
    return _in_gbk(root)


def _write_subject(node: etree._Element, values: Values) -> None:
    _sub(node, "IspZtid").text = values["order_id"]
    _write_organizer(node, values)
    _sub(node, "Bbfs").text = str(values["mode"])
    _write_subject_extension(node, values["extension"])


def _write_organizer(node: etree._Element, values: Values) -> None:
    _sub(node, "Dwmc").text = values["name"]
    _sub(node, "Dwxz").text = str(values["nature"])
    address = _sub(node, "Txdz")
    _sub(address, "Shengid").text = values["address"]["province"]
    _sub(address, "Shiid").text = values["address"]["city"]
    _sub(address, "Xianid").text = values["address"]["district"]
    _sub(address, "Xxdz").text = values["address"]["street"]
    certificate = _sub(node, "Zj")
    _sub(certificate, "Zjlx").text = str(values["certificate"]["type"])
    _sub(certificate, "Zjhm").text = values["certificate"]["number"]
    _sub(certificate, "Zjzs").text = values["certificate"]["address"]
    _write_principal(_sub(node, "Fzr"), values["principal"])


def _write_subject_extension(node: etree._Element, values: Values) -> None:
    extension = _sub(node, f"{_MP}Subject", {"version": "1"}, _NSMAP)
    _sub(extension, f"{_MP}PrincipalValidFrom").text = values["valid_from"]
    _sub(extension, f"{_MP}PrincipalValidUntil").text = values["valid_until"]
    _sub(extension, f"{_MP}PrincipalEmergencyNumber").text = values["emergency_number"]


def _write_service(node: etree._Element, values: Values) -> None:
    _sub(node, "IspWzid").text = values["order_id"]
    _write_content(node, values)
    _sub(node, "Wz_Bz").text = values["remark"]


def _write_content(node: etree._Element, values: Values) -> None:
    _sub(node, "Wzmc").text = values["name"]
    approvals = _sub(node, "Nrlx")
    for approval in values["prior_approvals"]:
        _sub(_sub(approvals, "Nrlx_xx"), "Nrlx_id").text = str(approval["type"])
    contents = _sub(node, "Fwnr")
    for code in values["contents"]:
        _sub(contents, "Fwnr_id").text = str(code)
    languages = _sub(node, "Yylb")
    for code in values["languages"]:
        _sub(languages, "Yylb_id").text = str(code)
    program = _sub(node, f"{_MP}MiniProgram", {"version": "1"}, _NSMAP)
    values_of = values["mini_program"]
    _sub(program, f"{_MP}AppId").text = values_of["appid"]
    _sub(program, f"{_MP}ServiceType").text = str(values_of["service_type"])
    _sub(program, f"{_MP}FaceCheck").text = values_of["face_check"]
    _sub(program, f"{_MP}PrincipalValidFrom").text = values_of["valid_from"]
    _sub(program, f"{_MP}PrincipalValidUntil").text = values_of["valid_until"]
    _sub(program, f"{_MP}PrincipalEmergencyNumber").text = values_of["emergency_number"]
    _sub(program, f"{_MP}EnterpriseAccessId").text = values_of["enterprise_access_id"]
    if "province_access_id" in values_of:
        _sub(program, f"{_MP}ProvinceAccessId").text = values_of["province_access_id"]
    _write_principal(_sub(node, "Wz_Fzr"), values["principal"])


def _write_principal(node: etree._Element, values: Values) -> None:
    _sub(node, "Fzr_xm").text = values["name"]
    _sub(node, "Fzr_dhhm").text = values["office_phone"]
    _sub(node, "Fzr_sjhm").text = values["mobile"]
    _sub(node, "Fzr_dzyj").text = values["email"]
    _sub(node, "Fzr_zjlx").text = str(values["certificate_type"])
    _sub(node, "Fzr_zjhm").text = values["certificate_number"]


def _instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _in_gbk(root: etree._Element) -> bytes:
    return ('<?xml version="1.0" encoding="GBK"?>\n' + etree.tostring(root, encoding="unicode")).encode("gbk")


# Reading


def read_filings(xml: bytes) -> list[dict[str, Any]]:
    """The first filings of an upload file (XZBA)."""
    filings = []
    for record in _root(xml).iterfind("ICP/XZBA/Baxx"):
        nodes = _children(record[0])
        told: dict[str, Any] = {
            "order_id": nodes["IspZtid"].text, **_read_organizer(nodes), "mode": int(nodes["Bbfs"].text or ""),
            "extension": _read_subject_extension(nodes[f"{_MP}Subject"])}
        filings.append({
            "subject": told,
            "services": tuple(_read_service(_children(service)) for service in record.iterchildren("Wz_xx")),
            "attachments": tuple(_read_attachment(_children(node[0])) for node in record.iterchildren("Fj")),
        })
    return filings


def read_records(xml: bytes) -> list[dict[str, Any]]:
    """The records on file of a download file (BASJ)."""
    records = []
    for record in _root(xml).iterfind("ICP/BASJ/Baxx"):
        nodes = _children(record[0])
        told: dict[str, Any] = {
            "order_id": nodes["IspZtid"].text, "province_id": nodes["Ztid"].text, **_read_organizer(nodes),
            "number": nodes["Baxh"].text, "mode": int(nodes["Bbyhlx"].text or ""), **_read_dates(nodes),
            "extension": _read_subject_extension(nodes[f"{_MP}Subject"])}
        records.append({
            "subject": told,
            "services": tuple(
                _read_filed_service(_children(service)) for service in record.iterchildren("Wz_xx")),
        })
    return records


def read_results(xml: bytes) -> list[dict[str, Any]]:
    """The processing results of a download file (BAJG)."""
    results = []
    for record in _root(xml).iterfind("ICP/BAJG/Jg_xx"):
        nodes = _children(record)
        lines = (_children(line) for line in record.iterchildren("Jgxx"))
        results.append({
            "lines": tuple({"code": int(line["Jgdm"].text or ""), "text": line["Dmms"].text} for line in lines),
            "operation": int(nodes["Czlx"].text or ""), "key": nodes["Bs"].text, "remark": nodes["Bz"].text})
    return results


def _root(xml: bytes) -> etree._Element:
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _children(node: etree._Element) -> dict[Any, etree._Element]:
    return {child.tag: child for child in node}


def _read_organizer(nodes: dict[Any, etree._Element]) -> dict[str, Any]:
    address, certificate = _children(nodes["Txdz"]), _children(nodes["Zj"])
    return {
        "name": nodes["Dwmc"].text, "nature": int(nodes["Dwxz"].text or ""),
        "address": {
            "province": address["Shengid"].text, "city": address["Shiid"].text, "district": address["Xianid"].text,
            "street": address["Xxdz"].text},
        "certificate": {
            "type": int(certificate["Zjlx"].text or ""), "number": certificate["Zjhm"].text,
            "address": certificate["Zjzs"].text},
        "principal": _read_principal(_children(nodes["Fzr"])),
    }


def _read_principal(nodes: dict[Any, etree._Element]) -> dict[str, Any]:
    return {
        "name": nodes["Fzr_xm"].text, "office_phone": nodes["Fzr_dhhm"].text, "mobile": nodes["Fzr_sjhm"].text,
        "email": nodes["Fzr_dzyj"].text, "certificate_type": int(nodes["Fzr_zjlx"].text or ""),
        "certificate_number": nodes["Fzr_zjhm"].text}


def _read_subject_extension(node: etree._Element) -> dict[str, Any]:
    nodes = _children(node)
    return {
        "valid_from": nodes[f"{_MP}PrincipalValidFrom"].text, "valid_until": nodes[f"{_MP}PrincipalValidUntil"].text,
        "emergency_number": nodes[f"{_MP}PrincipalEmergencyNumber"].text}


def _read_service(nodes: dict[Any, etree._Element]) -> dict[str, Any]:
    return {"order_id": nodes["IspWzid"].text, **_read_content(nodes), "remark": nodes["Wz_Bz"].text}


def _read_filed_service(nodes: dict[Any, etree._Element]) -> dict[str, Any]:
    return {
        "order_id": nodes["IspWzid"].text, "province_service_id": nodes["Wzid"].text, **_read_content(nodes),
        "remark": nodes["Wz_Bz"].text, **_read_dates(nodes), "number": nodes["Baxh"].text}


def _read_content(nodes: dict[Any, etree._Element]) -> dict[str, Any]:
    program = _children(nodes[f"{_MP}MiniProgram"])
    values: dict[str, Any] = {
        "appid": program[f"{_MP}AppId"].text, "service_type": int(program[f"{_MP}ServiceType"].text or ""),
        "face_check": program[f"{_MP}FaceCheck"].text, "valid_from": program[f"{_MP}PrincipalValidFrom"].text,
        "valid_until": program[f"{_MP}PrincipalValidUntil"].text,
        "emergency_number": program[f"{_MP}PrincipalEmergencyNumber"].text,
        "enterprise_access_id": program[f"{_MP}EnterpriseAccessId"].text}
    if (access := program.get(f"{_MP}ProvinceAccessId")) is not None:
        values["province_access_id"] = access.text
    return {
        "name": nodes["Wzmc"].text,
        "prior_approvals": tuple({"type": int(_children(node)["Nrlx_id"].text or "")} for node in nodes["Nrlx"]),
        "contents": tuple(int(node.text or "") for node in nodes["Fwnr"]),
        "languages": tuple(int(node.text or "") for node in nodes["Yylb"]),
        "mini_program": values, "principal": _read_principal(_children(nodes["Wz_Fzr"]))}


def _read_dates(nodes: dict[Any, etree._Element]) -> dict[str, Any]:
    return {
        "first_reported_at": _read_instant(nodes["Scbbsj"]), "changed_at": _read_instant(nodes["Zjxgsj"]),
        "reviewer": nodes["Shrxm"].text, "reviewed_at": _read_instant(nodes["Shsj"])}


def _read_instant(node: etree._Element) -> datetime:
    return datetime.fromisoformat(node.text or "").replace(tzinfo=SHANGHAI)


def _read_attachment(nodes: dict[Any, etree._Element]) -> dict[str, Any]:
    owner = _children(nodes["Fjssdx"])
    return {
        "format": int(nodes["Fjwjgs"].text or ""), "purpose": int(nodes["Fjyt"].text or ""),
        "content": base64.b64decode(nodes["Fjnr"].text or ""),
        "owner": {"kind": int(owner["Ssdxlx"].text or ""), "id": {"enterprise_id": owner["Ssdxbs"].text}},
        "remark": nodes["Bz"].text}
