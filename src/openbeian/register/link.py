"""What the link with the administration asks of the register, and has it do."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q

from openbeian import vault
from openbeian.authority.comparison import comparable
from openbeian.authority.signals import Held
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.register import models, verbs
from openbeian.register.models import Access, Service, Subject

SUBJECT, SERVICE, ACCESS = 0, 1, 2  # Zxlb


def held(*, province: str, key: str, **_: Any) -> list[Held]:
    """Receiver of ``register_asked``: the services of a province's subjects, those with the id ``key`` if given."""
    rows = Service.objects.filter(subject__province=province).select_related("subject").order_by("pk")
    if key:
        rows = rows.filter(_with_id(key)).distinct()
    latest_first = Prefetch("accesses", queryset=Access.objects.order_by("-since", "-pk"))
    return list(_held(rows.prefetch_related(latest_first)))


def _with_id(key: str) -> Q:
    return (Q(province_service_id=key) | Q(subject__province_subject_id=key)
            | Q(accesses__province_access_id=key))


def _held(rows: Any) -> Iterator[Held]:
    subjects: dict[int, Any] = {}
    for row in rows:
        access = next(iter(row.accesses.all()), None)
        if row.subject_id not in subjects:
            subjects[row.subject_id] = vault.unseal_json(bytes(row.subject.sealed), purpose=models.SUBJECT)
        dossier = {**vault.unseal_json(bytes(row.sealed), purpose=models.SERVICE), "organizer": subjects[row.subject_id]}
        yield Held(
            appid=row.appid, number=row.number, subject_number=row.subject.number,
            province_subject_id=row.subject.province_subject_id, province_service_id=row.province_service_id,
            province_access_id=access.province_access_id if access else "", filed_at=row.filed_at,
            cancelled_at=row.cancelled_at, through_us=access is not None and access.until is None,
            content=comparable(dossier=dossier, name=row.name),
        )


def follow_cancellation(
    *, province: str, category: int, key: str, actor: Actor, at: datetime, **_: Any
) -> list[str]:
    """Receiver of ``cancelled_by_administration``: end what the administration has ended. Returns the numbers."""
    in_force = Service.objects.filter(subject__province=province, cancelled_at=None).order_by("pk")
    if category == SUBJECT:
        ended = []
        for subject in Subject.objects.filter(province=province, province_subject_id=key, cancelled_at=None):
            ended += [subject.number, *in_force.filter(subject=subject).values_list("number", flat=True)]
            verbs.cancel_subject(number=subject.number, order_id=None, actor=actor, at=at)
        return ended
    if category == SERVICE:
        services = list(in_force.filter(province_service_id=key))
        for service in services:
            verbs.cancel(appid=service.appid, number=service.number, order_id=None, actor=actor, at=at)
        return [service.number for service in services]
    accesses = list(Access.objects.filter(
        service__subject__province=province, province_access_id=key, until=None).order_by("pk"))
    for access in accesses:
        verbs.cancel_access(appid=access.appid, number=access.number, order_id=None, actor=actor, at=at)
    return [access.number for access in accesses]


def complete_access_id(*, number: str, province_access_id: str, actor: Actor, at: datetime, **_: Any) -> bool:
    """Receiver of ``access_id_told``: enter the province's id of an access if it is missing; none is ever replaced.

    Writes ``register:access:identified``. Returns whether it was missing.
    """
    access = Access.objects.filter(number=number, until=None, province_access_id="").first()
    if access is None:
        return False
    access.province_access_id = province_access_id
    access.save(update_fields=["province_access_id"])
    record(tag="register:access:identified", actor=actor, subject=f"app:{access.appid}", at=at,
           data={"number": number})
    return True
