"""The answer of get_online_icp_order: the filing in force, the subject's data masked as documented."""

from collections.abc import Callable
from typing import Any

from openbeian import vault
from openbeian.regime.dossier import document
from openbeian.register import queries as register
from openbeian.wechat import codes
from openbeian.wechat.dossier import to_wechat
from openbeian.wechat.errors import Refused
from openbeian.wechat.queries import Caller

_PERSON: dict[str, Callable[[str], str]] = {
    "name": vault.mask_name,
    "mobile": vault.mask_number,
    "email": vault.mask_number,
    "emergency_contact": vault.mask_number,
    "certificate_number": vault.mask_number,
}
#: As in the documented sample: addresses like numbers, and the mini program's own person in clear.
MASKED: dict[str, dict[str, Callable[[str], str]]] = {
    "base_info": {"name": vault.mask_name, "address": vault.mask_number},
    "organize_info": {"certificate_number": vault.mask_number, "certificate_address": vault.mask_number},
    "principal_info": _PERSON,
    "legal_person_info": {"name": vault.mask_name, "certificate_number": vault.mask_number},
}


def online_order(caller: Caller) -> dict[str, Any]:
    """``icp_subject`` and ``icp_applets`` of the filing in force, ``icp_applets`` in the shape that the client's parser
    wants. Raises :class:`Refused` (86328) for a mini program that is not filed."""
    standing, filed = register.record_of(appid=caller.appid)
    if standing.service is None or filed is None:
        raise Refused(codes.NOT_FOUND, "the mini program is not filed")
    body = to_wechat(document(filed))
    subject, applet = body["icp_subject"], body["icp_applets"]
    for group, fields in MASKED.items():
        for field, mask in fields.items():
            if isinstance(value := subject.get(group, {}).get(field), str):
                subject[group][field] = mask(value)
    subject.setdefault("base_info", {})["record_number"] = standing.subject_number or ""
    applet.setdefault("base_info", {}).update(
        appid=caller.appid, name=filed.service.name, record_number=standing.service.number)
    return {"icp_subject": subject, "icp_applets": [applet] if caller.online_applets_shape == "array" else applet}
