"""The evidence of a dossier: uploaded materials and face checks."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils.crypto import get_random_string

from openbeian import vault
from openbeian.filings import models
from openbeian.filings.errors import NotFound
from openbeian.filings.materials import CheckedFile, check_file
from openbeian.filings.models import Blob, FaceCheck, FaceCheckState, Material
from openbeian.filings.signals import face_check_created, face_check_finished
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor

#: How long the administrator may answer a face check, opening its page as often as needed.
FACE_CHECK_OPEN = timedelta(hours=24)
#: How long one that is finished counts.
FACE_CHECK_USABLE = timedelta(days=3)
FACE_CHECK_WITH_CERTIFICATION_USABLE = timedelta(days=1)
MEDIA_ID_LENGTH, TASK_ID_LENGTH = 75, 22


def upload_material(
    *, appid: str, content: bytes, kind: str, field: str, certificate_type: int | None, actor: Actor
) -> Material:
    """Check a file and keep it, sealed, under its digest. Writes ``material:upload``.

    Raises :class:`~openbeian.filings.errors.MaterialRefused` and its kind :class:`~openbeian.filings.errors.Overloaded`.
    """
    file = check_file(content, kind=kind, field=field)  # before the transaction: it may wait
    return keep_material(file, appid=appid, field=field, certificate_type=certificate_type, actor=actor)


@transaction.atomic
def keep_material(file: CheckedFile, *, appid: str, field: str, certificate_type: int | None, actor: Actor) -> Material:
    """Keep a file that has been checked, as :func:`upload_material` does. Writes ``material:upload``."""
    at = clock.now()
    key = vault.digest(file.content, purpose=models.BLOB)
    Blob.objects.bulk_create(
        [Blob(digest=key, sealed=vault.seal(file.content, purpose=models.BLOB))], ignore_conflicts=True)
    material = Material.objects.create(
        media_id=get_random_string(MEDIA_ID_LENGTH), blob_id=key, kind=file.kind, content_type=file.content_type,
        size_bytes=len(file.content), certificate_type=certificate_type, field=field, appid=appid, created_at=at,
    )
    record(tag="material:upload", actor=actor, subject=f"app:{appid}", at=at,
           data={"kind": file.kind, "field": field, "size_bytes": material.size_bytes})
    return material


@transaction.atomic
def create_face_check(*, appid: str, actor: Actor, with_certification: bool = False) -> FaceCheck:
    """Ask the mini program's administrator for a face check. Writes ``face_check:create``."""
    at = clock.now()
    check_row = FaceCheck.objects.create(
        task_id=get_random_string(TASK_ID_LENGTH), appid=appid, created_at=at, usable_until=at + FACE_CHECK_OPEN,
        with_certification=with_certification)
    record(tag="face_check:create", actor=actor, subject=f"app:{appid}", at=at)
    face_check_created.send(sender=FaceCheck, face_check=check_row, at=at)
    return check_row


@transaction.atomic
def finish_face_check(*, task_id: str, passed: bool, actor: Actor) -> FaceCheck:
    """Record how the face check ended; the first outcome stays. Writes ``face_check:finish``.

    Raises :class:`NotFound` for an unknown, finished or outdated task.
    """
    at = clock.now()
    changed = FaceCheck.objects.filter(
        task_id=task_id, state__lt=FaceCheckState.FAILED, usable_until__gt=at
    ).update(
        state=FaceCheckState.PASSED if passed else FaceCheckState.FAILED, finished_at=at,
        usable_until=Case(When(with_certification=True, then=Value(at + FACE_CHECK_WITH_CERTIFICATION_USABLE)),
                          default=Value(at + FACE_CHECK_USABLE)))
    if not changed:
        raise NotFound("人脸核身任务不存在、已完成或已过期。", "The face check does not exist, is finished or has expired.")
    check_row = FaceCheck.objects.get(task_id=task_id)
    record(tag="face_check:finish", actor=actor, subject=f"app:{check_row.appid}", at=at, data={"passed": passed})
    face_check_finished.send(sender=FaceCheck, face_check=check_row, at=at)
    return check_row
