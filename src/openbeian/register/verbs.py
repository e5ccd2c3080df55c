"""The only writers of filing numbers. Both act on a decision of the administration and on nothing else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from openbeian import vault
from openbeian.ledger.verbs import record
from openbeian.regime import filing_number
from openbeian.regime.actors import Actor, Role
from openbeian.regime.code_tables import INDIVIDUAL, provinces
from openbeian.regime.facts import Account, Approval
from openbeian.regime.filing_number import FilingNumber, FilingNumberError, ServiceKind
from openbeian.register import models
from openbeian.register.errors import NotInForce, NumberRefused
from openbeian.register.models import Service, Subject
from openbeian.register.signals import service_changed


@transaction.atomic
def issue(
    *,
    order_id: int,
    account: Account,
    certificate_digest: bytes,
    dossier: Mapping[str, Any],
    approval: Approval,
    actor: Actor,
    at: datetime,
) -> Service:
    """Enter the numbers the administration gave for a first filing or a new service.

    ``dossier`` is the one approved; ``certificate_digest`` knows the organizer. The number is in force from the
    administration's decision, or from ``at`` if that lies ahead of us. Writes ``register:number:issued`` for each
    new number and sends ``service_changed``.

    Raises :class:`NumberRefused`: malformed number, another organizer's, of another province, or used before.
    Raises ``PermissionError`` for any actor but the authority.
    """
    _by_the_authority(actor)
    subject_number, service_number = _numbers(approval, province=dossier["organizer"]["province"])
    filed_at = min(approval.decided_at, at)
    subject = _subject(
        number=subject_number, certificate_digest=certificate_digest, organizer=dossier["organizer"],
        approval=approval, filed_at=filed_at, actor=actor, at=at,
    )
    service = Service(
        number=str(service_number), subject=subject, appid=account.appid, kind=ServiceKind.MINI_PROGRAM,
        name=account.name, sealed=vault.seal_json(dict(dossier), purpose=models.SERVICE),
        province_service_id=approval.province_service_id or "", filed_at=filed_at, order_id=order_id,
    )
    _insert(service)
    _tell(service, tag="register:number:issued", actor=actor, at=at, order_id=order_id)
    return service


@transaction.atomic
def cancel(*, appid: str, number: str, order_id: int, actor: Actor, at: datetime) -> Service:
    """End a service number for good. Writes ``register:number:cancelled`` and sends ``service_changed``.

    Raises :class:`NotInForce` if the number is not in force for ``appid``, ``PermissionError`` for any actor but
    the authority.
    """
    _by_the_authority(actor)
    changed = Service.objects.filter(appid=appid, number=number, cancelled_at=None).update(cancelled_at=at)
    if not changed:
        raise NotInForce("没有这个有效的备案号。", "There is no such number in force.")
    service = Service.objects.get(number=number)
    _tell(service, tag="register:number:cancelled", actor=actor, at=at, order_id=order_id)
    return service


def _by_the_authority(actor: Actor) -> None:
    if actor.role != Role.AUTHORITY:
        raise PermissionError("only the administration gives and takes numbers")


def _numbers(approval: Approval, *, province: str) -> tuple[FilingNumber, FilingNumber]:
    try:
        subject = filing_number.parse(approval.subject_number)
        service = filing_number.parse(approval.service_number or "")
    except FilingNumberError as error:
        raise NumberRefused(f"备案号格式不正确：{error.zh}。", f"Malformed filing number: {error.en}.") from error
    if subject.is_service or service.kind != ServiceKind.MINI_PROGRAM or service.subject != subject:
        raise NumberRefused(
            "主体备案号与小程序备案号不相符。",
            "Subject number and mini-program number do not belong together.",
        )
    if provinces()[province].short != subject.province_short:
        raise NumberRefused(
            "备案号的省份与主体所在省份不符。", "The number is not one of the organizer's province.")
    return subject, service


def _subject(
    *, number: FilingNumber, certificate_digest: bytes, organizer: Mapping[str, Any], approval: Approval,
    filed_at: datetime, actor: Actor, at: datetime,
) -> Subject:
    known = Subject.objects.filter(certificate_digest=certificate_digest).first()
    if known is not None:
        if known.number != str(number):
            raise NumberRefused(
                "该主体已有另一个主体备案号。", "This organizer already has a different subject number.")
        return known
    subject = Subject(
        number=str(number), province=organizer["province"], organizer_type=organizer["type"],
        certificate_digest=certificate_digest, name_digest=_name_digest(organizer),
        sealed=vault.seal_json(dict(organizer), purpose=models.SUBJECT),
        province_subject_id=approval.province_subject_id, filed_at=filed_at,
    )
    _insert(subject)
    record(
        tag="register:number:issued", actor=actor, subject=f"subject:{subject.pk}", at=at,
        data={"number": subject.number, "filed_at": filed_at.isoformat()},
    )
    return subject


def _name_digest(organizer: Mapping[str, Any]) -> bytes | None:
    if organizer["type"] == INDIVIDUAL:
        return None
    return vault.digest(organizer["name"].strip(), purpose=models.NAME)


def _insert(row: Subject | Service) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise NumberRefused(
            "备案号已被使用，或该小程序已有有效的备案号。",
            "The number was used before, or this mini program has a number in force.",
        ) from error


def _tell(service: Service, *, tag: str, actor: Actor, at: datetime, order_id: int) -> None:
    record(
        tag=tag, actor=actor, subject=f"app:{service.appid}", at=at,
        data={"number": service.number, "order": order_id, "filed_at": service.filed_at.isoformat()},
    )
    service_changed.send(
        sender=Service, appid=service.appid, at=at, number=service.number,
        in_force=service.cancelled_at is None, actor=actor,
    )
