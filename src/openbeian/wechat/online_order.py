"""The answer of get_online_icp_order: the filing in force, the subject's data masked as documented."""

from typing import Any

from openbeian import vault
from openbeian.regime import paths
from openbeian.regime.dossier import document
from openbeian.register import queries as register
from openbeian.wechat import codes
from openbeian.wechat.callers import Caller
from openbeian.wechat.dossier import PAIRS, to_wechat
from openbeian.wechat.errors import Refused

#: As in the documented sample: addresses like numbers, and the mini program's own person in clear.
MASKS = {"name": vault.mask_name, "number": vault.mask_number}


def online_order(caller: Caller) -> dict[str, Any]:
    """``icp_subject`` and ``icp_applets`` of the filing in force, ``icp_applets`` in the shape that the client's parser
    wants. Raises :class:`Refused` (86328) for a mini program that is not filed."""
    standing, filed = register.record_of(appid=caller.appid)
    if standing.service is None or filed is None:
        raise Refused(codes.NOT_FOUND, "the mini program is not filed")
    body = to_wechat(document(filed))
    subject, applet = body["icp_subject"], body["icp_applets"]
    for pair in PAIRS:
        if pair.mask and isinstance(value := paths.read(body, pair.theirs), str):
            paths.put(body, pair.theirs, MASKS[pair.mask](value))
    subject.setdefault("base_info", {})["record_number"] = standing.subject_number or ""
    applet.setdefault("base_info", {}).update(
        appid=caller.appid, name=filed.service.name, record_number=standing.service.number)
    return {"icp_subject": subject, "icp_applets": [applet] if caller.online_applets_shape == "array" else applet}
