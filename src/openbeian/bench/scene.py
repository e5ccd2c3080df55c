"""Mini programs ready to file: catalogued, authorized, with their pictures uploaded and their face checks passed."""

from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from openbeian import vault
from openbeian.accounts.clients import create_client
from openbeian.demo.sample_data import QINGHE, appid_of, credit_code_of
from openbeian.demo.sample_rows import copies_for, import_characters, passed_face_check, upload_samples
from openbeian.filings.models import FaceCheck, Material
from openbeian.ledger import clock
from openbeian.regime.actors import Actor, Role
from openbeian.wechat import verbs
from openbeian.wechat.models import REFRESH_TOKEN, Authorization, CredentialKind

OPERATOR = Actor(Role.OPERATOR, "bench")


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
    client = create_client(name="bench", actor=OPERATOR).client
    characters = [
        replace(QINGHE, appid=appid_of(n), certificate_number=credit_code_of(n)) for n in range(1, number + 1)]
    import_characters(characters, actor=OPERATOR)
    samples = upload_samples(appid=appid_of(1), actor=OPERATOR)
    refresh = vault.seal(b"refreshtoken@@@bench", purpose=REFRESH_TOKEN)
    materials = {who.appid: copies_for(who.appid, samples) for who in characters}
    checks = [passed_face_check(who.appid, f"face{who.appid}", at=at) for who in characters]
    authorizations = [
        Authorization(client=client, appid=who.appid, permission_sets=[18], refresh_token_sealed=refresh, authorized_at=at)
        for who in characters]
    Material.objects.bulk_create([row for rows in materials.values() for row in rows.values()], batch_size=1000)
    FaceCheck.objects.bulk_create(checks, batch_size=1000)
    made = []
    for who, check, authorization in zip(
            characters, checks, Authorization.objects.bulk_create(authorizations, batch_size=1000), strict=True):
        token = verbs.issue(kind=CredentialKind.AUTHORIZER_TOKEN, client=client, authorization=authorization)
        media = {name: row.media_id for name, row in materials[who.appid].items()}
        made.append(Applicant(who.appid, who.certificate_number, token, tuple(media.values()), check.task_id,
                              who.application(media, check.task_id)))
    return made
