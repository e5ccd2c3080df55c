"""OB-MAT-004: a certificate's picture was uploaded as that certificate."""

from collections.abc import Iterator
from operator import attrgetter

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "organizer.certificate.photo"
_LICENCE = "materials.MEDIA_LICENSE_0001"
_PICTURES = (
    FIELD,
    "organizer.principal.certificate.photo_front", "organizer.principal.certificate.photo_back",
    "service.principal.certificate.photo_front", "service.principal.certificate.photo_back",
)
_media = attrgetter(*_PICTURES)
_types = attrgetter(*(f"{path.rpartition('.')[0]}.type" for path in _PICTURES))


def check(case: Case) -> Iterator[str]:
    """Clients may upload a picture without stating what certificate it shows; then there is nothing to compare."""
    for path, kind, digest in zip(_PICTURES, _types(case.dossier), _media(case.dossier), strict=True):
        facts = case.materials.get(digest)
        if facts and facts.certificate_types and kind is not None and kind not in facts.certificate_types:
            yield path


RULE = Rule(
    id="OB-MAT-004",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="证件照片上传时声明的证件类型须与所填证件类型一致",
    title_en="A certificate's picture was uploaded as the certificate type that is stated",
    reason_zh="{field}上传时声明的证件类型与所填证件类型不一致。",
    reason_en="{field} was uploaded as another certificate type than the one stated.",
    remedy_zh="请按所填证件类型重新上传照片，或更正证件类型。",
    remedy_en="Upload the picture again under the type stated, or correct the type.",
    check=check,
    passes=(Example("enterprise"), Example("enterprise", {}, {f"{_LICENCE}.certificate_types": frozenset()}),
            Example("enterprise", {}, {f"{_LICENCE}.certificate_types": frozenset({1, 2})})),
    fails=(Example("enterprise", {}, {f"{_LICENCE}.certificate_types": frozenset({2, 7})}, fields=(FIELD,)),
           Example("individual", {}, {"materials.MEDIA_CHEN_FRONT1.certificate_types": frozenset({7})},
                   fields=("organizer.principal.certificate.photo_front",
                           "service.principal.certificate.photo_front"))),
)
