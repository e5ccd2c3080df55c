"""From what the register says and what a dossier holds to the kind of order: nobody has to know the nine words.

Source: platform practice for order types (订单类型), and what a change cannot change: the province, the organizer's
nature and its certificate stay; with another certificate the filing is cancelled and made anew.
"""

from collections.abc import Mapping
from typing import Any

from openbeian.regime.dossier import Dossier
from openbeian.regime.facts import Standing
from openbeian.regime.identity import normalise
from openbeian.regime.lifecycle import OrderKind

#: Parts of a dossier that say nothing about what is filed: proof that it is so.
_PROOF = ("materials", "existing", "cancellation")


def detect(*, standing: Standing, dossier: Dossier, filed: Dossier | None = None) -> OrderKind:
    """The kind of filing order that ``dossier`` asks for.

    ``standing`` is that of the mini program and of the organizer whose certificate the dossier names, ``filed`` the
    dossier of the service in force. A dossier in which nothing differs asks for a change of both; the rules refuse
    it.
    """
    if standing.service is not None:
        return _change(dossier, filed) if filed is not None else OrderKind.CHANGE_BOTH
    if standing.without_access is not None or (dossier.existing and dossier.existing.service_number):
        return OrderKind.NEW_ACCESS
    if standing.subject_number is not None or (dossier.existing and dossier.existing.subject_number):
        return OrderKind.NEW_SERVICE
    return OrderKind.FIRST_FILING


def _change(dossier: Dossier, filed: Dossier) -> OrderKind:
    subject, service = dossier.organizer != filed.organizer, differs_in_service(dossier, filed)
    if subject and not service:
        return OrderKind.CHANGE_SUBJECT
    if service and not subject:
        return OrderKind.CHANGE_SERVICE
    return OrderKind.CHANGE_BOTH


def differs_in_service(dossier: Dossier, filed: Dossier) -> bool:
    """Whether the service's part differs; a new face check alone is no difference."""
    return without_face_check(dossier) != without_face_check(filed)


def without_face_check(dossier: Dossier) -> tuple[Any, ...]:
    """The service's part, as far as it is filed."""
    service = dossier.service
    principal = {name: value for name, value in vars(service.principal).items() if name != "face_check"}
    return (*(value for name, value in vars(service).items() if name != "principal"), tuple(principal.items()))


#: What stays when a filing is changed, and how to read it.
FIXED = {
    "organizer.type": lambda d: d.organizer.type,
    "organizer.province": lambda d: d.organizer.province,
    "organizer.certificate.type": lambda d: d.organizer.certificate.type,
    "organizer.certificate.number": lambda d: normalise(d.organizer.certificate.number),
}


def fixed_fields_changed(dossier: Dossier, filed: Dossier) -> tuple[str, ...]:
    """Fields that a change may not touch and that differ."""
    return tuple(path for path, read in FIXED.items() if read(dossier) != read(filed))


def certificate_number(dossier: Mapping[str, Any]) -> str:
    """The organizer's certificate number in a dossier that may be anything; empty if it names none."""
    try:
        number = dossier["organizer"]["certificate"]["number"]
    except (LookupError, TypeError):
        return ""
    return normalise(number) if isinstance(number, str) else ""
