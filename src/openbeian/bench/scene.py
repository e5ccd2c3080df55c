"""Mini programs ready to file: catalogued, authorized, with their pictures uploaded and their face checks passed."""

import copy
import csv
import io
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import transaction

from openbeian import vault
from openbeian.accounts.clients import create_client
from openbeian.demo.cast import LICENCE, QINGHE, RESIDENT_ID, picture
from openbeian.demo.invented import appid_of, credit_code_of
from openbeian.filings.evidence import upload_material
from openbeian.filings.models import FaceCheck, FaceCheckState, Material
from openbeian.ledger import clock
from openbeian.regime.actors import Actor, Role
from openbeian.shelf.imports import import_catalogue
from openbeian.wechat import verbs
from openbeian.wechat.models import REFRESH_TOKEN, Authorization, CredentialKind

OPERATOR = Actor(Role.OPERATOR, "bench")
_PICTURES = {
    "licence": ("organizer.certificate.photo", LICENCE),
    "front": ("organizer.principal.certificate.photo_front", RESIDENT_ID),
    "back": ("organizer.principal.certificate.photo_back", RESIDENT_ID),
    "letter": ("materials.commitment_letter", None),
}


@dataclass(frozen=True)
class Applicant:
    """One mini program with a token and a complete application."""

    appid: str
    certificate_number: str
    token: str
    media: tuple[str, ...]
    face_check: str
    application: dict[str, Any]


@transaction.atomic
def applicants(number: int) -> list[Applicant]:
    """Make so many applicants, each an organizer of its own; pictures are shared by content, as rows they are not."""
    at = clock.now()
    made = create_client(name="bench", actor=OPERATOR).client
    characters = [
        replace(QINGHE, appid=appid_of(n), certificate_number=credit_code_of(n)) for n in range(1, number + 1)]
    catalogue = io.StringIO()
    rows = csv.writer(catalogue)
    rows.writerow(("appid", "name", "organizer_name", "province", "first_listed_at"))
    rows.writerows((c.appid, c.app_name, c.organizer_name, c.province, "") for c in characters)
    import_catalogue(source=io.BytesIO(catalogue.getvalue().encode()), actor=OPERATOR)
    shared = {
        name: upload_material(appid=appid_of(1), content=picture(name), kind="image", field=field,
                              certificate_type=certificate_type, actor=OPERATOR)
        for name, (field, certificate_type) in _PICTURES.items()
    }
    materials, checks, authorizations, prepared = [], [], [], []
    refresh = vault.seal(b"refreshtoken@@@bench", purpose=REFRESH_TOKEN)
    for character in characters:
        media = {}
        for name, one in shared.items():
            row = copy.copy(one)
            row.appid, row.media_id = character.appid, f"{name}-{character.appid}-{'m' * 40}"
            media[name] = row.media_id
            materials.append(row)
        check = FaceCheck(task_id=f"face{character.appid}", appid=character.appid, state=FaceCheckState.PASSED,
                          created_at=at, finished_at=at, usable_until=at + timedelta(days=3))
        checks.append(check)
        authorizations.append(Authorization(
            client=made, appid=character.appid, permission_sets=[18], refresh_token_sealed=refresh, authorized_at=at))
        prepared.append((character, media, check.task_id))
    Material.objects.bulk_create(materials, batch_size=1000)
    FaceCheck.objects.bulk_create(checks, batch_size=1000)
    tokens = [
        verbs.issue(kind=CredentialKind.AUTHORIZER_TOKEN, client=made, authorization=authorization)
        for authorization in Authorization.objects.bulk_create(authorizations, batch_size=1000)
    ]
    return [
        Applicant(character.appid, character.certificate_number, token, tuple(media.values()), task_id,
                  character.application(media, task_id))
        for (character, media, task_id), token in zip(prepared, tokens, strict=True)
    ]
