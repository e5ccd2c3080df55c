"""How a request ends: approved, refused, or given back when its verification fails. Each queues its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from lxml import etree

from openbeian import vault
from openbeian.regime.filing_number import FilingNumber, ServiceKind
from openbeian.regime.filing_number import parse as parse_number
from openbeian.simulator import files
from openbeian.simulator.files import ENTERPRISE_ACCESS, MINI_PROGRAM, OnFile
from openbeian.simulator.models import Access, Operation, Record, Service, State, Subject
from openbeian.simulator.verbs.office import (
    behaviour,
    move,
    next_number,
    next_record_id,
    province_row,
    send,
)
from openbeian.v3.wire import EXTENSION
from openbeian.v3.wire.documents import parse

OWN_IDS = ("Ztid", "Wzid", "Jrid", "Baxh", "Ztbah", "Wzbah")
"""Elements of a change that name what changes; they are no content."""


def approve(record: Record, opinion: str, at: datetime) -> None:
    """Carry the request out, and queue the decision and the file with its effect."""
    record.opinion = opinion
    _CARRY_OUT[Operation(record.operation)](record, at)


def refuse(record: Record, opinion: str, at: datetime) -> None:
    """Send the request back with an opinion."""
    record.opinion = opinion
    move(record, State.REFUSED, at)
    send_decision(record, False, at)


def give_up(record: Record, state: State, result: str, at: datetime) -> None:
    """Give a request back to the platform; each principal not yet verified is reported with `result`."""
    outstanding = record.principals.filter(verified_at=None).order_by("pk")
    send_verifications(record, ((p.role, result) for p in outstanding), at)
    move(record, state, at)


def send_decision(record: Record, approved: bool, at: datetime) -> None:
    """Queue the reviewer's decision."""
    document = files.decision(
        key=record.key, operation=record.operation, approved=approved, opinion=record.opinion, at=at
    )
    send(record.province_id, "BAJG", document, at)


def send_verifications(record: Record, outcomes: Iterable[tuple[str, str]], at: datetime) -> None:
    """Queue what became of principals' verifications, as (role, result)."""
    blocks = [files.Verified(record.key, record.operation, role, result, at) for role, result in outcomes]
    send(record.province_id, "BAJG", files.sms_verifications(blocks), at)


def on_file(service: Service, *, access: Access | None, **told: object) -> OnFile:
    """A service on file with its subject, for a download; `told`: the platform's own ids to repeat."""
    subject = service.subject
    return OnFile(
        zt_xx=vault.unseal_json(bytes(subject.sealed), purpose="simulator.subject")["zt_xx"],
        wz_xx=vault.unseal_json(bytes(service.sealed), purpose="simulator.service")["wz_xx"],
        subject_id=subject.pk,
        service_id=service.pk,
        access_id=access.pk if access else None,
        subject_number=subject.number,
        service_number=service.number,
        subject_filed_at=subject.filed_at,
        subject_changed_at=subject.changed_at or subject.filed_at,
        service_filed_at=service.filed_at,
        service_changed_at=service.changed_at or service.filed_at,
        extension=behaviour(subject.province_id).extension,
        **told,  # type: ignore[arg-type]
    )


def add_service(
    subject: Subject, *, wz_xx: str, appid: str, kind: ServiceKind, provider: str, enterprise_id: int | None, at: datetime
) -> tuple[Service, Access | None]:
    """Put a service on file under the subject's next suffix, with its provider's access. Caller holds the queue."""
    province = province_row(subject.province_id)
    number: FilingNumber = parse_number(subject.number)
    subject.last_suffix += 1
    subject.save(update_fields=["last_suffix"])
    service = Service.objects.create(
        id=next_record_id(province),
        subject=subject,
        number=str(number.service(subject.last_suffix, kind)),
        kind=kind,
        appid=appid,
        sealed=vault.seal_json({"wz_xx": wz_xx}, purpose="simulator.service"),
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
    *, province_code: str, zt_xx: str, certificate: bytes, provider: str, at: datetime
) -> Subject:
    """Put a subject on file under the province's next number. Caller holds the queue."""
    province = province_row(province_code)
    return Subject.objects.create(
        id=next_record_id(province),
        province=province,
        number=str(next_number(province, at)),
        certificate_digest=certificate,
        sealed=vault.seal_json({"zt_xx": zt_xx}, purpose="simulator.subject"),
        provider=provider,
        filed_at=at,
    )


def _new_filing(record: Record, at: datetime) -> None:
    data = _data(record)
    record.subject = add_subject(
        province_code=record.province_id, zt_xx=data["zt_xx"], certificate=bytes(record.certificate_digest),
        provider="", at=at,
    )  # fmt: skip
    _file_service(record, data["wz_xx"], at, isp_subject=True)


def _new_service(record: Record, at: datetime) -> None:
    _file_service(record, _data(record)["wz_xx"], at, isp_subject=False)


def _file_service(record: Record, wz_xx: str, at: datetime, *, isp_subject: bool) -> None:
    assert record.subject is not None
    own_access = parse(wz_xx.encode()).findtext(f"{MINI_PROGRAM}/{ENTERPRISE_ACCESS}")
    record.service, record.access = add_service(
        record.subject, wz_xx=wz_xx, appid=record.appid, kind=ServiceKind.MINI_PROGRAM, provider="",
        enterprise_id=int(own_access) if own_access else None, at=at,
    )  # fmt: skip
    _approved(record, at)
    item = on_file(
        record.service, access=record.access, isp_subject=isp_subject, isp_service=True,
        enterprise_access_id=int(own_access) if own_access else None,
    )  # fmt: skip
    send(record.province_id, "BASJ", files.filed(item), at)


def _new_access(record: Record, at: datetime) -> None:
    assert record.service is not None
    service = record.service
    if not service.appid and record.appid:
        service.appid = record.appid
        service.sealed = vault.seal_json(
            {"wz_xx": _named(_data(record)["wz_xx"], record.appid)}, purpose="simulator.service"
        )
        service.save(update_fields=["appid", "sealed"])
    record.access = add_access(service, provider="", enterprise_id=record.key, at=at)
    _approved(record, at)
    item = on_file(service, access=record.access, enterprise_access_id=record.key)
    send(record.province_id, "BASJ", files.filed(item), at)


def _change(record: Record, at: datetime) -> None:
    assert record.subject is not None
    data, subject, service = _data(record), record.subject, record.service
    if record.scope in ("subject", "both"):
        old = vault.unseal_json(bytes(subject.sealed), purpose="simulator.subject")["zt_xx"]
        merged = {"zt_xx": _merged(old, data["zt_xx"], "IspZtid", "Bbfs")}
        subject.sealed = vault.seal_json(merged, purpose="simulator.subject")
        subject.changed_at = at
        subject.save(update_fields=["sealed", "changed_at"])
    if record.scope in ("service", "both"):
        assert service is not None
        old = vault.unseal_json(bytes(service.sealed), purpose="simulator.service")["wz_xx"]
        service.sealed = vault.seal_json({"wz_xx": _merged(old, data["wz_xx"], "IspWzid")}, purpose="simulator.service")
        service.changed_at = at
        service.save(update_fields=["sealed", "changed_at"])
    _approved(record, at)
    if service is not None:
        service.subject = subject
        access = service.accesses.filter(provider="", cancelled_at=None).first()
        send(record.province_id, "BASJ", files.filed(on_file(service, access=access)), at)


def _cancel_subject(record: Record, at: datetime) -> None:
    assert record.subject is not None
    services = Service.objects.filter(subject=record.subject, cancelled_at=None)
    Access.objects.filter(service__in=services, cancelled_at=None).update(cancelled_at=at)
    services.update(cancelled_at=at)
    record.subject.cancelled_at = at
    record.subject.save(update_fields=["cancelled_at"])
    _cancelled(record, 0, at)


def _cancel_service(record: Record, at: datetime) -> None:
    assert record.service is not None
    record.service.accesses.filter(cancelled_at=None).update(cancelled_at=at)
    record.service.cancelled_at = at
    record.service.save(update_fields=["cancelled_at"])
    _cancelled(record, 1, at)


def _cancel_access(record: Record, at: datetime) -> None:
    assert record.access is not None
    record.access.cancelled_at = at
    record.access.save(update_fields=["cancelled_at"])
    _cancelled(record, 2, at)


def _cancelled(record: Record, category: int, at: datetime) -> None:
    _approved(record, at)
    document = files.cancelled(category=category, key=record.key, remark="已取消接入" if category == 2 else "已注销")
    send(record.province_id, "ZXSJ", document, at)


def _approved(record: Record, at: datetime) -> None:
    move(record, State.APPROVED, at)
    send_decision(record, True, at)


def _merged(old: str, new: str, *kept: str) -> str:
    """What was reported last, with the platform's own ids of the first filing."""
    node, before = parse(new.encode()), parse(old.encode())
    for name in OWN_IDS:
        for child in node.findall(name):
            node.remove(child)
    for name in kept:
        own = before.find(name)
        if node.find(name) is None and own is not None:
            node.insert(0, own)
    return etree.tostring(node, encoding="unicode", with_tail=False)


def _named(wz_xx: str, appid: str) -> str:
    """A service on file whose appid becomes known."""
    node = parse(wz_xx.encode())
    program = node.find(MINI_PROGRAM)
    if program is not None and program.find(f"{{{EXTENSION}}}AppId") is None:
        name = etree.Element(f"{{{EXTENSION}}}AppId")
        name.text = appid
        program.insert(0, name)
    return etree.tostring(node, encoding="unicode", with_tail=False)


def _data(record: Record) -> dict[str, str]:
    return vault.unseal_json(bytes(record.sealed), purpose="simulator.record")


_CARRY_OUT: dict[Operation, Callable[[Record, datetime], None]] = {
    Operation.NEW_FILING: _new_filing,
    Operation.NEW_SERVICE: _new_service,
    Operation.NEW_ACCESS: _new_access,
    Operation.CHANGE: _change,
    Operation.CANCEL_SUBJECT: _cancel_subject,
    Operation.CANCEL_SERVICE: _cancel_service,
    Operation.CANCEL_ACCESS: _cancel_access,
}
