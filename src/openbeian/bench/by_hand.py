"""The yardstick of the codec: an upload file written and a download file read by hand, with the libraries alone.

Values are plain dicts under the names of our records' fields. Writing makes every element, encodes in GBK, and packs
as V3.0 says: ZIP, MD5, AES, base64. Reading does the same backwards, and turns every text into its value: numbers,
instants. No limit is checked and nothing unexpected is understood; our codec does that in addition.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from openbeian.regime.calendar import SHANGHAI
from openbeian.v3.wire import EXTENSION, EXTENSION_PREFIX, VERSION

Values = Mapping[str, Any]
Nodes = Mapping[Any, etree._Element]
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


def write_filings(filings: Iterable[Values], *, provider_id: int) -> bytes:
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
    return ('<?xml version="1.0" encoding="GBK"?>\n' + etree.tostring(root, encoding="unicode")).encode("gbk")


def _write_subject(node: etree._Element, values: Values) -> None:
    _sub(node, "IspZtid").text = values["order_id"]
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
    _sub(node, "Bbfs").text = str(values["mode"])
    _write_validity(_sub(node, f"{_MP}Subject", {"version": "1"}, _NSMAP), values["extension"])


def _write_service(node: etree._Element, values: Values) -> None:
    _sub(node, "IspWzid").text = values["order_id"]
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
    _write_validity(program, values_of)
    _sub(program, f"{_MP}EnterpriseAccessId").text = values_of["enterprise_access_id"]
    _write_principal(_sub(node, "Wz_Fzr"), values["principal"])
    _sub(node, "Wz_Bz").text = values["remark"]


def _write_validity(node: etree._Element, values: Values) -> None:
    _sub(node, f"{_MP}PrincipalValidFrom").text = values["valid_from"]
    _sub(node, f"{_MP}PrincipalValidUntil").text = values["valid_until"]
    _sub(node, f"{_MP}PrincipalEmergencyNumber").text = values["emergency_number"]


def _write_principal(node: etree._Element, values: Values) -> None:
    _sub(node, "Fzr_xm").text = values["name"]
    _sub(node, "Fzr_dhhm").text = values["office_phone"]
    _sub(node, "Fzr_sjhm").text = values["mobile"]
    _sub(node, "Fzr_dzyj").text = values["email"]
    _sub(node, "Fzr_zjlx").text = str(values["certificate_type"])
    _sub(node, "Fzr_zjhm").text = values["certificate_number"]


# Reading


def read_records(xml: bytes) -> tuple[Values, ...]:
    """The records on file of a download file (BASJ)."""
    return tuple(
        {
            "subject": _read_subject(_children(record[0])),
            "services": tuple(_read_service(_children(service)) for service in record.iterchildren("Wz_xx")),
        }
        for record in _root(xml).iterfind("ICP/BASJ/Baxx")
    )


def _root(xml: bytes) -> etree._Element:
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _children(node: etree._Element) -> Nodes:
    return {child.tag: child for child in node}


def _read_subject(nodes: Nodes) -> Values:
    address, certificate = _children(nodes["Txdz"]), _children(nodes["Zj"])
    return {
        "order_id": nodes["IspZtid"].text, "province_id": nodes["Ztid"].text, "name": nodes["Dwmc"].text,
        "nature": int(nodes["Dwxz"].text or ""),
        "address": {
            "province": address["Shengid"].text, "city": address["Shiid"].text, "district": address["Xianid"].text,
            "street": address["Xxdz"].text},
        "certificate": {
            "type": int(certificate["Zjlx"].text or ""), "number": certificate["Zjhm"].text,
            "address": certificate["Zjzs"].text},
        "principal": _read_principal(_children(nodes["Fzr"])), "number": nodes["Baxh"].text,
        "mode": int(nodes["Bbyhlx"].text or ""), **_read_dates(nodes),
        "extension": _read_validity(_children(nodes[f"{_MP}Subject"]))}


def _read_service(nodes: Nodes) -> Values:
    program = _children(nodes[f"{_MP}MiniProgram"])
    return {
        "order_id": nodes["IspWzid"].text, "province_service_id": nodes["Wzid"].text, "name": nodes["Wzmc"].text,
        "prior_approvals": tuple({"type": int(_children(node)["Nrlx_id"].text or "")} for node in nodes["Nrlx"]),
        "contents": tuple(int(node.text or "") for node in nodes["Fwnr"]),
        "languages": tuple(int(node.text or "") for node in nodes["Yylb"]),
        "mini_program": {
            "appid": program[f"{_MP}AppId"].text, "service_type": int(program[f"{_MP}ServiceType"].text or ""),
            "face_check": program[f"{_MP}FaceCheck"].text, **_read_validity(program),
            "enterprise_access_id": program[f"{_MP}EnterpriseAccessId"].text,
            "province_access_id": program[f"{_MP}ProvinceAccessId"].text},
        "principal": _read_principal(_children(nodes["Wz_Fzr"])), "remark": nodes["Wz_Bz"].text,
        **_read_dates(nodes), "number": nodes["Baxh"].text}


def _read_principal(nodes: Nodes) -> Values:
    return {
        "name": nodes["Fzr_xm"].text, "office_phone": nodes["Fzr_dhhm"].text, "mobile": nodes["Fzr_sjhm"].text,
        "email": nodes["Fzr_dzyj"].text, "certificate_type": int(nodes["Fzr_zjlx"].text or ""),
        "certificate_number": nodes["Fzr_zjhm"].text}


def _read_validity(nodes: Nodes) -> Values:
    return {
        "valid_from": nodes[f"{_MP}PrincipalValidFrom"].text, "valid_until": nodes[f"{_MP}PrincipalValidUntil"].text,
        "emergency_number": nodes[f"{_MP}PrincipalEmergencyNumber"].text}


def _read_dates(nodes: Nodes) -> Values:
    return {
        "first_reported_at": _read_instant(nodes["Scbbsj"]), "changed_at": _read_instant(nodes["Zjxgsj"]),
        "reviewer": nodes["Shrxm"].text, "reviewed_at": _read_instant(nodes["Shsj"])}


def _read_instant(node: etree._Element) -> datetime:
    return datetime.fromisoformat(node.text or "").replace(tzinfo=SHANGHAI)
