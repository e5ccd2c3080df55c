"""OB-REQ-001: what every filing must state."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

_ORGANIZER = ("type", "name", "province", "city", "district", "address")
_CERTIFICATE = ("type", "number", "address")
_PRINCIPAL = ("name", "mobile", "email", "emergency_number")
_PRINCIPAL_CERTIFICATE = ("type", "number", "valid_from", "valid_until", "photo_front", "photo_back")


def check(case: Case) -> Iterator[str]:
    """Fields whose need depends on others have rules of their own."""
    organizer, service = case.dossier.organizer, case.dossier.service
    groups = [("organizer", organizer, _ORGANIZER), ("organizer.certificate", organizer.certificate, _CERTIFICATE)]
    for path, principal in case.principals:
        groups += [(path, principal, _PRINCIPAL),
                   (f"{path}.certificate", principal.certificate, _PRINCIPAL_CERTIFICATE)]
    groups += [("service", service, ("description",)), ("service.principal", service.principal, ("face_check",))]
    for path, record, names in groups:
        for name in names:
            if getattr(record, name) in ("", None):
                yield f"{path}.{name}"


RULE = Rule(
    id="OB-REQ-001",
    severity=Severity.BLOCKS,
    clause=clauses.ORDER_33_7,
    title_zh="必填信息须完整",
    title_en="Required fields are present",
    reason_zh="未填写{field}。",
    reason_en="{field} is missing.",
    remedy_zh="请填写{field}。",
    remedy_en="Fill it in.",
    check=check,
    passes=(Example("enterprise", {"organizer.remark": None}), Example("individual")),
    fails=(
        Example("enterprise", {"organizer.certificate.address": None}, fields=("organizer.certificate.address",)),
        Example("enterprise", {"organizer.principal.email": "  ", "service.description": ""},
                fields=("organizer.principal.email", "service.description")),
        Example("individual", {"service.principal.face_check": None}, {"face_check": None},
                fields=("service.principal.face_check",)),
    ),
)
