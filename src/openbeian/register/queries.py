"""Reading the register."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from openbeian import vault
from openbeian.filings.models import CERTIFICATE
from openbeian.regime import filing_number
from openbeian.regime.code_tables import INDIVIDUAL
from openbeian.regime.facts import NO_STANDING, ServiceInForce, Standing
from openbeian.regime.filing_number import ServiceKind
from openbeian.regime.kinds import certificate_number
from openbeian.regime.shelf_policy import FilingFacts, FilingPeriod
from openbeian.register import models
from openbeian.register.errors import NotFound
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
SELECT number, province_subject_id, province, certificate_digest,
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


def standing_for(*, appid: str, dossier: Mapping[str, Any]) -> Standing:
    """The standing of a mini program and of the organizer whose certificate ``dossier`` names."""
    number = certificate_number(dossier)
    return standing(appid=appid, certificate_digest=vault.digest(number, purpose=CERTIFICATE) if number else None)


def filed_dossier(standing: Standing) -> dict[str, Any] | None:
    """What is on file: of a service the whole dossier, else of the organizer its part. Personal data in clear."""
    service = standing.service or standing.without_access
    if service is not None:
        row = Service.objects.get(number=service.number)
        content: dict[str, Any] = vault.unseal_json(bytes(row.sealed), purpose=models.SERVICE)
        subject = Subject.objects.get(pk=row.subject_id)
        # A change through another mini program of the organizer counts here too.
        return {**content, "organizer": vault.unseal_json(bytes(subject.sealed), purpose=models.SUBJECT)}
    if standing.subject_number is None:
        return None
    subject = Subject.objects.get(number=standing.subject_number)
    return {"organizer": vault.unseal_json(bytes(subject.sealed), purpose=models.SUBJECT)}


def on_file(*, appid: str, certificate_digest: bytes | None) -> tuple[Standing, dict[str, Any] | None]:
    """`standing`, and with it the dossier on file. Personal data in clear."""
    found = standing(appid=appid, certificate_digest=certificate_digest)
    return found, filed_dossier(found)


def filing_periods(appid: str) -> FilingFacts:
    """When a mini program was provided here under which number in force, oldest first."""
    rows = Access.objects.filter(appid=appid).order_by("since", "pk")
    return FilingFacts(tuple(
        FilingPeriod(number, since, until) for number, since, until in rows.values_list("number", "since", "until")))


def services(
    *, appid: str | None = None, subject_number: str | None = None, in_force: bool | None = None
) -> QuerySet[Service]:
    """Services in the order they were entered, each with its subject."""
    found = Service.objects.select_related("subject").order_by("pk")
    if appid is not None:
        found = found.filter(appid=appid)
    if subject_number is not None:
        found = found.filter(subject__number=subject_number)
    if in_force is not None:
        found = found.filter(cancelled_at__isnull=in_force)
    return found


@dataclass(frozen=True)
class PublicService:
    """A service as everyone may see it (公共查询). Individuals' names are masked."""

    number: str
    subject_number: str
    organizer_name: str
    service_name: str
    kind: ServiceKind
    since: datetime
    cancelled_at: datetime | None

    @property
    def in_force(self) -> bool:
        """Whether the number has not been cancelled."""
        return self.cancelled_at is None


@dataclass(frozen=True)
class PublicSubject:
    """An organizer as everyone may see it, with its services."""

    number: str
    organizer_name: str
    since: datetime
    services: tuple[PublicService, ...]


#: A public answer lists at most this many services; an organizer may have some fifty on one platform.
PUBLIC_LIMIT = 200


def lookup(*, number: str | None = None, name: str | None = None) -> PublicService | PublicSubject:
    """The public record of a service number, of a subject number, or of a unit's exact name.

    Raises :class:`~openbeian.regime.filing_number.FilingNumberError` for text that is no number and
    :class:`NotFound` for one the register does not know. Individuals cannot be found by name.
    """
    if number is not None:
        wanted = filing_number.parse(number)
        if wanted.is_service:
            service = Service.objects.select_related("subject").filter(number=str(wanted)).first()
            if service is None:
                raise _unknown()
            return _public_service(service, public_name(service.subject))
        subject = Subject.objects.filter(number=str(wanted)).first()
    else:
        key = vault.digest((name or "").strip(), purpose=models.NAME)
        subject = Subject.objects.filter(name_digest=key).order_by("pk").first()
    if subject is None:
        raise _unknown()
    shown = public_name(subject)
    rows = subject.services.select_related("subject").order_by("pk")[:PUBLIC_LIMIT]
    return PublicSubject(
        subject.number, shown, subject.filed_at, tuple(_public_service(service, shown) for service in rows))


def public_name(subject: Subject) -> str:
    """The organizer's name as the public sees it: a unit's in full, an individual's masked."""
    name = vault.unseal_json(bytes(subject.sealed), purpose=models.SUBJECT)["name"]
    return vault.mask_name(name) if subject.organizer_type == INDIVIDUAL else name


def _unknown() -> NotFound:
    return NotFound("未查到备案记录。", "No filing record was found.")


def _public_service(service: Service, organizer_name: str) -> PublicService:
    return PublicService(
        number=service.number, subject_number=service.subject.number, organizer_name=organizer_name,
        service_name=service.name, kind=ServiceKind(service.kind), since=service.filed_at,
        cancelled_at=service.cancelled_at,
    )
