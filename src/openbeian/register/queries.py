"""Reading the register."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Prefetch, Q, QuerySet

from openbeian import vault
from openbeian.regime import filing_number
from openbeian.regime.code_tables import INDIVIDUAL
from openbeian.regime.dossier import Dossier, parse
from openbeian.regime.facts import NO_STANDING, ServiceInForce, Standing
from openbeian.regime.filing_number import ServiceKind
from openbeian.regime.spelling import name_key, organizer_key
from openbeian.register import models
from openbeian.register.errors import NotFound, RecordDamaged
from openbeian.register.models import Access, Service, Subject

# Every application and every status call asks this: the latest filing of a mini program, with its latest access, and
# the organizer it is asked about, in one statement.
_STANDING = """
SELECT service.number, service.province_service_id, service.filed_at, service.name, access.province_access_id,
       access.until IS NULL AND access.since IS NOT NULL, service.subject_id = subject.id,
       subject.number, subject.province_subject_id, subject.province, subject.certificate_digest,
       (SELECT count(*) FROM register_access a JOIN register_service s ON s.id = a.service_id
        WHERE s.subject_id = subject.id AND a.until IS NULL)
FROM (SELECT 1) one
LEFT JOIN LATERAL (
    SELECT * FROM register_service WHERE appid = %(appid)s
    ORDER BY cancelled_at DESC NULLS FIRST, id DESC LIMIT 1) latest ON true
LEFT JOIN register_service service ON service.id = latest.id AND service.cancelled_at IS NULL
LEFT JOIN LATERAL (
    SELECT * FROM register_access WHERE service_id = service.id ORDER BY since DESC, id DESC LIMIT 1) access ON true
LEFT JOIN register_subject subject ON subject.cancelled_at IS NULL AND CASE
    WHEN %(digest)s::bytea IS NULL THEN subject.id = latest.subject_id
    ELSE subject.certificate_digest = %(digest)s END
"""
_SUBJECT = """
SELECT subject.number, subject.province_subject_id, subject.province, subject.certificate_digest,
       (SELECT count(*) FROM register_access a JOIN register_service s ON s.id = a.service_id
        WHERE s.subject_id = subject.id AND a.until IS NULL)
FROM register_subject subject JOIN register_service service ON service.subject_id = subject.id
WHERE service.number = %s
"""


def standing(*, appid: str, certificate_digest: bytes | None = None) -> Standing:
    """What the register says about a mini program and its organizer.

    The organizer is known by its ``certificate_digest`` if given, else by the mini program's latest filing. One that
    has cancelled its subject is not filed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"appid": appid, "digest": certificate_digest})
        number, service_id, filed_at, name, access_id, through_us, same_subject, *subject = cursor.fetchone()
        if number is not None and through_us and subject[0] is None:
            # In force for an organizer other than the one asked about.
            cursor.execute(_SUBJECT, [number])
            subject = list(cursor.fetchone())
    if subject[0] is None:
        return NO_STANDING
    found = ServiceInForce(appid, number, service_id, filed_at, access_id or "", name) if number is not None else None
    subject_number, province_subject_id, province, digest, in_force = subject
    return Standing(
        subject_number=subject_number, province_subject_id=province_subject_id, province=province,
        service=found if through_us else None, services_in_force=in_force,
        without_access=found if not through_us and same_subject else None, certificate_digest=bytes(digest),
    )


def name_digest(name: str) -> bytes:
    """What a name is looked up by, in any spelling that reads the same."""
    return vault.digest(name_key(name), purpose=models.NAME)


def certificate_digest(certificate_type: int | None, number: str) -> bytes:
    """What an organizer is known by: the digest of its certificate, in any spelling that reads the same."""
    return vault.digest(organizer_key(certificate_type, number), purpose=models.CERTIFICATE)


def _unsealed(record: Subject | Service, purpose: str) -> dict[str, Any]:
    """What is stored of a record, personal data in clear. Raises :class:`RecordDamaged`."""
    try:
        return vault.unseal_json(record.sealed, purpose=purpose)
    except vault.VaultError:
        raise RecordDamaged() from None


def is_certificate_of(subject: Subject, number: str) -> bool:
    """Whether ``number``, in any spelling, is the number of the certificate under which the subject is filed.

    Raises :class:`RecordDamaged`.
    """
    certificate = _unsealed(subject, models.SUBJECT)["certificate"]
    return certificate_digest(certificate["type"], number) == bytes(subject.certificate_digest)


def filed_dossier(standing: Standing) -> Dossier | None:
    """What is registered: of a service the whole dossier, else of the organizer its part. Personal data in clear.

    Raises :class:`RecordDamaged`.
    """
    service = standing.service or standing.without_access
    if service is not None:
        row = Service.objects.select_related("subject").get(number=service.number)
        return dossier_of(row)
    if standing.subject_number is None:
        return None
    subject = Subject.objects.get(number=standing.subject_number)
    return parse({"organizer": _unsealed(subject, models.SUBJECT)})[0]


def dossier_of(service: Service) -> Dossier:
    """What is registered of a service and its organizer, also if that was changed through another of its services.

    Raises :class:`RecordDamaged`.
    """
    return parse({**_unsealed(service, models.SERVICE), "organizer": _unsealed(service.subject, models.SUBJECT)})[0]


def record_of(*, appid: str, certificate_digest: bytes | None = None) -> tuple[Standing, Dossier | None]:
    """`standing`, and with it the dossier that is registered. Personal data in clear."""
    found = standing(appid=appid, certificate_digest=certificate_digest)
    return found, filed_dossier(found)


@dataclass(frozen=True)
class Held:
    """A service as our register holds it. ``through_us``: whether this platform still gives it access."""

    appid: str
    number: str
    subject_number: str
    province_subject_id: str
    province_service_id: str
    province_access_id: str
    filed_at: datetime
    cancelled_at: datetime | None
    through_us: bool
    dossier: Dossier = field(repr=False)


def held(*, province: str, key: str = "") -> list[Held]:
    """Every service the register knows in a province, cancelled ones too; with ``key`` those that have this as one of
    the province's ids. Personal data in clear."""
    rows = Service.objects.filter(subject__province=province).select_related("subject").order_by("pk")
    if key:
        rows = rows.filter(
            Q(province_service_id=key) | Q(subject__province_subject_id=key) | Q(accesses__province_access_id=key)
        ).distinct()
    latest_first = Prefetch("accesses", queryset=Access.objects.order_by("-since", "-pk"))
    return [_held(row) for row in rows.prefetch_related(latest_first)]


def _held(row: Service) -> Held:
    access = next(iter(row.accesses.all()), None)
    return Held(
        appid=row.appid, number=row.number, subject_number=row.subject.number,
        province_subject_id=row.subject.province_subject_id, province_service_id=row.province_service_id,
        province_access_id=access.province_access_id if access else "", filed_at=row.filed_at,
        cancelled_at=row.cancelled_at, through_us=access is not None and access.until is None,
        dossier=dossier_of(row),
    )


@dataclass(frozen=True)
class PublicRecord:
    """What everyone may see of a number (公共查询). Individuals' names are masked."""

    number: str
    organizer_name: str
    since: datetime
    cancelled_at: datetime | None

    @property
    def in_force(self) -> bool:
        """Whether the number has not been cancelled."""
        return self.cancelled_at is None


@dataclass(frozen=True)
class PublicService(PublicRecord):
    """A service."""

    subject_number: str
    service_name: str
    kind: ServiceKind


@dataclass(frozen=True)
class PublicSubject(PublicRecord):
    """An organizer with its services."""

    services: tuple[PublicService, ...]


#: A public answer lists at most this many services; an organizer may have some fifty on one platform.
PUBLIC_LIMIT = 200
#: It shows at most this many records with one name.
NAMESAKES_MAX = 20
_LATEST_FIRST = (F("cancelled_at").desc(nulls_first=True), "-pk")


def by_number(number: str) -> PublicService | PublicSubject:
    """The public record of a service number or a subject number, in any spelling that reads the same.

    Raises :class:`~openbeian.regime.filing_number.FilingNumberError` for text that is no number and :class:`NotFound`
    for one the register does not know.
    """
    wanted = filing_number.parse(number)
    rows: QuerySet[Any] = Service.objects.select_related("subject") if wanted.is_service else Subject.objects.all()
    row = rows.filter(number=str(wanted)).first()
    if row is None:
        raise NotFound()
    return _public(row)


def by_name(name: str) -> list[PublicService | PublicSubject]:
    """The public records with a unit's or a mini program's name, in any spelling that reads the same.

    Those in force come first; then units before mini programs, then the latest. A mini program that is called as its unit
    is among the unit's services only. One more than :data:`NAMESAKES_MAX` says that there are more. Raises
    :class:`NotFound`. Individuals cannot be found by name.
    """
    key, most = name_digest(name), NAMESAKES_MAX + 1
    subjects = Subject.objects.filter(name_digest=key).order_by(*_LATEST_FIRST)[:most]
    services = Service.objects.select_related("subject").filter(name_digest=key).exclude(
        subject__name_digest=key).order_by(*_LATEST_FIRST)[:most]
    found: list[Subject | Service] = [*subjects, *services]
    found.sort(key=lambda row: row.cancelled_at is not None)
    if not found:
        raise NotFound()
    return [_public(row) for row in found[:most]]


def public_name(subject: Subject) -> str:
    """The organizer's name as the public sees it: a unit's in full, an individual's masked, none of a damaged record."""
    try:
        name: str = _unsealed(subject, models.SUBJECT)["name"]
    except RecordDamaged:
        return ""
    return vault.mask_name(name) if subject.organizer_type == INDIVIDUAL else name


def _public(row: Subject | Service) -> PublicSubject | PublicService:
    if isinstance(row, Service):
        return _public_service(row)
    services = row.services.select_related("subject").order_by(F("cancelled_at").desc(nulls_first=True), "pk")
    return PublicSubject(
        row.number, public_name(row), row.filed_at, row.cancelled_at, tuple(map(_public_service, services[:PUBLIC_LIMIT])))


def _public_service(row: Service) -> PublicService:
    return PublicService(
        row.number, public_name(row.subject), row.filed_at, row.cancelled_at, row.subject.number, row.name,
        ServiceKind(row.kind))
