"""Reading requests off the wire: what an operation concerns, and whether it may be opened.

| operation | key (Jlid, RecordId) | Bs of the processing result |
|---|---|---|
| XZBA | IspZtid | IspZtid |
| XZWZ | IspWzid | subject number (else Ztid), and the enterprise id in the extension |
| XZJR | IspJrid | IspJrid |
| BGBA | Ztid | Ztid |
| ZXBA | Jlid | Jlid |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Model, QuerySet
from lxml import etree

from openbeian import vault
from openbeian.regime.filing_number import FilingNumberError, normalise
from openbeian.simulator.checks import (
    MINI_PROGRAM,
    ONE_MINI_PROGRAM,
    Problem,
    check_attachments,
    check_reason,
    check_service,
    check_subject,
)
from openbeian.simulator.models import (
    OPEN_STATES,
    Access,
    Blacklisted,
    Operation,
    Province,
    Record,
    Service,
    Subject,
)
from openbeian.simulator.verbs.office import behaviour, certificate_digest, filing_password
from openbeian.v3.wire import EXTENSION
from openbeian.v3.wire.documents import parse

Row = TypeVar("Row", bound=Model)

STAND_ALONE = frozenset({Operation.NEW_FILING, Operation.CHANGE, Operation.CANCEL_SUBJECT})
"""Nothing else may be open beside these; the others may run side by side."""

CANCELLATIONS = {"0": Operation.CANCEL_SUBJECT, "1": Operation.CANCEL_SERVICE, "2": Operation.CANCEL_ACCESS}
SCOPES = ("subject", "service", "both")
_LONGEST_ID = 18


class Refused(Exception):
    """A request with data errors; nothing is opened."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(str(code) for code, _ in problems))
        self.problems = problems


@dataclass(frozen=True)
class Identity:
    """By which a record of an upload is answered, readable even where the rest is not."""

    operation: int
    key: int | None
    bs: str | None
    enterprise_id: int | None = None


@dataclass(frozen=True)
class Request:
    """A request that may be opened. `data` is what is kept of it; `asked` are the principals who must verify."""

    operation: Operation
    key: int
    enterprise_id: int | None
    appid: str
    certificate_digest: bytes
    organizer: str = field(repr=False)
    service_name: str
    data: dict[str, object] = field(repr=False)
    asked: tuple[tuple[str, etree._Element | None], ...] = field(repr=False)
    scope: str = ""
    subject: Subject | None = None
    service: Service | None = None
    access: Access | None = None


RECORDS = {
    "XZBA": "Baxx", "XZWZ": "Xzxx", "XZJR": "Xzxx", "BGBA": "Bgxx", "ZXBA": "Zx_xx",
}  # fmt: skip
"""Operations that open requests, and the element of one record."""


def identify(name: str, record: etree._Element) -> Identity | None:
    """Who is answered about this record of the operation `name`; None for what cannot even be named."""
    if name == "XZBA":
        return _identity(Operation.NEW_FILING, record.findtext("Zt_xx/IspZtid"))
    if name == "XZWZ":
        own = _number(record.findtext("Wz_xx/IspWzid"))
        number = _text(record, "Zt_xx/Ztbah", "Zt_xx/Baxh", "Zt_xx/Ztid", "Ztbah", "Ztid")
        return Identity(Operation.NEW_SERVICE, own, number[:128] or None, own) if own else None
    if name == "XZJR":
        own_access = _text(record, "IspJrid", "Wz_xx/IspJrid", f"Wz_xx/{MINI_PROGRAM}/{_mp('EnterpriseAccessId')}")
        return _identity(Operation.NEW_ACCESS, own_access)
    if name == "BGBA":
        return _identity(Operation.CHANGE, record.findtext("Zt_xx/Ztid"))
    operation = CANCELLATIONS.get((record.findtext("Zxlb") or "").strip())
    return _identity(operation, record.findtext("Jlid")) if operation else None


def read(name: str, province: Province, record: etree._Element, who: Identity) -> Request:
    """The request of one record. Raises Refused with every problem found."""
    assert who.key is not None
    readers: dict[int, Callable[[Province, etree._Element, Identity], Request]] = {
        Operation.NEW_FILING: _new_filing,
        Operation.NEW_SERVICE: _new_service,
        Operation.NEW_ACCESS: _new_access,
        Operation.CHANGE: _change,
        Operation.CANCEL_SUBJECT: _cancel_subject,
        Operation.CANCEL_SERVICE: _cancel_service,
        Operation.CANCEL_ACCESS: _cancel_access,
    }
    same = Record.objects.filter(province=province, operation=who.operation, state__in=OPEN_STATES, key=who.key)
    if who.operation in (Operation.NEW_FILING, Operation.NEW_SERVICE, Operation.NEW_ACCESS) and same.exists():
        raise Refused((5006, "该记录已上报，正在办理中"))
    return readers[who.operation](province, record, who)


def _new_filing(province: Province, record: etree._Element, who: Identity) -> Request:
    service, appid = _mini_program(record.findall("Wz_xx"))
    subject = record.find("Zt_xx")
    assert subject is not None and who.key is not None
    certificate = certificate_digest(subject.findtext("Zj/Zjlx") or "", subject.findtext("Zj/Zjhm") or "")
    attached = _attached(record)
    problems = check_subject(subject, province.code) + check_service(service) + check_attachments(attached)
    if Blacklisted.objects.filter(certificate_digest=certificate).exists():
        problems.append((1065, "该主办者在黑名单中"))
    problems += _busy(province, certificate, Operation.NEW_FILING)
    if Subject.objects.filter(certificate_digest=certificate, cancelled_at=None).exists():
        problems.append((1003, "该主办者已有主体备案，不能再次首次备案"))
    problems += _taken(appid)
    if problems:
        raise Refused(*problems)
    return Request(
        Operation.NEW_FILING, who.key, who.key, appid, certificate,
        subject.findtext("Dwmc") or "", service.findtext("Wzmc") or "",
        {"zt_xx": xml(subject), "wz_xx": xml(service), "remarks": _remarks(attached)},
        (("subject", subject.find("Fzr")), ("service", service.find("Wz_Fzr"))),
    )  # fmt: skip


def _new_service(province: Province, record: etree._Element, who: Identity) -> Request:
    assert who.key is not None
    reference = record.find("Zt_xx")
    subject = _subject(province, record if reference is None else reference)
    service, appid = _mini_program(record.findall("Wz_xx"))
    certificate = bytes(subject.certificate_digest)
    attached = _attached(record)
    problems = check_service(service) + check_attachments(attached)
    if Blacklisted.objects.filter(certificate_digest=certificate).exists():
        problems.append((1065, "该主办者在黑名单中"))
    problems += _busy(province, certificate, Operation.NEW_SERVICE) + _taken(appid)
    if problems:
        raise Refused(*problems)
    zt_xx = subject_xml(subject)
    return Request(
        Operation.NEW_SERVICE, who.key, who.key, appid, certificate,
        parse(zt_xx.encode()).findtext("Dwmc") or "", service.findtext("Wzmc") or "",
        {"wz_xx": xml(service), "remarks": _remarks(attached)},
        (("service", service.find("Wz_Fzr")),), subject=subject,
    )  # fmt: skip


def _new_access(province: Province, record: etree._Element, who: Identity) -> Request:
    assert who.key is not None
    reported = record.find("Wz_xx")
    service = _service(province, record if reported is None else reported)
    appid = _text(record, f"Wz_xx/{MINI_PROGRAM}/{_mp('AppId')}", f"{MINI_PROGRAM}/{_mp('AppId')}") or service.appid
    certificate = bytes(service.subject.certificate_digest)
    attached = _attached(record)
    problems = check_attachments(attached)
    if service.appid and appid != service.appid:
        problems.append((1016, "AppId 与该服务的备案记录不一致"))
    elif not service.appid and appid:
        problems += _taken(appid)
    if service.accesses.filter(provider="", cancelled_at=None).exists():
        problems.append((1038, "该服务已由贵单位接入"))
    open_ones = Record.objects.filter(service=service, operation=Operation.NEW_ACCESS, state__in=OPEN_STATES)
    if open_ones.exists():
        problems.append((1029, "该服务已申请接入，正在办理中"))
    problems += _busy(province, certificate, Operation.NEW_ACCESS)
    if problems:
        raise Refused(*problems)
    zt_xx, wz_xx = subject_xml(service.subject), service_xml(service)
    on_file = parse(wz_xx.encode())
    return Request(
        Operation.NEW_ACCESS, who.key, who.key, appid, certificate,
        parse(zt_xx.encode()).findtext("Dwmc") or "", on_file.findtext("Wzmc") or "",
        {"wz_xx": wz_xx, "remarks": _remarks(attached)},
        # The number already on file is asked, not one that this upload may bring.
        (("service", on_file.find("Wz_Fzr")),), subject=service.subject, service=service,
    )  # fmt: skip


def _change(province: Province, record: etree._Element, who: Identity) -> Request:
    assert who.key is not None
    reported = record.find("Zt_xx")
    if reported is None:
        raise Refused((1058, "变更备案缺少 Zt_xx"))
    subject = _subject(province, reported)
    if not _ours(subject):
        raise Refused((1048, "该主体不是通过贵单位备案或接入的"))
    services = record.findall("Wz_xx")
    scope = _scope(record, subject, reported, services)
    attached = _attached(record)
    problems = check_attachments(attached)
    before = parse(subject_xml(subject).encode())
    if scope != "service":
        problems += _unchangeable(before, reported, province)
    service = node = None
    if scope != "subject":
        if not services:
            raise Refused((1059, "变更服务缺少 Wz_xx"))
        if len(services) > 1:
            raise Refused(ONE_MINI_PROGRAM)
        node = services[0]
        service = _service(province, node)
        if service.subject_id != subject.pk:
            raise Refused((1016, "该服务不属于该主体"))
        if not service.accesses.filter(provider="", cancelled_at=None).exists():
            problems.append((1048, "该服务不是通过贵单位接入的"))
        appid = node.findtext(f"{MINI_PROGRAM}/{_mp('AppId')}") or service.appid
        if service.appid and appid != service.appid:
            problems.append((1016, "AppId 与该服务的备案记录不一致"))
        problems += check_service(node)
    certificate = bytes(subject.certificate_digest)
    problems += _busy(province, certificate, Operation.CHANGE)
    if problems:
        raise Refused(*problems)
    asked = {
        "subject": (("subject", reported.find("Fzr")),),
        "service": (("service", node.find("Wz_Fzr") if node is not None else None),),
    }
    data: dict[str, object] = {"remarks": _remarks(attached)}
    if scope != "service":
        data["zt_xx"] = xml(reported)
    if node is not None:
        data["wz_xx"] = xml(node)
    else:
        # The decision's record names a service too: the one that came along, or any in force.
        named = [_service(province, other) for other in services[:1]]
        service = named[0] if named else subject.service_set.filter(cancelled_at=None).order_by("pk").first()
    return Request(
        Operation.CHANGE, who.key, None, service.appid if service else "", certificate,
        reported.findtext("Dwmc") or before.findtext("Dwmc") or "",
        (node.findtext("Wzmc") if node is not None else None) or "", data,
        asked["subject"] + asked["service"] if scope == "both" else asked[scope],
        scope=scope, subject=subject, service=service,
    )  # fmt: skip


def _cancel_subject(province: Province, record: etree._Element, who: Identity) -> Request:
    subject = _found(Subject.objects.filter(pk=_key(who)), "主体")
    if subject.province_id != province.code:
        raise Refused((1045, "该主体在其他省备案"))
    if subject.cancelled_at is not None:
        raise Refused((1049, "该主体已注销"))
    if not _ours(subject):
        raise Refused((1048, "该主体不是通过贵单位备案或接入的"))
    password = (record.findtext("ICPmm") or "").strip()
    if password and password != filing_password(subject.number):
        raise Refused((1018, "备案密码错误"))
    on_file = parse(subject_xml(subject).encode())
    return _cancellation(
        province, record, Operation.CANCEL_SUBJECT, subject, None, None, (("subject", on_file.find("Fzr")),)
    )


def _cancel_service(province: Province, record: etree._Element, who: Identity) -> Request:
    service = _found(Service.objects.select_related("subject").filter(pk=_key(who)), "服务")
    if service.subject.province_id != province.code:
        raise Refused((1045, "该服务在其他省备案"))
    if service.cancelled_at is not None:
        raise Refused((1050, "该服务已注销"))
    if not service.accesses.filter(provider="", cancelled_at=None).exists():
        raise Refused((1048, "该服务不是通过贵单位接入的"))
    on_file = parse(service_xml(service).encode())
    return _cancellation(
        province, record, Operation.CANCEL_SERVICE, service.subject, service, None,
        (("service", on_file.find("Wz_Fzr")),),
    )  # fmt: skip


def _cancel_access(province: Province, record: etree._Element, who: Identity) -> Request:
    access = _found(Access.objects.select_related("service__subject").filter(pk=_key(who)), "接入")
    if access.service.subject.province_id != province.code:
        raise Refused((1045, "该服务在其他省备案"))
    if access.provider:
        raise Refused((1047, "只能取消贵单位自己的接入"))
    if access.cancelled_at is not None:
        raise Refused((1016, "该接入已取消"))
    return _cancellation(
        province, record, Operation.CANCEL_ACCESS, access.service.subject, access.service, access, ()
    )


def _cancellation(
    province: Province,
    record: etree._Element,
    operation: Operation,
    subject: Subject,
    service: Service | None,
    access: Access | None,
    asked: tuple[tuple[str, etree._Element | None], ...],
) -> Request:
    certificate = bytes(subject.certificate_digest)
    problems = _busy(province, certificate, operation, service=service, access=access) + check_reason(record)
    if problems:
        raise Refused(*problems)
    key = access.pk if access else service.pk if service else subject.pk
    data: dict[str, object] = {"reason": record.findtext("Zxly"), "remark": record.findtext("Zxlybz") or ""}
    name = ""
    if service is not None:
        data["wz_xx"] = service_xml(service)
        name = parse(str(data["wz_xx"]).encode()).findtext("Wzmc") or ""
    return Request(
        operation, key, None, service.appid if service else "", certificate,
        parse(subject_xml(subject).encode()).findtext("Dwmc") or "", name, data, asked,
        subject=subject, service=service, access=access,
    )  # fmt: skip


def _busy(
    province: Province,
    certificate: bytes,
    operation: Operation,
    *,
    service: Service | None = None,
    access: Access | None = None,
) -> list[Problem]:
    """What stands in the way: the organizer's open requests, nationwide."""
    open_ones = list(Record.objects.filter(state__in=OPEN_STATES, certificate_digest=certificate))
    kinds = {record.operation for record in open_ones}
    if not kinds:
        return []
    if operation == Operation.CANCEL_SUBJECT and Operation.CANCEL_SUBJECT in kinds:
        return [(1027, "该主体已申请注销")]
    if operation == Operation.CANCEL_SUBJECT and Operation.CANCEL_SERVICE in kinds:
        return [(1043, "该主体有服务正在注销，不能注销主体")]
    if operation == Operation.CANCEL_SERVICE and Operation.CANCEL_SUBJECT in kinds:
        return [(1042, "该主体正在注销，不能注销服务")]
    if service is not None and operation in (Operation.CANCEL_SERVICE, Operation.CANCEL_ACCESS):
        if any(r.operation == Operation.CANCEL_SERVICE and r.service_id == service.pk for r in open_ones):
            return [(1030, "该服务已申请注销")]
    if access is not None and any(r.access_id == access.pk for r in open_ones):
        return [(1032, "该接入已申请取消")]
    if Operation.CHANGE in kinds and operation != Operation.NEW_FILING:
        return [(1017, "该主办者正在变更备案")]
    if operation in STAND_ALONE or kinds & STAND_ALONE:
        return [(1003, "该主办者另有在办的备案申请")]
    most = behaviour(province.code).open_orders
    if most is not None and len(open_ones) >= most:
        return [(1003, f"该主办者在办的申请已有 {len(open_ones)} 件，本省最多 {most} 件")]
    return []


def _taken(appid: str) -> list[Problem]:
    if Service.objects.filter(appid=appid, cancelled_at=None).exists():
        return [(1037, "该小程序已备案")]
    if Record.objects.filter(state__in=OPEN_STATES, appid=appid).exists():
        return [(1017, "该小程序另有在办的申请")]
    return []


def _unchangeable(before: etree._Element, reported: etree._Element, province: Province) -> list[Problem]:
    if reported.findtext("Txdz/Shengid") != province.code:
        return [(1046, "Zt_xx/Txdz/Shengid：省份不可变更，请注销后重新备案")]
    problems = check_subject(reported, province.code)
    for path in ("Zj/Zjlx", "Zj/Zjhm"):
        if (reported.findtext(path) or "").strip().upper() != (before.findtext(path) or "").strip().upper():
            problems.append((1008, f"Zt_xx/{path}：主体证件不可变更，请注销后重新备案"))
    return problems


def _scope(
    record: etree._Element, subject: Subject, reported: etree._Element, services: list[etree._Element]
) -> str:
    """What changes: as the extension says, else as a comparison with what is on file shows."""
    said = (record.findtext(f"{_mp('Change')}/{_mp('Scope')}") or "").strip()
    if said in SCOPES:
        return said
    changes_subject = _content(reported) != _content(parse(subject_xml(subject).encode()))
    if services and changes_subject:
        return "both"
    return "service" if services else "subject"


def _content(node: etree._Element) -> list[tuple[str, str]]:
    left_out = {"IspZtid", "Ztid", "Baxh", "Ztbah", "Bbfs"}
    return [
        (str(leaf.tag), (leaf.text or "").strip()) for leaf in node.iter() if not len(leaf) and leaf.tag not in left_out
    ]


def _subject(province: Province, node: etree._Element) -> Subject:
    pk, number = _number(node.findtext("Ztid")), _text(node, "Ztbah", "Baxh")
    found = Subject.objects.all()
    if pk is not None:
        found = found.filter(pk=pk)
    if number:
        found = found.filter(number=_normal(number))
    if pk is None and not number:
        raise Refused((1058, "缺少主体备案号（Ztbah）或 Ztid"))
    subject = _found(found, "主体")
    if subject.province_id != province.code:
        raise Refused((1045, "该主体在其他省备案"))
    if subject.cancelled_at is not None:
        raise Refused((1049, "该主体已注销"))
    return subject


def _service(province: Province, node: etree._Element) -> Service:
    pk, number = _number(node.findtext("Wzid")), _text(node, "Wzbah", "Baxh")
    found = Service.objects.select_related("subject")
    if pk is not None:
        found = found.filter(pk=pk)
    if number:
        found = found.filter(number=_normal(number))
    if pk is None and not number:
        raise Refused((1059, "缺少服务备案号（Wzbah）或 Wzid"))
    service = _found(found, "服务")
    if service.subject.province_id != province.code:
        raise Refused((1045, "该服务在其他省备案"))
    if service.cancelled_at is not None:
        raise Refused((1050, "该服务已注销"))
    return service


def _key(who: Identity) -> int:
    assert who.key is not None
    return who.key


def _found(rows: QuerySet[Row], what: str) -> Row:
    row = rows.first()
    if row is None:
        raise Refused((1016, f"没有该{what}的备案记录"))
    return row


def _mini_program(services: list[etree._Element]) -> tuple[etree._Element, str]:
    extension = services[0].find(MINI_PROGRAM) if services else None
    if len(services) != 1 or extension is None:
        raise Refused(ONE_MINI_PROGRAM)
    return services[0], extension.findtext(_mp("AppId")) or ""


def _ours(subject: Subject) -> bool:
    return not subject.provider or Access.objects.filter(
        service__subject=subject, provider="", cancelled_at=None
    ).exists()


def _attached(record: etree._Element) -> list[etree._Element]:
    return list(record.iterfind("Fj/Fjxx"))


def _remarks(attachments: Iterable[etree._Element]) -> list[str]:
    return [attachment.findtext("Bz") or "" for attachment in attachments]


def _identity(operation: Operation, text: str | None) -> Identity | None:
    key = _number(text)
    if key is None:
        return None
    own = key if operation in (Operation.NEW_FILING, Operation.NEW_ACCESS) else None
    return Identity(operation, key, str(key), own)


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= _LONGEST_ID else None


def _text(node: etree._Element, *paths: str) -> str:
    return next((text.strip() for path in paths if (text := node.findtext(path)) and text.strip()), "")


def _normal(number: str) -> str:
    try:
        return normalise(number)
    except FilingNumberError:
        return number


def _mp(name: str) -> str:
    return f"{{{EXTENSION}}}{name}"


def subject_xml(subject: Subject) -> str:
    """The subject as on file, as `Zt_xx`."""
    return vault.unseal_json(bytes(subject.sealed), purpose="simulator.subject")["zt_xx"]


def service_xml(service: Service) -> str:
    """The service as on file, as `Wz_xx`."""
    return vault.unseal_json(bytes(service.sealed), purpose="simulator.service")["wz_xx"]


def xml(node: etree._Element) -> str:
    """An element as text."""
    return etree.tostring(node, encoding="unicode", with_tail=False)
