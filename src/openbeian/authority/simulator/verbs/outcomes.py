"""How a request ends: approved, refused, or given back when its verification fails. Each queues its files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from openbeian import vault
from openbeian.authority.simulator import files
from openbeian.authority.simulator.models import Operation, Record, Service, State, Subject
from openbeian.authority.simulator.verbs.office import move, next_number, next_record_id, province_row, send
from openbeian.regime.filing_number import ServiceKind


def approve(record: Record, opinion: str, at: datetime) -> None:
    """Issue the numbers of a new filing, or take the service off file; queue decision and record."""
    record.opinion = opinion
    if record.operation == Operation.NEW_FILING:
        _file(record, at)
    else:
        assert record.service is not None
        record.service.cancelled_at = at
        record.service.save(update_fields=["cancelled_at"])
        move(record, State.APPROVED, at)
        send_decision(record, True, at)
        cancelled = files.cancelled(service_id=record.service.pk, remark="已注销")
        send(record.province, "ZXSJ", cancelled, at)


def _file(record: Record, at: datetime) -> None:
    data = vault.unseal_json(bytes(record.sealed), purpose="simulator.record")
    province = province_row(record.province_id)
    number = next_number(province, at)
    subject = Subject.objects.create(
        id=next_record_id(province),
        province=province,
        number=str(number),
        certificate_digest=record.certificate_digest,
        filed_at=at,
        last_suffix=1,
    )
    service = Service.objects.create(
        id=next_record_id(province),
        subject=subject,
        number=str(number.service(1, ServiceKind.MINI_PROGRAM)),
        appid=record.appid,
        sealed=vault.seal_json({"wz_xx": data["wz_xx"]}, purpose="simulator.service"),
        filed_at=at,
    )
    record.service = service
    move(record, State.APPROVED, at)
    send_decision(record, True, at)
    document = files.filed(
        zt_xx=data["zt_xx"],
        wz_xx=data["wz_xx"],
        subject_id=subject.pk,
        service_id=service.pk,
        subject_number=subject.number,
        service_number=service.number,
        at=at,
    )
    send(province, "BASJ", document, at)


def send_decision(record: Record, approved: bool, at: datetime) -> None:
    """Queue the reviewer's decision."""
    document = files.decision(
        key=record.key, operation=record.operation, approved=approved, opinion=record.opinion, at=at
    )
    send(record.province, "BAJG", document, at)


def give_up(record: Record, state: State, result: str, at: datetime) -> None:
    """Give a request back to the platform; each principal not yet verified is reported with `result`."""
    outstanding = record.principals.filter(verified_at=None).order_by("pk")
    send_verifications(record, ((p.role, result) for p in outstanding), at)
    move(record, state, at)


def send_verifications(record: Record, outcomes: Iterable[tuple[str, str]], at: datetime) -> None:
    """Queue what became of principals' verifications, as (role, result)."""
    blocks = [files.Verified(record.key, record.operation, role, result, at) for role, result in outcomes]
    send(record.province, "BAJG", files.sms_verifications(blocks), at)
