"""OB-REQ-001: what every filing must state."""

from operator import attrgetter

from openbeian.regime.rules.rule import Case, Example, Hits, rule

_PRINCIPAL = (
    "name", "mobile", "email", "emergency_number", "certificate.type", "certificate.number", "certificate.valid_from",
    "certificate.valid_until", "certificate.photo_front", "certificate.photo_back",
)
REQUIRED = (
    *(f"organizer.{name}" for name in ("type", "name", "province", "city", "district", "address")),
    *(f"organizer.certificate.{name}" for name in ("type", "number", "address")),
    *(f"organizer.principal.{name}" for name in _PRINCIPAL),
    *(f"service.principal.{name}" for name in _PRINCIPAL),
    "service.description",
    "service.principal.face_check",
)
_values = attrgetter(*REQUIRED)


def check(case: Case) -> Hits:
    """Fields whose need depends on others have rules of their own."""
    values = _values(case.dossier)
    if not all(values):
        yield from (path for path, value in zip(REQUIRED, values, strict=True) if value in ("", None))


RULE = rule(
    "OB-REQ-001", check,
    passes=(Example("enterprise", {"organizer.remark": None}), Example("individual")),
    fails=(
        Example("enterprise", {"organizer.certificate.address": None}, fields=("organizer.certificate.address",)),
        Example("enterprise", {"organizer.principal.email": "  ", "service.description": ""},
                fields=("organizer.principal.email", "service.description")),
        Example("individual", {"service.principal.face_check": None}, {"face_check": None},
                fields=("service.principal.face_check",)),
    ),
)
