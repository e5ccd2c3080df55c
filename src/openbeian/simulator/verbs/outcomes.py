"""How a request ends: approved, refused, or given back when its verification fails. Each queues its files."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from lxml import etree

from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.filing_number import ServiceKind
from openbeian.regime.filing_number import parse as parse_number
from openbeian.simulator import files
from openbeian.simulator.files import MINI_PROGRAM
from openbeian.simulator.models import Access, Operation, Record, Service, State, Subject
from openbeian.simulator.verbs.office import (
    behaviour,
    move,
    next_number,
    next_record_id,
    province_row,
    send,
)
from openbeian.v3.wire import mp

OWN_IDS = ("Ztid", "Wzid", "Jrid", "Baxh", "Ztbah", "Wzbah")
"""Elements of a change that name what changes; they are no content."""

_SUBJECT_PARTS = ("Dwmc", "Dwxz", "Tzr", "Txdz", "Zj", "Fzr", "Bz", mp("Subject"))
_SERVICE_PARTS = ("Wzmc", "Nrlx", "Fwnr", "Yylb", MINI_PROGRAM, "Wz_Fzr", "Syurl", "Wz_Bz")


def approve(record: Record, opinion: str, at: datetime) -> None:
    """Carry the request out, and queue the decision and the file with its effect."""
    record.opinion = opinion
    _CARRY_OUT[Operation(record.operation)](record, at)


def refuse(record: Record, opinion: str, at: datetime) -> None:
    """Send the request back with an opinion."""
    record.opinion = opinion
    _decided(record, State.REFUSED, at)


def give_up(record: Record, state: State, result: str, at: datetime) -> None:
    """Give a request back to the platform; each principal not yet verified is reported with `result`."""
    outstanding = record.principals.filter(verified_at=None).order_by("pk")
    send_verifications(record, ((p.role, result) for p in outstanding), at)
    move(record, state, at)


def send_verifications(record: Record, outcomes: Iterable[tuple[str, str]], at: datetime) -> None:
    """Queue what became of principals' verifications, as (role, result)."""
    blocks = [
        {
            mp("RecordId"): record.key, mp("Operation"): record.operation, mp("Principal"): role,
            mp("Result"): result, mp("At"): at.astimezone(SHANGHAI).isoformat(),
        }
        for role, result in outcomes
    ]  # fmt: skip
    send(record.province_id, "BAJG", files.icp("BAJG", {mp("SmsVerification"): blocks}), at)


def on_file(
    service: Service, *, access: Access | None, isp_subject: bool = False, isp_service: bool = False,
    enterprise_access_id: int | None = None,
) -> etree._Element:  # fmt: skip
    """A `Baxx`: a service on file with its subject, as `BASJ` and `SJTB` report it.

    Which of the platform's own ids are reported: those that the request carried.
    """
    subject = service.subject
    record, zt_xx, wz_xx = etree.Element("Baxx"), subject.element, service.element
    owner = etree.SubElement(record, "Zt_xx")
    for name in ("IspZtid", *_SUBJECT_PARTS) if isp_subject else _SUBJECT_PARTS:
        owner.extend(zt_xx.findall(name))
    files.fill(owner, {"Ztid": subject.pk, "Baxh": subject.number, "Bbyhlx": zt_xx.findtext("Bbfs") or "1"})
    files.fill(owner, _dates(subject))
    node = etree.SubElement(record, "Wz_xx")
    if isp_service:
        node.extend(wz_xx.findall("IspWzid"))
    files.fill(node, {"Wzid": service.pk})
    for name in _SERVICE_PARTS:
        node.extend(wz_xx.findall(name))
    if (program := node.find(MINI_PROGRAM)) is not None:
        ours, theirs = enterprise_access_id, access.pk if access else None
        for name, value in (("EnterpriseAccessId", ours), ("ProvinceAccessId", theirs)):
            for reported in program.findall(mp(name)):
                program.remove(reported)
            if behaviour(subject.province_id).extension:
                files.fill(program, {mp(name): value})
    files.fill(node, {**_dates(service), "Baxh": service.number})
    return record


def _dates(row: Subject | Service) -> dict[str, object]:
    changed_at = row.changed_at or row.filed_at
    return {"Scbbsj": row.filed_at, "Zjxgsj": changed_at, "Shrxm": files.REVIEWER, "Shsj": changed_at}


def add_service(
    subject: Subject, wz_xx: etree._Element, *, appid: str, kind: ServiceKind, provider: str,
    enterprise_id: int | None, at: datetime,
) -> tuple[Service, Access]:  # fmt: skip
    """Put a service on file under the subject's next suffix, with its provider's access. Caller holds the queue."""
    subject.last_suffix += 1
    subject.save(update_fields=["last_suffix"])
    service = Service.objects.create(
        id=next_record_id(province_row(subject.province_id)),
        subject=subject,
        number=str(parse_number(subject.number).service(subject.last_suffix, kind)),
        kind=kind,
        appid=appid,
        sealed=Service.seal(wz_xx),
        filed_at=at,
    )
    return service, add_access(service, provider=provider, enterprise_id=enterprise_id, at=at)


def add_access(service: Service, *, provider: str, enterprise_id: int | None, at: datetime) -> Access:
    """Put a provider's access of a service on file. Caller holds the queue."""
    province = province_row(service.subject.province_id)
    return Access.objects.create(
        id=next_record_id(province), service=service, provider=provider, enterprise_id=enterprise_id, filed_at=at
    )


def add_subject(
    province_code: str, zt_xx: etree._Element, *, certificate: bytes, provider: str, at: datetime
) -> Subject:
    """Put a subject on file under the province's next number. Caller holds the queue."""
    province = province_row(province_code)
    return Subject.objects.create(
        id=next_record_id(province),
        province=province,
        number=str(next_number(province, at)),
        certificate_digest=certificate,
        sealed=Subject.seal(zt_xx),
        provider=provider,
        filed_at=at,
    )


def _new_filing(record: Record, at: datetime) -> None:
    zt_xx, certificate = record.elements["zt_xx"], bytes(record.certificate_digest)
    record.subject = add_subject(record.province_id, zt_xx, certificate=certificate, provider="", at=at)
    _new_service(record, at, isp_subject=True)


def _new_service(record: Record, at: datetime, *, isp_subject: bool = False) -> None:
    assert record.subject is not None
    wz_xx = record.elements["wz_xx"]
    own_access = wz_xx.findtext(f"{MINI_PROGRAM}/{mp('EnterpriseAccessId')}")
    enterprise_id = int(own_access) if own_access else None
    record.service, record.access = add_service(
        record.subject, wz_xx, appid=record.appid, kind=ServiceKind.MINI_PROGRAM, provider="",
        enterprise_id=enterprise_id, at=at,
    )  # fmt: skip
    _filed(record, at, isp_subject=isp_subject, isp_service=True, enterprise_access_id=enterprise_id)


def _new_access(record: Record, at: datetime) -> None:
    assert record.service is not None
    service = record.service
    if not service.appid and record.appid:
        service.appid = record.appid
        service.sealed = Service.seal(_named(record.elements["wz_xx"], record.appid))
        service.save(update_fields=["appid", "sealed"])
    record.access = add_access(service, provider="", enterprise_id=record.key, at=at)
    _filed(record, at, enterprise_access_id=record.key)


def _change(record: Record, at: datetime) -> None:
    assert record.subject is not None
    elements, subject, service = record.elements, record.subject, record.service
    if record.scope in ("subject", "both"):
        subject.sealed = Subject.seal(_merged(subject.element, elements["zt_xx"], "IspZtid", "Bbfs"))
        subject.changed_at = at
        subject.save(update_fields=["sealed", "changed_at"])
    if service is not None:
        service.subject = subject
    if record.scope in ("service", "both"):
        assert service is not None
        service.sealed = Service.seal(_merged(service.element, elements["wz_xx"], "IspWzid"))
        service.changed_at = at
        service.save(update_fields=["sealed", "changed_at"])
    _filed(record, at)


def _filed(record: Record, at: datetime, **own_ids: Any) -> None:
    """Approve a request, and queue the record that is on file now; `own_ids` as `on_file` takes them."""
    _decided(record, State.APPROVED, at)
    if (service := record.service) is not None:
        access = record.access or service.accesses.filter(provider="", cancelled_at=None).first()
        baxx = on_file(service, access=access, **own_ids)
        send(record.province_id, "BASJ", files.icp("BASJ", {"Baxx": baxx}), at)


def _cancel_subject(record: Record, at: datetime) -> None:
    assert record.subject is not None
    services = Service.objects.filter(subject=record.subject, cancelled_at=None)
    Access.objects.filter(service__in=services, cancelled_at=None).update(cancelled_at=at)
    services.update(cancelled_at=at)
    _cancelled(record, record.subject, 0, at)


def _cancel_service(record: Record, at: datetime) -> None:
    assert record.service is not None
    record.service.accesses.filter(cancelled_at=None).update(cancelled_at=at)
    _cancelled(record, record.service, 1, at)


def _cancel_access(record: Record, at: datetime) -> None:
    assert record.access is not None
    _cancelled(record, record.access, 2, at)


def _cancelled(record: Record, row: Subject | Service | Access, category: int, at: datetime) -> None:
    """Cancel what the request is about, and queue `ZXSJ`; `category` (Zxlb) 0 subject, 1 service, 2 access."""
    row.cancelled_at = at
    row.save(update_fields=["cancelled_at"])
    _decided(record, State.APPROVED, at)
    remark = "已取消接入" if category == 2 else "已注销"
    document = files.icp("ZXSJ", {"Zx_xx": {"Zxlb": category, "Jlid": record.key, "Bz": remark}})
    send(record.province_id, "ZXSJ", document, at)


def _decided(record: Record, state: State, at: datetime) -> None:
    """Note the reviewer's decision, and queue it."""
    move(record, state, at)
    document = files.decision(
        key=record.key, operation=record.operation, approved=state == State.APPROVED,
        opinion=record.opinion, at=at,
    )  # fmt: skip
    send(record.province_id, "BAJG", document, at)


def _merged(before: etree._Element, node: etree._Element, *kept: str) -> etree._Element:
    """What was reported last, with the platform's own ids of the first filing."""
    for name in OWN_IDS:
        for child in node.findall(name):
            node.remove(child)
    for name in kept:
        own = before.find(name)
        if node.find(name) is None and own is not None:
            node.insert(0, own)
    return node


def _named(node: etree._Element, appid: str) -> etree._Element:
    """A service on file whose appid becomes known."""
    program = node.find(MINI_PROGRAM)
    if program is not None and program.find(mp("AppId")) is None:
        program.insert(0, files.element(mp("AppId"), appid))
    return node


_CARRY_OUT: dict[Operation, Callable[[Record, datetime], None]] = {
    Operation.NEW_FILING: _new_filing,
    Operation.NEW_SERVICE: _new_service,
    Operation.NEW_ACCESS: _new_access,
    Operation.CHANGE: _change,
    Operation.CANCEL_SUBJECT: _cancel_subject,
    Operation.CANCEL_SERVICE: _cancel_service,
    Operation.CANCEL_ACCESS: _cancel_access,
}
