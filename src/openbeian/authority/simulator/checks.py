"""What the administration finds wrong with reported data: result codes of the ICP level (V3.0), no database."""

from __future__ import annotations

import base64
import binascii
import re

from lxml import etree
from stdnum.cn import ric, uscc

Problem = tuple[int, str]

RESIDENT_ID = 2
_MOBILE = re.compile(r"1[3-9]\d{9}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_KILOBYTE = 1024
_VERIFICATION_SHEET = "1"


def check_new_filing(record: etree._Element, province: str) -> list[Problem]:
    """Problems of one `Baxx` that validated against the schema; all at once. Texts name fields, never values."""
    subject, service = record.find("Zt_xx"), record.find("Wz_xx")
    assert subject is not None and service is not None
    problems: list[Problem] = []
    if subject.findtext("Txdz/Shengid") != province:
        problems.append((1019, "Zt_xx/Txdz/Shengid 不是本省代码"))
    if not subject.findtext("Dwxz"):
        problems.append((1014, "Zt_xx/Dwxz 缺失"))
    problems += _certificate(subject.findtext("Zj/Zjlx"), subject.findtext("Zj/Zjhm"), "Zt_xx/Zj/Zjhm")
    for principal, path in ((subject.find("Fzr"), "Zt_xx/Fzr"), (service.find("Wz_Fzr"), "Wz_xx/Wz_Fzr")):
        assert principal is not None
        problems += _principal(principal, path)
    problems += _attachments(record)
    return problems


def check_reason(cancellation: etree._Element) -> list[Problem]:
    """Problems of one `Zx_xx` that its data alone shows."""
    return [] if cancellation.findtext("Zxly") in ("1", "2") else [(1026, "Zxly 不在注销原因代码表中")]


def _principal(principal: etree._Element, path: str) -> list[Problem]:
    problems: list[Problem] = []
    if not principal.findtext("Fzr_xm"):
        problems.append((1044, f"{path}/Fzr_xm 缺失"))
    if not all(_MOBILE.fullmatch(part) for part in (principal.findtext("Fzr_sjhm") or "").split(";")):
        problems.append((1011, f"{path}/Fzr_sjhm 不是有效的手机号码"))
    if not all(_MAIL.fullmatch(part) for part in (principal.findtext("Fzr_dzyj") or "").split(";")):
        problems.append((1009, f"{path}/Fzr_dzyj 不是有效的电子邮件地址"))
    kind, number = principal.findtext("Fzr_zjlx"), principal.findtext("Fzr_zjhm")
    if not kind or not number or len(number) < 6:
        # Without it the principal could never answer the SMS verification.
        problems.append((1008, f"{path} 的证件类型或证件号码缺失"))
    else:
        problems += _certificate(kind, number, f"{path}/Fzr_zjhm")
    return problems


def _certificate(kind: str | None, number: str | None, path: str) -> list[Problem]:
    number = (number or "").upper()
    if kind == str(RESIDENT_ID):
        valid = re.fullmatch(r"\d{17}[\dX]", number) and ric.calc_check_digit(number) == number[-1]
        return [] if valid else [(1015, f"{path} 不是有效的居民身份证号码")]
    if kind == "1" and len(number) == 18 and not uscc.is_valid(number):
        return [(1008, f"{path} 不是有效的统一社会信用代码")]
    return []


def _attachments(record: etree._Element) -> list[Problem]:
    problems: list[Problem] = []
    for index, attachment in enumerate(record.iterfind("Fj/Fjxx"), start=1):
        path = f"Fj[{index}]"
        limit = 150 if attachment.findtext("Fjyt") == _VERIFICATION_SHEET else 100
        try:
            content = base64.b64decode("".join((attachment.findtext("Fjnr") or "").split()), validate=True)
        except (binascii.Error, ValueError):
            problems.append((5010, f"{path}/Fjnr 不是 base64 数据"))
            continue
        if len(content) > limit * _KILOBYTE:
            problems.append((5010, f"{path}/Fjnr 超过 {limit} KB"))
        if attachment.findtext("Fjwjgs") not in ("1", "2"):
            problems.append((1056, f"{path}/Fjwjgs 不在附件格式代码表中"))
    return problems
