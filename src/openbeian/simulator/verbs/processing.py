"""Processing accepted files: every record becomes a result, and an open request unless something is wrong."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from lxml import etree

from openbeian import vault
from openbeian.simulator import files, script
from openbeian.simulator.checks import Problem
from openbeian.simulator.faults import Fault
from openbeian.simulator.models import Operation, Record, State, Upload
from openbeian.simulator.verbs.challenges import challenge
from openbeian.simulator.verbs.office import (
    account,
    behaviour,
    coding,
    current_faults,
    current_settings,
    move,
    name_digest,
    province_row,
    put,
    send,
)
from openbeian.simulator.verbs.reports import take_reports
from openbeian.simulator.verbs.requests import additions, cancellations
from openbeian.simulator.verbs.requests.changes import change
from openbeian.simulator.verbs.requests.conflicts import open_already
from openbeian.simulator.verbs.requests.request import (
    RECORDS,
    Identity,
    Refused,
    Reported,
    Request,
    identify,
    refuse,
)
from openbeian.v3.wire import VERSION, packing
from openbeian.v3.wire.documents import DocumentError, parse
from openbeian.v3.wire.validation import validate_root

SMS_WINDOW = timedelta(hours=24)
"""How long principals have to verify (SMS verification rules, all provinces since 2020-08-17)."""

UNKNOWN_CODE = 1777
"""A processing code that is in no list."""

_READERS: Mapping[Operation, Callable[[Reported], Request]] = {
    Operation.NEW_FILING: additions.new_filing,
    Operation.NEW_SERVICE: additions.new_service,
    Operation.NEW_ACCESS: additions.new_access,
    Operation.CHANGE: change,
    Operation.CANCEL_SUBJECT: cancellations.cancel_subject,
    Operation.CANCEL_SERVICE: cancellations.cancel_service,
    Operation.CANCEL_ACCESS: cancellations.cancel_access,
}
"""What reads the request of a record, and raises Refused with every problem found."""


def process(upload: Upload, xml: bytes, at: datetime) -> None:
    """Process a file that is due: queue its results, open its requests, send their SMS.

    Caller holds the queue.
    """
    if upload.due_at is not None:
        upload.due_at = None
        upload.save(update_fields=["due_at"])
    results = list(_results(upload, xml, at))
    if current_faults().strikes(Fault.UNKNOWN_CODE, upload.province_id, upload.sequence):
        odd = [replace(result, problems=((UNKNOWN_CODE, "未公布的处理代码"),)) for result in results]
        put(province_row(upload.province_id), "BAJG", files.results(odd), at)
    send(upload.province_id, "BAJG", files.results(results), at)


def content(upload: Upload) -> bytes:
    """The XML of an accepted file."""
    packed = vault.unseal_json(upload.sealed, purpose="simulator.upload")
    encrypted = packed["encryptAlgorithm"] == packing.ENCRYPT_AES
    return packing.unpack(
        packed["beianInfo"], packed["beianInfoHash"], coding(upload.province_id, encrypt=encrypted)
    )


def _results(upload: Upload, xml: bytes, at: datetime) -> Iterator[files.Result]:
    name, remark = upload.entry_name, f"上报序号 {upload.sequence}"
    try:
        root = parse(xml)
    except DocumentError as error:
        yield files.Result(None, None, ((5001, f"{name}: {error}"),), remark)
        return
    if refusal := _refusal_of_file(root, account(upload.province_id)["isp_id"]):
        code, text = refusal
        problems = ((code, f"{name}: {text}"),)
        known = [named for _, _, named in _records(root) if named is not None][:1000]
        for named in known:
            yield _result(upload, named, problems, remark)
        if not known:
            yield files.Result(None, None, problems, remark)
        return
    for operation, record, who in _records(root):
        if who is None:
            yield files.Result(None, None, ((1016, f"{operation} 缺少记录标识"),), remark)
        else:
            yield _result(upload, who, _open(upload, record, who, at), remark)
    yield from take_reports(root, upload, at, remark)


def _result(upload: Upload, who: Identity, problems: tuple[Problem, ...], remark: str) -> files.Result:
    extended = who.operation == Operation.NEW_SERVICE and behaviour(upload.province_id).extension
    return files.Result(who.operation, who.bs, problems, remark, who.enterprise_id if extended else None)


def _records(root: etree._Element) -> Iterator[tuple[str, etree._Element, Identity | None]]:
    for name, element in RECORDS.items():
        for record in root.iterfind(f"ICP/{name}/{element}"):
            yield name, record, identify(name, record)


def _refusal_of_file(root: etree._Element, isp_id: int) -> Problem | None:
    if root.tag == "UploadData" and root.get("version") != VERSION:
        return 5004, f"根元素的 version 应为 {VERSION}"
    if root.find("ICP") is None and (root.find("IP") is not None or root.find("YM") is not None):
        return 5011, "本系统未开放 IP 地址和域名备案功能"
    if findings := validate_root(root, "upload"):
        return 5001, "; ".join(findings)
    if root.findtext("ICP/Qqdwid") != str(isp_id):
        return 5003, "ICP/Qqdwid 与调用者的企业代码不一致"
    return None


def _open(upload: Upload, record: etree._Element, who: Identity, at: datetime) -> tuple[Problem, ...]:
    reported = Reported(upload.province_id, record, who)
    try:
        refuse(open_already(reported))
        request = _READERS[who.operation](reported)
    except Refused as refused:
        return refused.problems
    rule = _rule(request, upload.province_id)
    if rule is not None and rule.outcome == "data_error":
        assert rule.code is not None
        return ((rule.code, rule.opinion or "按脚本返回的数据错误"),)
    _create(request, upload, rule, at)
    return ()


def _rule(request: Request, province: str) -> script.Rule | None:
    who = request.who
    keys = [key for key in (who.key, who.enterprise_id) if key is not None]
    for rule in script.read_script(current_settings().script):
        if rule.matches(
            organizer=request.organizer, service=request.service_name, keys=keys, appid=request.appid,
            operation=who.operation, province=province,
        ) and not _used_up(rule, request, province):  # fmt: skip
            return rule
    return None


def _used_up(rule: script.Rule, request: Request, province: str) -> bool:
    if rule.times is None:
        return False
    earlier = Record.objects.filter(
        province=province, operation=request.who.operation, key=request.who.key, plan=rule.as_json())
    return earlier.count() >= rule.times


def _create(request: Request, upload: Upload, rule: script.Rule | None, at: datetime) -> None:
    lapses = rule is not None and rule.outcome == "lapse"
    deadline = due = at + SMS_WINDOW
    if rule is not None and lapses and rule.delay is not None:
        deadline = due = at + timedelta(seconds=rule.delay)
    if rule is not None and rule.verify_after is not None:
        due = min(due, at + timedelta(seconds=rule.verify_after))
    record = Record.objects.create(
        province=upload.province,
        operation=request.who.operation,
        key=request.who.key,
        enterprise_id=request.who.enterprise_id,
        appid=request.appid,
        scope=request.scope,
        state=State.SMS,
        received_at=at,
        state_since=at,
        sms_deadline=deadline if request.asked else None,
        due_at=due if request.asked else None,
        plan=rule.as_json() if rule is not None else {},
        certificate_digest=request.certificate_digest,
        name_digest=name_digest(request.organizer),
        sealed=vault.seal_json(
            {**request.data, "organizer": request.organizer, "name": request.service_name},
            purpose="simulator.record",
        ),
        upload=upload,
        subject=request.subject,
        service=request.service,
        access=request.access,
    )
    if request.asked:
        challenge(record, request.asked, at, send_codes=not lapses)
    else:
        # Nobody verifies when an access is cancelled.
        move(record, State.REVIEW, at)
