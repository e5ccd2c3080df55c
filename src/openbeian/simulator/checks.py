"""What the administration finds wrong with reported data: result codes of the ICP level (V3.0), no database."""

import base64
import binascii
import re
from collections.abc import Iterable

from lxml import etree
from stdnum.cn import ric, uscc

from openbeian.regime.code_tables import (
    cancel_reasons,
    certificate_types,
    prior_approval,
    service_contents,
    subject_types,
    wire_codes,
)

Problem = tuple[int, str]

RESIDENT_ID = 2
ONE_MINI_PROGRAM = (5011, "本系统每条备案只受理一个小程序")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_KILOBYTE = 1024
_VERIFICATION_SHEET = "1"
_PICTURE_LIMIT, _SHEET_LIMIT = 100, 150


def check_subject(subject: etree._Element, province: str) -> list[Problem]:
    """Problems of a reported subject; all at once. Texts name fields, never values."""
    problems: list[Problem] = []
    if subject.findtext("Txdz/Shengid") != province:
        problems.append((1019, "Zt_xx/Txdz/Shengid 不是本省代码"))
    nature, kind = subject.findtext("Dwxz") or "", subject.findtext("Zj/Zjlx") or ""
    if not nature:
        problems.append((1014, "Zt_xx/Dwxz 缺失"))
    elif int(nature) not in subject_types():
        problems.append((1014, "Zt_xx/Dwxz 不在单位性质代码表中"))
    else:
        known = certificate_types().get(int(kind)) if kind else None
        if known is None or known.subject_type != int(nature):
            problems.append((1008, "Zt_xx/Zj/Zjlx 不是该单位性质可用的证件类型"))
    problems += _certificate(kind, subject.findtext("Zj/Zjhm"), "Zt_xx/Zj/Zjhm")
    return problems + _principal(subject.find("Fzr"), "Zt_xx/Fzr")


def check_service(service: etree._Element) -> list[Problem]:
    """Problems of a reported mini program; all at once."""
    problems: list[Problem] = []
    for node in service.iterfind("Nrlx/Nrlx_xx/Nrlx_id"):
        if prior_approval(int(node.text or 0)) is None:
            problems.append((1033, "Wz_xx/Nrlx/Nrlx_xx/Nrlx_id 不在前置审批代码表中"))
    for node in service.iterfind("Fwnr/Fwnr_id"):
        content = service_contents().get(int(node.text or 0))
        if content is None or content.parent == 0:
            problems.append((1034, "Wz_xx/Fwnr/Fwnr_id 不在服务内容代码表中"))
    if any(int(node.text or 0) not in wire_codes("language") for node in service.iterfind("Yylb/Yylb_id")):
        problems.append((1066, "Wz_xx/Yylb/Yylb_id 不在语言代码表中"))
    scans = [node.text or "" for node in service.iterfind("Nrlx/Nrlx_xx/Spwj")]
    problems += _pictures(scans, "Wz_xx/Nrlx/Nrlx_xx/Spwj", _PICTURE_LIMIT)
    return list(dict.fromkeys(problems)) + _principal(service.find("Wz_Fzr"), "Wz_xx/Wz_Fzr")


def check_attachments(attachments: Iterable[etree._Element]) -> list[Problem]:
    """Problems of attachments (`Fjxx`)."""
    problems: list[Problem] = []
    for index, attachment in enumerate(attachments, start=1):
        path = f"Fj[{index}]"
        limit = _SHEET_LIMIT if attachment.findtext("Fjyt") == _VERIFICATION_SHEET else _PICTURE_LIMIT
        problems += _pictures([attachment.findtext("Fjnr") or ""], f"{path}/Fjnr", limit)
        if attachment.findtext("Fjwjgs") not in ("1", "2"):
            problems.append((1056, f"{path}/Fjwjgs 不在附件格式代码表中"))
        if int(attachment.findtext("Fjyt") or 0) not in wire_codes("attachment_purpose"):
            problems.append((1057, f"{path}/Fjyt 不在附件用途代码表中"))
    return problems


def check_reason(cancellation: etree._Element) -> list[Problem]:
    """Problems of one `Zx_xx` that its data alone shows."""
    known = (cancellation.findtext("Zxly") or "") in map(str, cancel_reasons())
    return [] if known else [(1026, "Zxly 不在注销原因代码表中")]


def _principal(principal: etree._Element | None, path: str) -> list[Problem]:
    if principal is None:
        return [(1007, f"{path} 缺失")]
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


def _pictures(contents: Iterable[str], path: str, limit: int) -> list[Problem]:
    problems: list[Problem] = []
    for text in contents:
        try:
            content = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            problems.append((5010, f"{path} 不是 base64 数据"))
            continue
        if len(content) > limit * _KILOBYTE:
            problems.append((5010, f"{path} 超过 {limit} KB"))
    return problems
