"""Files coming in: the sequence without a gap, and the records opened from an accepted file."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from lxml import etree

from openbeian import vault
from openbeian.authority.simulator import files
from openbeian.authority.simulator.checks import Problem, check_new_filing, check_reason
from openbeian.authority.simulator.models import (
    OPEN_STATES,
    Operation,
    Province,
    Record,
    Service,
    State,
    Subject,
    Upload,
)
from openbeian.authority.simulator.verbs.office import certificate_digest, province_row, queue_up, send
from openbeian.authority.simulator.verbs.sms import challenge
from openbeian.authority.simulator.verbs.time import settle
from openbeian.authority.wire import EXTENSION, VERSION
from openbeian.authority.wire.documents import DocumentError, parse
from openbeian.authority.wire.validation import validate_root
from openbeian.ledger import clock

SMS_WINDOW = timedelta(hours=24)
"""How long principals have to verify (SMS verification rules, all provinces since 2020-08-17)."""

NOT_OFFERED = frozenset({"XZWZ", "XZJR", "BGBA", "XZHYD", "HSJG", "WBACLJG"})


class SequenceGap(Exception):
    """An upload came before its predecessors; `missing` holds their numbers (call-level code 14)."""

    def __init__(self, missing: tuple[int, ...]) -> None:
        super().__init__("sequence gap")
        self.missing = missing


class SequenceReused(Exception):
    """A number already accepted came again with other bytes."""


@transaction.atomic
def accept_upload(
    *, province: str, sequence: int, entry_name: str, xml: bytes, packed: dict[str, Any], isp_id: int
) -> bool:
    """Accept one file and process it: queue its results, open its requests, send their SMS.

    `packed`: beianInfo, beianInfoHash, encryptAlgorithm as they came. Returns False when the very same file had
    been accepted before (nothing happens again). Raises SequenceGap, SequenceReused.
    """
    settle()
    queue_up()
    now = clock.now()
    row = province_row(province)
    content = hashlib.sha256(f"{packed['beianInfo']} {packed['beianInfoHash']}".encode()).digest()
    if sequence <= row.last_sequence:
        before = Upload.objects.get(province=row, sequence=sequence)
        if bytes(before.digest) != content:
            raise SequenceReused
        return False
    if sequence > row.last_sequence + 1:
        # The answer lists the missing numbers; a thousand are enough to see what is wrong.
        raise SequenceGap(tuple(range(row.last_sequence + 1, min(sequence, row.last_sequence + 1001))))
    row.last_sequence = sequence
    row.save(update_fields=["last_sequence"])
    Upload.objects.create(
        province=row,
        sequence=sequence,
        entry_name=entry_name[:128],
        sealed=vault.seal_json(packed, purpose="simulator.upload"),
        digest=content,
        received_at=now,
    )
    results = _process(row, xml, entry_name[:128], sequence, isp_id, now)
    send(row, "BAJG", files.results(results), now)
    return True


def _process(
    province: Province, xml: bytes, entry_name: str, sequence: int, isp_id: int, now: datetime
) -> list[files.Result]:
    remark = f"上报序号 {sequence}"
    try:
        root = parse(xml)
    except DocumentError as error:
        return [files.Result(None, None, ((5001, f"{entry_name}: {error}"),), remark)]
    if refusal := _refusal_of_file(root, isp_id):
        code, text = refusal
        problems = ((code, f"{entry_name}: {text}"),)
        return [files.Result(operation, key, problems, remark) for operation, key in _keys(root) or [(None, None)]]
    results = []
    for record in root.iterfind("ICP/XZBA/Baxx"):
        key = int(record.findtext("Zt_xx/IspZtid") or 0)
        found = _open_new_filing(province, record, key, now)
        results.append(files.Result(Operation.NEW_FILING, key, tuple(found), remark))
    for cancellation in root.iterfind("ICP/ZXBA/Zx_xx"):
        key = int(cancellation.findtext("Jlid") or 0)
        found = _open_cancellation(province, cancellation, key, now)
        results.append(files.Result(Operation.CANCEL_SERVICE, key, tuple(found), remark))
    return results


def _refusal_of_file(root: etree._Element, isp_id: int) -> Problem | None:
    if root.tag == "UploadData" and root.get("version") != VERSION:
        return 5004, f"根元素的 version 应为 {VERSION}"
    if root.find("ICP") is None and (root.find("IP") is not None or root.find("YM") is not None):
        return 5011, "本系统未开放 IP 地址和域名备案功能"
    if any(root.find(f"ICP/{name}") is not None for name in NOT_OFFERED):
        return 5011, "本系统未开放该操作"
    if findings := validate_root(root, "upload"):
        return 5001, "; ".join(findings)
    if root.findtext("ICP/Qqdwid") != str(isp_id):
        return 5003, "ICP/Qqdwid 与调用者的企业代码不一致"
    return None


def _keys(root: etree._Element) -> list[tuple[int | None, int | None]]:
    """Operation and key of each record of a refused file, as far as they can be read."""
    keys: list[tuple[int | None, int | None]] = []
    for path, name, operation in (
        ("ICP/XZBA/Baxx", "Zt_xx/IspZtid", Operation.NEW_FILING),
        ("ICP/ZXBA/Zx_xx", "Jlid", Operation.CANCEL_SERVICE),
    ):
        for record in root.iterfind(path):
            text = (record.findtext(name) or "").strip()
            if text.isascii() and text.isdigit() and 0 < len(text) <= 18:
                keys.append((int(operation), int(text)))
    return keys[:1000]


def _open_new_filing(province: Province, record: etree._Element, key: int, now: datetime) -> list[Problem]:
    services = record.findall("Wz_xx")
    extension = services[0].find(f"{{{EXTENSION}}}MiniProgram")
    if len(services) != 1 or extension is None:
        return [(5011, "本系统每条备案只受理一个小程序")]
    appid = extension.findtext(f"{{{EXTENSION}}}AppId") or ""
    subject, service = record.find("Zt_xx"), services[0]
    assert subject is not None
    kind, number = subject.findtext("Zj/Zjlx") or "", subject.findtext("Zj/Zjhm") or ""
    certificate = certificate_digest(kind, number)

    ours = Record.objects.filter(province=province, operation=Operation.NEW_FILING, state__in=OPEN_STATES, key=key)
    if ours.exists():
        return [(5006, "该记录已上报，正在办理中")]
    problems = check_new_filing(record, province.code)
    open_records = Record.objects.filter(state__in=OPEN_STATES)
    if open_records.filter(certificate_digest=certificate, operation=Operation.NEW_FILING).exists():
        problems.append((1003, "该主办者另有在办的备案申请"))
    elif Subject.objects.filter(certificate_digest=certificate, cancelled_at=None).exists():
        problems.append((1003, "该主办者已有主体备案，不能再次首次备案"))
    if Service.objects.filter(appid=appid, cancelled_at=None).exists():
        problems.append((1037, "该小程序已备案"))
    elif open_records.filter(appid=appid).exists():
        problems.append((1017, "该小程序另有在办的申请"))
    if problems:
        return problems
    opened = Record.objects.create(
        province=province,
        operation=Operation.NEW_FILING,
        key=key,
        appid=appid,
        state=State.SMS,
        received_at=now,
        state_since=now,
        sms_deadline=now + SMS_WINDOW,
        certificate_digest=certificate,
        sealed=vault.seal_json({"zt_xx": _xml(subject), "wz_xx": _xml(service)}, purpose="simulator.record"),
    )
    challenge(opened, (("subject", subject.find("Fzr")), ("service", service.find("Wz_Fzr"))), now)
    return []


def _open_cancellation(
    province: Province, cancellation: etree._Element, key: int, now: datetime
) -> list[Problem]:
    if cancellation.findtext("Zxlb") != "1":
        return [(5011, "本系统只受理注销服务")]
    service = Service.objects.select_related("subject").filter(pk=key, subject__province=province).first()
    if service is None:
        return [(1016, "没有该服务的备案记录")]
    if service.cancelled_at is not None:
        return [(1050, "该服务已注销")]
    if Record.objects.filter(service=service, operation=Operation.CANCEL_SERVICE, state__in=OPEN_STATES).exists():
        return [(1030, "该服务已申请注销")]
    if problems := check_reason(cancellation):
        return problems
    wz_xx = vault.unseal_json(bytes(service.sealed), purpose="simulator.service")["wz_xx"]
    reason = {"reason": cancellation.findtext("Zxly"), "remark": cancellation.findtext("Zxlybz") or ""}
    opened = Record.objects.create(
        province=province,
        operation=Operation.CANCEL_SERVICE,
        key=key,
        appid=service.appid,
        state=State.SMS,
        received_at=now,
        state_since=now,
        sms_deadline=now + SMS_WINDOW,
        certificate_digest=service.subject.certificate_digest,
        sealed=vault.seal_json({"wz_xx": wz_xx, **reason}, purpose="simulator.record"),
        service=service,
    )
    challenge(opened, (("service", parse(wz_xx.encode()).find("Wz_Fzr")),), now)
    return []


def _xml(node: etree._Element) -> str:
    return etree.tostring(node, encoding="unicode", with_tail=False)
