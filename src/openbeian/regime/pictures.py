"""The pictures and videos of a dossier, known by the digest of their content and not by the handle of an upload."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from openbeian.regime.dossier import Dossier, Materials, Principal
from openbeian.regime.numbers import whole_number
from openbeian.regime.paths import read

P = TypeVar("P", bound=Principal)
#: The one place of a dossier that holds videos; all others hold pictures.
VIDEO = "materials.promise_video"


def is_video(path: str) -> bool:
    """Whether what stands at the path is a video."""
    return path.startswith(VIDEO)


def certificate_type_at(dossier: Any, path: str) -> int | None:
    """The type of the certificate whose picture stands at the path, as far as the document says."""
    certificate, _, _ = path.rpartition(".")
    return whole_number(read(dossier, f"{certificate}.type")) if certificate.endswith("certificate") else None


def with_pictures(dossier: Dossier, digests: Mapping[str, str]) -> Dossier:
    """``dossier`` with each handle in ``digests`` replaced by the digest of what was uploaded under it."""
    if not digests:
        return dossier

    def known(handle: str) -> str:
        return digests.get(handle, handle)

    def of_person(person: P) -> P:
        certificate = person.certificate
        return replace(
            person, authorization_letter=known(person.authorization_letter),
            certificate=replace(
                certificate, photo_front=known(certificate.photo_front), photo_back=known(certificate.photo_back)))

    organizer, service = dossier.organizer, dossier.service
    return replace(
        dossier,
        organizer=replace(
            organizer, residence_permit=known(organizer.residence_permit), principal=of_person(organizer.principal),
            certificate=replace(organizer.certificate, photo=known(organizer.certificate.photo))),
        service=replace(
            service, principal=of_person(service.principal),
            prior_approvals=tuple(replace(row, picture=known(row.picture)) for row in service.prior_approvals)),
        materials=Materials(**{
            slot: tuple(map(known, handles)) for slot, handles in vars(dossier.materials).items()}),
    )
