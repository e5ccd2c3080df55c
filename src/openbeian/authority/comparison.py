"""What of a filing is compared between our register and a province: the same fields, written the same way."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from openbeian.regime.dossier import Dossier
from openbeian.v3.codec.records import (
    Address,
    Certificate,
    FiledRecord,
    FiledService,
    Principal,
)

#: Fields of the dossier that both sides hold as one text or number.
FIELDS = (
    "organizer.name", "organizer.type", "organizer.city", "organizer.district", "organizer.address",
    "organizer.certificate.type", "organizer.certificate.number",
    "organizer.principal.name", "organizer.principal.mobile", "organizer.principal.email",
    "organizer.principal.certificate.type", "organizer.principal.certificate.number",
    "service.principal.name", "service.principal.mobile", "service.principal.email",
    "service.principal.certificate.type", "service.principal.certificate.number", "service.description",
)
_fields_of = attrgetter(*FIELDS)
NAME, CONTENTS = "service.name", "service.contents"


def comparable(dossier: Dossier) -> dict[str, str]:
    """The compared fields of a filed dossier; what is empty is left out."""
    content = dict(zip(FIELDS, map(_text, _fields_of(dossier)), strict=True))
    content[NAME] = _text(dossier.service.name)
    content[CONTENTS] = " ".join(sorted(map(_text, dossier.service.contents)))
    return {path: text for path, text in content.items() if text}


def on_file(filed: FiledRecord, service: FiledService) -> dict[str, str]:
    """The compared fields of a record as a province has it."""
    subject, owner = filed.subject, service.principal or Principal()
    principal = subject.principal or Principal()
    certificate, address = subject.certificate or Certificate(), subject.address or Address()
    content = {
        "organizer.name": subject.name, "organizer.type": subject.nature, "organizer.city": address.city,
        "organizer.district": address.district, "organizer.address": address.street,
        "organizer.certificate.type": certificate.type, "organizer.certificate.number": certificate.number,
        "organizer.principal.name": principal.name, "organizer.principal.mobile": principal.mobile,
        "organizer.principal.email": principal.email,
        "organizer.principal.certificate.type": principal.certificate_type,
        "organizer.principal.certificate.number": principal.certificate_number,
        "service.principal.name": owner.name, "service.principal.mobile": owner.mobile,
        "service.principal.email": owner.email, "service.principal.certificate.type": owner.certificate_type,
        "service.principal.certificate.number": owner.certificate_number, "service.description": service.remark,
        NAME: service.name, CONTENTS: " ".join(sorted(str(code) for code in service.contents)),
    }
    return {path: text for path, value in content.items() if (text := _text(value))}


def differing(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """The fields that both sides have and that are not the same."""
    return sorted(path for path in ours.keys() & theirs.keys() if ours[path] != theirs[path])


def _text(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split()).upper()  # XML keeps no line ends as they were
