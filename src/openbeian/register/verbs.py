"""The only writers of filing numbers. They act on decisions of the administration and on nothing else."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from openbeian import vault
from openbeian.ledger.verbs import record
from openbeian.regime import filing_number
from openbeian.regime.actors import Actor, Role
from openbeian.regime.code_tables import INDIVIDUAL, provinces
from openbeian.regime.dossier import Dossier, Organizer, document
from openbeian.regime.facts import Approval
from openbeian.regime.filing_number import FilingNumber, FilingNumberError, ServiceKind
from openbeian.regime.shape import content
from openbeian.register import models
from openbeian.register.claims import refuse_claims_of_cancelled
from openbeian.register.errors import NotInForce, NumberRefused
from openbeian.register.models import Access, FormerContent, Service, Subject
from openbeian.register.queries import name_digest
from openbeian.register.signals import service_changed


@transaction.atomic
def issue(
    *, order_id: int, appid: str, certificate_digest: bytes, dossier: Dossier, approval: Approval, actor: Actor, at: datetime
) -> Service:
    """Enter the numbers the administration gave for a first filing or a new service.

    ``dossier`` is the one approved; ``certificate_digest`` knows the organizer. The number is in force from the
    administration's decision, or from ``at`` if that lies ahead of us. Writes ``register:number:issued`` for each
    new number and sends ``service_changed``.

    Raises :class:`NumberRefused`: malformed number, another organizer's, of another province, or used before.
    Raises ``PermissionError`` for any actor but the authority.
    """
    _by_the_authority(actor)
    subject_number, service_number = _numbers(approval, province=dossier.organizer.province)
    filed_at = min(approval.decided_at, at)
    subject = _subject(
        number=subject_number, certificate_digest=certificate_digest, organizer=dossier.organizer,
        approval=approval, filed_at=filed_at, actor=actor, at=at,
    )
    service = Service(
        number=str(service_number), subject=subject, appid=appid, kind=ServiceKind.MINI_PROGRAM,
        **_content(dossier),
        province_service_id=approval.province_service_id or "", filed_at=filed_at, order_id=order_id,
    )
    _insert(service)
    _begin_access(service, approval=approval, order_id=order_id, since=filed_at)
    _record_and_announce(service, tag="register:number:issued", actor=actor, at=at, order_id=order_id, in_force=True)
    return service


@transaction.atomic
def add_access(
    *, order_id: int, appid: str, certificate_digest: bytes, dossier: Dossier, approval: Approval, actor: Actor, at: datetime
) -> Service:
    """Provide a service through this platform whose number is in force already (新增接入).

    The number may have been issued through another provider, or given up here before: it is the same number, for
    the same mini program. Writes ``register:access:begun`` and sends ``service_changed``.
    Raises as :func:`issue` does.
    """
    _by_the_authority(actor)
    _, number = _numbers(approval, province=dossier.organizer.province)
    service = Service.objects.select_for_update().filter(number=str(number)).first()
    if service is None:
        return issue(order_id=order_id, appid=appid, certificate_digest=certificate_digest, dossier=dossier,
                     approval=approval, actor=actor, at=at)
    if service.appid != appid or service.cancelled_at is not None:
        raise NumberRefused(
            "该备案号属于另一个小程序，或已注销。", "This number is another mini program's, or is cancelled.")
    _begin_access(service, approval=approval, order_id=order_id, since=min(approval.decided_at, at))
    _record_and_announce(service, tag="register:access:begun", actor=actor, at=at, order_id=order_id, in_force=True)
    return service


@transaction.atomic
def change(
    *, appid: str, number: str, order_id: int, dossier: Dossier, actor: Actor, at: datetime
) -> Service:
    """Put the approved content in the place of what is on file; the numbers stay (变更备案).

    What was on file is kept. Writes ``register:content:changed``. Raises :class:`NotInForce`, ``PermissionError``.
    """
    _by_the_authority(actor)
    service = Service.objects.select_for_update().filter(appid=appid, number=number, cancelled_at=None).first()
    if service is None:
        raise NotInForce()
    FormerContent.objects.create(service=service, sealed=service.sealed, until=at, order_id=order_id)
    content = _content(dossier)
    for column, value in content.items():
        setattr(service, column, value)
    service.save(update_fields=list(content))
    Subject.objects.filter(pk=service.subject_id).update(**_organizer_content(dossier.organizer))
    record(tag="register:content:changed", actor=actor, subject=f"app:{appid}", at=at,
           data={"number": service.number, "order": order_id})
    return service


@transaction.atomic
def cancel(*, appid: str, number: str, order_id: int | None, actor: Actor, at: datetime) -> Service:
    """End a service number for good (注销服务), and the claims that wait for it.

    Writes ``register:number:cancelled``, ``register:claim:refused`` for each claim, and sends ``service_changed``.

    Raises :class:`NotInForce` if the number is not in force for ``appid``, ``PermissionError`` for any actor but
    the authority.
    """
    _by_the_authority(actor)
    changed = Service.objects.filter(appid=appid, number=number, cancelled_at=None).update(cancelled_at=at)
    if not changed:
        raise NotInForce()
    service = Service.objects.get(number=number)
    provided = service.accesses.filter(until=None).update(until=at) > 0
    _record_and_announce(service, tag="register:number:cancelled", actor=actor, at=at, order_id=order_id, in_force=False,
          provided=provided)
    refuse_claims_of_cancelled(service=service, actor=actor)
    return service


@transaction.atomic
def cancel_access(*, appid: str, number: str, order_id: int | None, actor: Actor, at: datetime) -> Service:
    """Give up providing a service; its number stays in force elsewhere (取消接入).

    Writes ``register:access:ended`` and sends ``service_changed``. Raises :class:`NotInForce`, ``PermissionError``.
    """
    _by_the_authority(actor)
    if not Access.objects.filter(appid=appid, number=number, until=None).update(until=at):
        raise NotInForce()
    service = Service.objects.get(number=number)
    _record_and_announce(service, tag="register:access:ended", actor=actor, at=at, order_id=order_id, in_force=False)
    return service


@transaction.atomic
def cancel_subject(*, number: str, order_id: int | None, actor: Actor, at: datetime) -> list[Service]:
    """End a subject number and every service under it for good (注销主体). Returns the services that ended with it.

    Writes ``register:subject:cancelled`` and what :func:`cancel` writes for each service.
    Raises :class:`NotInForce`, ``PermissionError``.
    """
    _by_the_authority(actor)
    subject = Subject.objects.select_for_update().filter(number=number, cancelled_at=None).first()
    if subject is None:
        raise NotInForce()
    ended = [cancel(appid=service.appid, number=service.number, order_id=order_id, actor=actor, at=at)
             for service in subject.services.filter(cancelled_at=None).order_by("pk")]
    subject.cancelled_at = at
    subject.save(update_fields=["cancelled_at"])
    record(tag="register:subject:cancelled", actor=actor, subject=f"subject:{subject.pk}", at=at,
           data={"number": subject.number, "order": order_id})
    return ended


#: Zxlb: what the administration has ended.
SUBJECT, SERVICE, ACCESS = 0, 1, 2


@transaction.atomic
def follow_cancellation(
    *, province: str, category: int, key: str, actor: Actor, at: datetime
) -> tuple[list[Subject], list[Service]]:
    """End what the administration has ended by itself: the subjects and the services concerned.

    ``key`` is the province's id of a subject, a service or an access, as ``category`` says. Writes what the
    cancellation of each writes. Raises ``PermissionError``.
    """
    if category == SUBJECT:
        subjects = list(Subject.objects.filter(province=province, province_subject_id=key, cancelled_at=None))
        ended = [cancel_subject(number=subject.number, order_id=None, actor=actor, at=at) for subject in subjects]
        return subjects, [service for services in ended for service in services]
    if category == SERVICE:
        end, rows = cancel, Service.objects.filter(
            subject__province=province, province_service_id=key, cancelled_at=None)
    else:
        end, rows = cancel_access, Service.objects.filter(
            subject__province=province, accesses__province_access_id=key, accesses__until=None)
    return [], [end(appid=row.appid, number=row.number, order_id=None, actor=actor, at=at)
                for row in rows.order_by("pk")]


@transaction.atomic
def complete_access_id(*, number: str, province_access_id: str, actor: Actor, at: datetime) -> bool:
    """Enter the province's id of an access if it is missing; none is ever replaced. Returns whether it was missing.

    Writes ``register:access:identified``.
    """
    access = Access.objects.filter(number=number, until=None, province_access_id="").first()
    if access is None:
        return False
    access.province_access_id = province_access_id
    access.save(update_fields=["province_access_id"])
    record(tag="register:access:identified", actor=actor, subject=f"app:{access.appid}", at=at,
           data={"number": number})
    return True


def _begin_access(service: Service, *, approval: Approval, order_id: int, since: datetime) -> None:
    try:
        with transaction.atomic():
            Access.objects.create(
                service=service, appid=service.appid, number=service.number, since=since, order_id=order_id,
                province_access_id=approval.province_access_id)
    except IntegrityError as error:
        raise NumberRefused(
            "该小程序已通过本平台接入。", "This mini program is provided through this platform already.") from error


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
    *, number: FilingNumber, certificate_digest: bytes, organizer: Organizer, approval: Approval,
    filed_at: datetime, actor: Actor, at: datetime,
) -> Subject:
    known = Subject.objects.filter(certificate_digest=certificate_digest, cancelled_at=None).first()
    if known is not None:
        if known.number != str(number):
            raise NumberRefused(
                "该主体已有另一个主体备案号。", "This organizer already has a different subject number.")
        return known
    subject = Subject(
        number=str(number), province=organizer.province, certificate_digest=certificate_digest,
        **_organizer_content(organizer), province_subject_id=approval.province_subject_id, filed_at=filed_at,
    )
    _insert(subject)
    record(
        tag="register:number:issued", actor=actor, subject=f"subject:{subject.pk}", at=at,
        data={"number": subject.number, "filed_at": filed_at.isoformat()},
    )
    return subject


def _content(dossier: Dossier) -> dict[str, str | bytes]:
    """The columns of a service that hold what is filed."""
    return {
        "name": dossier.service.name, "name_digest": name_digest(dossier.service.name),
        "sealed": vault.seal_json(document(dossier), purpose=models.SERVICE),
    }


def _organizer_content(organizer: Organizer) -> dict[str, Any]:
    """The columns of a subject that hold what is filed. An individual cannot be looked up by name."""
    return {
        "organizer_type": organizer.type,
        "name_digest": None if organizer.type == INDIVIDUAL else name_digest(organizer.name),
        "sealed": vault.seal_json(content(organizer), purpose=models.SUBJECT),
    }


def _insert(row: Subject | Service) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise NumberRefused(
            "备案号已被使用，或该小程序已有有效的备案号。",
            "The number was used before, or this mini program has a number in force.",
        ) from error


def _record_and_announce(
    service: Service, *, tag: str, actor: Actor, at: datetime, order_id: int | None, in_force: bool, provided: bool = True
) -> None:
    record(
        tag=tag, actor=actor, subject=f"app:{service.appid}", at=at,
        data={"number": service.number, "order": order_id, "filed_at": service.filed_at.isoformat()},
    )
    service_changed.send(
        sender=Service, appid=service.appid, at=at, number=service.number,
        in_force=in_force, provided=provided, actor=actor,
    )
