"""Our dossier and WeChat's application body: one table of paths, read in both directions.

From a request a dossier is made; from a finding's field the ``err_field`` a client knows; from a dossier on file
the body of get_online_icp_order.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openbeian.regime import paths
from openbeian.regime.numbers import whole_number


def _as_text(value: Any) -> Any:
    """Clients in loosely typed languages send codes and numbers as JSON numbers."""
    number = None if isinstance(value, str) else whole_number(value)
    return value if number is None else str(number)


def _as_integer(value: Any) -> Any:
    """… and integers as text, empty for none."""
    if value == "":
        return None
    number = whole_number(value)
    return value if number is None else number


def _as_integers(value: Any) -> Any:
    return [_as_integer(item) for item in value] if isinstance(value, list) else value


def _as_media_ids(value: Any) -> Any:
    """Ten lists of media ids; some clients send one id bare."""
    return ([value] if value else []) if isinstance(value, str) else value


def _as_text_if_any(value: Any) -> Any:
    """A field that typed clients send empty when they mean none."""
    return None if value == "" else _as_text(value)


@dataclass(frozen=True)
class Pair:
    """One field: ``ours`` in the dossier, ``theirs`` in WeChat's body. What is only for a ``file`` is never shown."""

    ours: str
    theirs: str
    read: Callable[[Any], Any] = _as_text
    file: bool = False


def _principal(ours: str, theirs: str) -> Iterator[Pair]:
    yield Pair(f"{ours}.name", f"{theirs}.name")
    yield Pair(f"{ours}.mobile", f"{theirs}.mobile")
    yield Pair(f"{ours}.email", f"{theirs}.email")
    yield Pair(f"{ours}.emergency_number", f"{theirs}.emergency_contact")
    yield Pair(f"{ours}.certificate.type", f"{theirs}.certificate_type", _as_integer)
    yield Pair(f"{ours}.certificate.number", f"{theirs}.certificate_number")
    yield Pair(f"{ours}.certificate.valid_from", f"{theirs}.certificate_validity_date_start")
    yield Pair(f"{ours}.certificate.valid_until", f"{theirs}.certificate_validity_date_end")
    yield Pair(f"{ours}.certificate.photo_front", f"{theirs}.certificate_photo_front", file=True)
    yield Pair(f"{ours}.certificate.photo_back", f"{theirs}.certificate_photo_back", file=True)
    yield Pair(f"{ours}.authorization_letter", f"{theirs}.authorization_letter", file=True)


MATERIALS = (
    "commitment_letter", "business_name_change_letter", "party_building_confirmation_letter", "promise_video",
    "authenticity_responsibility_letter", "authenticity_commitment_letter", "website_construction_proposal",
    "subject_other_materials", "applets_other_materials", "holding_certificate_photo",
)
#: One prior approval (前置审批).
APPROVAL_ITEM = (
    Pair("type", "type", _as_integer), Pair("number", "code"), Pair("picture", "media", file=True))


def _as_approvals(value: Any) -> Any:
    return [_approval(item) if isinstance(item, dict) else item for item in value] if isinstance(value, list) else value


def _approval(item: dict[str, Any]) -> dict[str, Any]:
    return {pair.ours: pair.read(item[pair.theirs]) for pair in APPROVAL_ITEM if item.get(pair.theirs) is not None}


#: Their list is the one list of records.
APPROVALS = Pair("service.prior_approvals", "icp_applets.base_info.nrlx_details", _as_approvals)

PAIRS: tuple[Pair, ...] = (
    Pair("organizer.type", "icp_subject.base_info.type", _as_integer),
    Pair("organizer.name", "icp_subject.base_info.name"),
    Pair("organizer.province", "icp_subject.base_info.province"),
    Pair("organizer.city", "icp_subject.base_info.city"),
    Pair("organizer.district", "icp_subject.base_info.district"),
    Pair("organizer.address", "icp_subject.base_info.address"),
    Pair("organizer.remark", "icp_subject.base_info.comment"),
    Pair("organizer.residence_permit", "icp_subject.personal_info.residence_permit", file=True),
    Pair("organizer.certificate.type", "icp_subject.organize_info.certificate_type", _as_integer),
    Pair("organizer.certificate.number", "icp_subject.organize_info.certificate_number"),
    Pair("organizer.certificate.address", "icp_subject.organize_info.certificate_address"),
    Pair("organizer.certificate.photo", "icp_subject.organize_info.certificate_photo", file=True),
    *_principal("organizer.principal", "icp_subject.principal_info"),
    Pair("organizer.legal_representative.name", "icp_subject.legal_person_info.name"),
    Pair("organizer.legal_representative.certificate_number", "icp_subject.legal_person_info.certificate_number"),
    Pair("service.contents", "icp_applets.base_info.service_content_types", _as_integers),
    Pair("service.description", "icp_applets.base_info.comment"),
    *_principal("service.principal", "icp_applets.principal_info"),
    Pair("service.principal.face_check", "icp_applets.principal_info.verify_task_id", file=True),
    # Ours: WeChat only answers these two; here they may be sent for what was filed through another provider.
    Pair("existing.subject_number", "icp_subject.base_info.record_number", _as_text_if_any),
    Pair("existing.service_number", "icp_applets.base_info.record_number", _as_text_if_any),
    *(Pair(f"materials.{name}", f"icp_materials.{name}", _as_media_ids, file=True) for name in MATERIALS),
)


def _by_records(pairs: Iterable[Pair]) -> dict[tuple[str, str], list[tuple[str, str, Callable[[Any], Any]]]]:
    """The fields of each record of theirs that go to one of ours: their name, our name, how it is read.

    A record is looked for once, and not once for each of its fields.
    """
    found: dict[tuple[str, str], list[tuple[str, str, Callable[[Any], Any]]]] = {}
    for pair in pairs:
        (theirs, _, their_name), (ours, _, our_name) = pair.theirs.rpartition("."), pair.ours.rpartition(".")
        found.setdefault((theirs, ours), []).append((their_name, our_name, pair.read))
    return found


_RECORDS = _by_records((*PAIRS, APPROVALS))

#: The records of an application, and a field or record of ours in which the rules object if one is no object.
_RECORD_PLACES = {
    "icp_subject": "organizer",
    "icp_subject.base_info": "organizer.type",
    "icp_subject.personal_info": "organizer.residence_permit",
    "icp_subject.organize_info": "organizer.certificate",
    "icp_subject.principal_info": "organizer.principal",
    "icp_subject.legal_person_info": "organizer.legal_representative",
    "icp_applets": "service",
    "icp_applets.base_info": "service.contents",
    "icp_applets.principal_info": "service.principal",
    "icp_materials": "materials",
}
#: In the place of a misshapen record, so that it never passes for a missing one: no field takes a fraction.
_NO_RECORD = 0.5
#: Records and other paths a finding may name that are no field of a request.
_GROUPS = {
    "organizer": "icp_subject",
    "organizer.certificate": "icp_subject.organize_info",
    "organizer.principal": "icp_subject.principal_info",
    "organizer.principal.certificate": "icp_subject.principal_info",
    "organizer.legal_representative": "icp_subject.legal_person_info",
    "existing": "icp_subject.base_info",
    "service": "icp_applets",
    "service.principal": "icp_applets.principal_info",
    "service.principal.certificate": "icp_applets.principal_info",
    "materials": "icp_materials",
    "service.name": "icp_applets.base_info.name",
}
_THEIRS = {**_GROUPS, APPROVALS.ours: APPROVALS.theirs, **{pair.ours: pair.theirs for pair in PAIRS}}
_THEIRS_OF_APPROVAL = {pair.ours: pair.theirs for pair in APPROVAL_ITEM}
#: ``icp_order_field`` of an upload → the field of our dossier.
UPLOAD_FIELDS: dict[str, str] = {
    **{pair.theirs: pair.ours for pair in PAIRS if pair.file and not pair.ours.endswith("face_check")},
    APPROVALS.theirs: f"{APPROVALS.ours}.picture",
}

#: 20 to 200 characters, where there are any; a missing description is another rule's finding.
COMMENT_LENGTH_RULE = "OB-SVC-008"


def waived_rules(comment_length: str) -> frozenset[str]:
    """The rules a client's settings switch off. One that still sends the old, optional remark is ``lenient``."""
    return frozenset({COMMENT_LENGTH_RULE}) if comment_length == "lenient" else frozenset()


def from_wechat(body: Mapping[str, Any]) -> dict[str, Any]:
    """The dossier in an application body. What is not there is left out; what does not fit is for the rules to say."""
    dossier: dict[str, Any] = {}
    for (theirs, ours), fields in _RECORDS.items():
        record = paths.read(body, theirs)
        if not isinstance(record, dict):
            continue
        found = {}
        for their_name, our_name, read in fields:
            if (value := record.get(their_name)) is not None and (value := read(value)) is not None:
                found[our_name] = value
        if found:
            _record(dossier, ours).update(found)
    _drop_if_blank(dossier.get("organizer"), "legal_representative")
    for path in misshapen(body):
        _put(dossier, _RECORD_PLACES[path], _NO_RECORD)
    return dossier


def misshapen(body: Mapping[str, Any]) -> dict[str, Any]:
    """The records of an application, by path, that are no objects, and what was sent instead.

    ``null``, "" and ``[]``, as which PHP writes an empty record, are missing records and not misshapen ones.
    """
    found = {path: paths.read(body, path) for path in _RECORD_PLACES}
    return {path: value for path, value in found.items()
            if not (value in (None, "", []) or isinstance(value, Mapping))}


def with_one_applet(body: dict[str, Any], shape: str) -> dict[str, Any]:
    """The body with ``icp_applets`` as an object, if the client's ``shape`` is ``array`` and it sends a list of one."""
    applets = body.get("icp_applets")
    if shape == "array" and isinstance(applets, list) and len(applets) == 1 and isinstance(applets[0], dict):
        return {**body, "icp_applets": applets[0]}
    return body


def to_wechat(dossier: Mapping[str, Any]) -> dict[str, Any]:
    """``icp_subject`` and ``icp_applets`` of a dossier on file, without pictures, videos and face check."""
    body: dict[str, Any] = {"icp_subject": {}, "icp_applets": {}}
    for pair in PAIRS:
        value = paths.read(dossier, pair.ours)
        if not pair.file and value not in (None, ""):
            _put(body, pair.theirs, value)
    approvals = paths.read(dossier, APPROVALS.ours)
    if isinstance(approvals, list):
        _put(body, APPROVALS.theirs, [
            {pair.theirs: item[pair.ours] for pair in APPROVAL_ITEM if not pair.file and item.get(pair.ours)}
            for item in approvals
        ])
    return body


def err_field(path: str) -> str:
    """What a client calls the field of a finding; the nearest group for a path it has no name for.

    >>> err_field("service.prior_approvals.0.picture")
    'icp_applets.base_info.nrlx_details.0.media'
    """
    parts = path.split(".")
    tail: list[str] = []
    while parts:
        known = _THEIRS.get(".".join(parts))
        if known is not None:
            tail = [_THEIRS_OF_APPROVAL.get(part, part) for part in tail] if known == APPROVALS.theirs else \
                [part for part in tail if part.isdecimal()]
            return ".".join([known, *tail])
        tail.insert(0, parts.pop())
    return ""


def _put(tree: dict[str, Any], path: str, value: Any) -> None:
    record, _, name = path.rpartition(".")
    _record(tree, record)[name] = value


def _record(tree: dict[str, Any], path: str) -> dict[str, Any]:
    """The record at a path, made where there is none yet."""
    for part in path.split(".") if path else ():
        tree = tree.setdefault(part, {})
    return tree


def _drop_if_blank(record: Any, name: str) -> None:
    """Typed clients send an optional record with empty texts when they mean none."""
    if isinstance(record, dict) and not any((record.get(name) or {}).values()):
        record.pop(name, None)
