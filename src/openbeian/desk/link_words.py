"""What the link's codes are called on the desk's screens, as (zh, en) pairs; unknown ones are shown as they are."""

from collections.abc import Callable, Mapping
from typing import Any

from openbeian.authority.models import AssignmentKind
from openbeian.regime.code_tables import (
    certificate_types,
    districts,
    prior_approvals,
    provinces,
    result_code,
    service_contents,
    subject_types,
    wire_codes,
)
from openbeian.regime.fields import FIELDS, label
from openbeian.regime.lifecycle import STATE_LABELS, State

Words = tuple[str, str]

_TROUBLE: dict[str, Words] = {
    "timeout": ("管局没有按时应答", "no answer in time"),
    "network": ("连接不上管局", "no connection"),
    "fault": ("管局接口出错", "the interface answered with a fault"),
    "answer": ("管局的应答无法识别", "the answer is not one of the interface"),
    "damaged": ("下载的文件损坏或无法解密", "a downloaded file cannot be unpacked"),
    "settings": ("该省接口配置不完整", "the account's settings are incomplete"),
    "sequence": ("报送序号与管局不一致", "sequence numbers do not agree"),
}
_RECORDS: dict[str, Words] = {
    "ProcessingResult": ("处理结果", "Processing result"),
    "Decision": ("审核决定", "Decision"),
    "FiledRecord": ("备案数据", "Filed record"),
    "CancelledRecord": ("注销数据", "Cancelled record"),
    "SmsReport": ("短信核验结果", "SMS verification"),
}
_REASONS: dict[str, Words] = {
    "unknown_record": ("没有对应的订单", "no order of ours"),
    "unknown_file": ("没有对应的报送文件", "no file of ours"),
    "already_reported": ("管局称已收到该记录，订单未变动", "the administration has the record; the order stays as it is"),
    "several_orders": ("有多个订单符合", "more than one order fits"),
    "no_challenge": ("没有对应的短信核验", "no SMS verification of ours"),
    "another_number": ("备案号与已登记的不同", "another number than the one in the register"),
    "cancelled_by_administration": ("管局自行注销", "cancelled by the administration"),
    "earlier_decision": ("早于最近一次报送", "made before the latest upload"),
}
UNKNOWN_CODE = "unknown_code_"
_CHALLENGES: dict[str, Words] = {
    "challenge_verified": ("短信核验已通过", "the SMS was answered already"),
    "challenge_lapsed": ("短信核验已超时", "the SMS verification had lapsed"),
    "challenge_refused": ("短信核验已失败", "the SMS verification had failed"),
}
_ASSIGNMENTS: dict[str, Words] = {
    AssignmentKind.VERIFY: ("核实任务", "Verification task"),
    AssignmentKind.UNFILED: ("未备案服务", "Unfiled service found"),
    AssignmentKind.ILLEGAL_ACCESS: ("非法接入黑名单", "Illegal access list"),
    AssignmentKind.CHECK: ("核查结果", "Check result"),
    AssignmentKind.RECTIFY: ("整改通知", "Notice to rectify"),
}
_DIFFERENCES: dict[str, Words] = {
    "missing_here": ("管局有，我方没有", "on file there, not here"),
    "missing_there": ("我方有，管局没有", "on file here, not there"),
    "cancelled_here": ("我方已注销，管局未注销", "cancelled here, on file there"),
    "cancelled_there": ("管局已注销，我方未注销", "cancelled there, on file here"),
    "another_number": ("备案号不同", "another number"),
    "another_id": ("管局标识不同", "another id"),
    "differs": ("内容不同", "content differs"),
}
_TABLES: dict[str, Words] = {
    "subject_types": ("单位性质", "Subject types"),
    "certificate_types": ("证件类型", "Certificate types"),
    "prior_approvals": ("前置审批", "Prior approvals"),
    "service_contents": ("服务内容", "Service contents"),
    "cancel_reasons": ("注销原因", "Cancel reasons"),
    "districts": ("行政区划", "Districts"),
    "wire_codes/language": ("语言类别", "Languages"),
    "wire_codes/attachment_format": ("附件格式", "Attachment formats"),
    "wire_codes/attachment_purpose": ("附件用途", "Attachment purposes"),
}
_UPLOADS: dict[str, Words] = {
    "prepared": ("待发", "to be sent"),
    "delivered": ("已送达，等待结果", "delivered, no result yet"),
    "accepted": ("管局已接受", "accepted"),
    "refused": ("管局未接受", "not accepted"),
    "given_up": ("已放弃等待", "given up"),
}
#: The last part of a line's path, or the last two.
_PARTS: dict[str, Words] = {
    "address": ("地址", "Address"), "appid": ("小程序 AppID", "AppID"), "at": ("时间", "Time"), "category": ("类别", "Category"),
    "certificate.number": ("号码", "Number"), "certificate_number": ("证件号码", "Certificate number"),
    "certificate_path": ("证书路径", "Certificate path"),
    "certificate_serial": ("证书序号", "Certificate serial"), "certificate_type": ("证件类型", "Certificate type"),
    "certificate_valid_until": ("证书有效期至", "Certificate valid until"), "changed_at": ("最近修改时间", "Last changed"),
    "checked_at": ("核查时间", "Checked at"), "city": ("市", "City"), "code": ("代码", "Code"),
    "content": ("内容", "Content"), "contents": ("服务内容", "Service content"), "dead": ("是否无法访问", "Unreachable"),
    "decided_at": ("审核时间", "Decided at"), "district": ("区县", "District"), "domain": ("域名", "Domain"),
    "domains": ("域名", "Domain"), "email": ("电子邮件", "E-mail"),
    "emergency_number": ("应急联系电话", "Emergency number"),
    "enterprise_access_id": ("本平台接入标识", "Our access id"), "enterprise_id": ("本平台标识", "Our id"),
    "error": ("错误说明", "Error"), "face_check": ("人脸核身", "Face check"), "first": ("起始", "First"),
    "first_found_at": ("首次发现时间", "First found"), "first_reported_at": ("首次报备时间", "First reported"),
    "found_at": ("最近发现时间", "Found at"), "group": ("组", "Group"), "home_url": ("首页网址", "Home page"),
    "id": ("管局标识", "Province's id"), "ip": ("IP", "IP"), "key": ("管局标识", "Province's id"), "kind": ("类别", "Kind"),
    "languages": ("语言类别", "Language"), "last": ("截止", "Last"),
    "legal_representative_name": ("法定代表人姓名", "Legal representative"),
    "legal_representative_number": ("法定代表人证件号码", "Legal representative's number"),
    "locations": ("服务器放置地", "Server location"), "mobile": ("手机号码", "Mobile"), "mode": ("报备方式", "Reporting mode"),
    "modes": ("接入方式", "Kind of access"), "more": ("其他", "More"), "msn": ("MSN", "MSN"), "name": ("名称", "Name"),
    "nature": ("性质", "Nature"), "number": ("备案号", "Filing number"), "office_phone": ("办公电话", "Office phone"),
    "omitted": ("未处理的部分", "Left out"), "operation": ("操作类型", "Operation"), "operator": ("运营商", "Operator"),
    "opinion": ("审核意见", "Opinion"), "order_id": ("本平台订单号", "Our order"), "passed": ("是否通过", "Passed"),
    "principal": ("负责人", "Principal"), "principal.name": ("姓名", "Name"),
    "prior_approvals.number": ("批准文号", "Number"),
    "provider": ("接入商", "Access provider"), "province": ("省份", "Province"),
    "province_access_id": ("管局接入标识", "Province's access id"), "province_id": ("管局标识", "Province's id"),
    "province_service_id": ("管局服务标识", "Province's service id"),
    "province_subject_id": ("管局主体标识", "Province's subject id"), "qq": ("QQ", "QQ"),
    "record_id": ("管局标识", "Province's id"), "remark": ("备注", "Remark"),
    "reporter_id": ("报备单位", "Reported by"), "reporter_mode": ("报备方式", "Reporting mode"),
    "resolved_ip": ("解析到的 IP", "Resolves to"), "result": ("结果", "Result"), "reviewed_at": ("审核时间", "Reviewed at"),
    "reviewer": ("审核人", "Reviewer"), "reviewer_phone": ("审核人电话", "Reviewer's phone"), "scans": ("扫描件", "Scan"),
    "service_number": ("服务备案号", "Service number"), "service_type": ("服务类型", "Service type"),
    "street": ("详细地址", "Street"), "subject_number": ("主体备案号", "Subject number"),
    "superior": ("投资者或上级单位", "Investor or superior"), "text": ("说明", "Text"),
    "times_found": ("发现次数", "Times found"), "type": ("类型", "Type"), "url": ("网址", "Address"),
    "valid": ("是否有效", "Valid"), "valid_from": ("证件有效期自", "Valid from"), "valid_until": ("证件有效期至", "Valid until"),
}
#: The parts before it: what it is a line of.
_GROUPS: dict[str, Words] = {
    "accesses": ("接入", "Access"), "address": ("地址", "Address"), "addresses": ("IP 地址", "IP addresses"),
    "certificate": ("证件", "Certificate"), "codes": ("代码表", "Code tables"), "decision": ("审核决定", "Decision"),
    "domains": ("域名", "Domains"), "extension": ("补充信息", "Additional"), "filed": ("备案数据", "On file"),
    "lines": ("结果", "Result"), "mini_program": ("小程序", "Mini program"), "others": ("其他记录", "Other records"),
    "principal": ("负责人", "Principal"), "prior_approvals": ("前置审批", "Prior approval"), "rows": ("代码", "Code"),
    "services": ("服务", "Service"), "subject": ("主体", "Subject"), "units": ("单位", "Unit"),
}

#: By the last part of a line's path, or the last two, the table its codes are of.
_CODES: dict[str, Callable[[], Mapping[str, Any]]] = {
    "nature": lambda: _by_text(subject_types()), "certificate.type": lambda: _by_text(certificate_types()),
    "certificate_type": lambda: _by_text(certificate_types()), "contents": lambda: _by_text(service_contents()),
    "prior_approvals.type": lambda: _by_text(prior_approvals()),
    "languages": lambda: _by_text(wire_codes("language")), "province": provinces, "city": districts,
    "district": districts,
}


def _by_text(table: Mapping[int, Any]) -> Mapping[str, Any]:
    return {str(code): row for code, row in table.items()}


def part(path: str) -> Words:
    """Where a line of a record, or a difference, stands: what it is of, and what it is."""
    if path in FIELDS:
        return label(path)
    *groups, last = path.split(".")
    named = _PARTS.get(".".join(path.split(".")[-2:])) or _PARTS.get(last, (last, last))
    words = [*(_GROUPS.get(group, (group, group)) for group in groups), named]
    return " · ".join(zh for zh, _ in words), " · ".join(en for _, en in words)


def value(path: str, text: str) -> Words:
    """What a line says, a code with what it stands for."""
    *_, group, last = "", *path.split(".")
    table = _CODES.get(f"{group}.{last}") or _CODES.get(last)
    row = table().get(text) if table and text.isdecimal() else None
    if row is None:
        return text, text
    return f"{row.name}（{text}）", f"{getattr(row, 'name_en', row.name)} ({text})"


def upload(state: str) -> Words:
    """How far an upload has come."""
    return _UPLOADS.get(state, (state, state))


def problem(text: str) -> Words:
    """What is wrong with a file; the technical part stays as it is."""
    for start, zh in (("cannot be read", "无法解析"), ("cannot be unpacked", "无法解包")):
        if text.startswith(start):
            return zh + text[len(start):].replace(": ", "：", 1), text
    return f"部分内容未生效：{text}", f"Part of it had no effect: {text}"


def trouble(code: str) -> Words | None:
    """What is wrong with a way of a lane; None for nothing."""
    if not code:
        return None
    if code.isdecimal():
        row = result_code(int(code))
        return row.meaning_zh, row.meaning_en
    return _TROUBLE.get(code, (code, code))


def record(name: str) -> Words:
    """A kind of answer."""
    return _RECORDS.get(name, (name, name))


def reason(code: str) -> Words:
    """Why an answer fits nothing."""
    if code.startswith("order_") and code[6:] in set(State):
        state = STATE_LABELS[State(code[6:])]
        return f"订单状态为“{state.zh}”", f"the order is in state “{state.en}”"
    if code.startswith(UNKNOWN_CODE):
        number = code.removeprefix(UNKNOWN_CODE)
        return f"未知处理代码 {number}，订单未变动", f"unknown result code {number}; the order stays as it is"
    return _REASONS.get(code) or _CHALLENGES.get(code) or (code, code)


def assignment(kind: str) -> Words:
    """A kind of task or notice."""
    return _ASSIGNMENTS.get(kind, (kind, kind))


def difference(kind: str) -> Words:
    """A kind of difference between register and province."""
    return _DIFFERENCES.get(kind, (kind, kind))


def table(name: str) -> Words:
    """A code table."""
    return _TABLES.get(name, (name, name))
