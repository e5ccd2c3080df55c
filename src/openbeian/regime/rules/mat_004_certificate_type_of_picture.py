"""OB-MAT-004: a certificate's picture was uploaded as that certificate."""

from operator import attrgetter

from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "organizer.certificate.photo"
_LICENCE = "materials.MEDIA_LICENSE_0001"
_PICTURES = (
    FIELD,
    "organizer.principal.certificate.photo_front", "organizer.principal.certificate.photo_back",
    "service.principal.certificate.photo_front", "service.principal.certificate.photo_back",
)
_media = attrgetter(*_PICTURES)
_types = attrgetter(*(f"{path.rpartition('.')[0]}.type" for path in _PICTURES))


def check(case: Case) -> Hits:
    """Clients may upload a picture without stating what certificate it shows; then there is nothing to compare."""
    for path, kind, digest in zip(_PICTURES, _types(case.dossier), _media(case.dossier), strict=True):
        facts = case.materials.get(digest)
        if facts and facts.certificate_types and kind is not None and kind not in facts.certificate_types:
            yield path


RULE = rule(
    "OB-MAT-004", check,
    passes=(Example("enterprise"), Example("enterprise", {}, {f"{_LICENCE}.certificate_types": frozenset()}),
            Example("enterprise", {}, {f"{_LICENCE}.certificate_types": frozenset({1, 2})})),
    fails=(Example("enterprise", {}, {f"{_LICENCE}.certificate_types": frozenset({2, 7})}, fields=(FIELD,)),
           Example("individual", {}, {"materials.MEDIA_CHEN_FRONT1.certificate_types": frozenset({7})},
                   fields=("organizer.principal.certificate.photo_front",
                           "service.principal.certificate.photo_front"))),
)
