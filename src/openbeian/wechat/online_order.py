"""The answer of get_online_icp_order: the filing in force, the subject's data masked as documented."""

from collections.abc import Callable
from typing import Any

from openbeian import vault
from openbeian.regime.dossier import Dossier, document
from openbeian.regime.facts import Standing
from openbeian.wechat.dossier import to_wechat

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


def online_order_body(
    dossier: Dossier, *, appid: str, standing: Standing, shape: str
) -> dict[str, Any]:
    """``icp_subject`` and ``icp_applets`` as filed; ``shape`` is ``array`` or ``object``, as the client's parser wants it."""
    body = to_wechat(document(dossier))
    subject, applet = body["icp_subject"], body["icp_applets"]
    for group, fields in MASKED.items():
        for field, mask in fields.items():
            if isinstance(value := subject.get(group, {}).get(field), str):
                subject[group][field] = mask(value)
    subject.setdefault("base_info", {})["record_number"] = standing.subject_number or ""
    applet.setdefault("base_info", {}).update(
        appid=appid, name=dossier.service.name,
        record_number=standing.service.number if standing.service else "")
    return {"icp_subject": subject, "icp_applets": [applet] if shape == "array" else applet}
