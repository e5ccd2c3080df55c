"""Our dossier and WeChat's application body: one table of paths (``dossier.csv``), read in both directions.

From a request a dossier is made; from a finding's field the ``err_field`` a client knows; from a dossier on file
the body of get_online_icp_order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from openbeian.regime import paths
from openbeian.regime.csv_files import csv_rows
from openbeian.regime.numbers import is_digits


@dataclass(frozen=True)
class Pair:
    """One field: ``ours`` in the dossier, ``theirs`` in WeChat's body. What is only for a ``file`` is never shown.

    ``mask`` is how the value is masked where it is shown: as a ``name``, as a ``number``, or not at all.
    """

    ours: str
    theirs: str
    file: bool = False
    mask: str = ""


#: One prior approval (前置审批).
APPROVAL_ITEM = (Pair("type", "type"), Pair("number", "code"), Pair("picture", "media", file=True))


def _as_approvals(value: Any) -> Any:
    return [_approval(item) if isinstance(item, dict) else item for item in value] if isinstance(value, list) else value


def _approval(item: dict[str, Any]) -> dict[str, Any]:
    return {pair.ours: item[pair.theirs] for pair in APPROVAL_ITEM if item.get(pair.theirs) is not None}


#: Their list is the one list of records.
APPROVALS = Pair("service.prior_approvals", "icp_applets.base_info.nrlx_details")

_ROWS = csv_rows(__file__, "dossier.csv")
#: The fields. WeChat only answers the numbers of ``existing``; here they may be sent for what was filed elsewhere.
PAIRS = tuple(
    Pair(row["ours"], row["theirs"], bool(row["file"]), row["mask"])
    for row in _ROWS if row["read"])


def _by_records(pairs: Iterable[Pair]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """The fields of each record of theirs that go to one of ours: their name, our name.

    A record is looked for once, and not once for each of its fields.
    """
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for pair in pairs:
        (theirs, _, their_name), (ours, _, our_name) = pair.theirs.rpartition("."), pair.ours.rpartition(".")
        found.setdefault((theirs, ours), []).append((their_name, our_name))
    return found


_RECORDS = _by_records((*PAIRS, APPROVALS))

#: The records of an application, and a field or record of ours in which the rules object if one is no object.
_RECORD_PLACES = {row["record"]: row["place"] for row in csv_rows(__file__, "records.csv")}
#: In the place of a misshapen record, so that it never passes for a missing one: no field takes a fraction.
_NO_RECORD = 0.5
#: What a client calls a path of ours. Rows that nothing reads are records and other paths that a finding may name.
_THEIRS = {APPROVALS.ours: APPROVALS.theirs, **{row["ours"]: row["theirs"] for row in _ROWS}}
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
        if found := {name: record[their_name] for their_name, name in fields if record.get(their_name) is not None}:
            _record(dossier, ours).update(found)
    if approvals := paths.read(dossier, APPROVALS.ours):
        paths.put(dossier, APPROVALS.ours, _as_approvals(approvals))
    for path in misshapen(body):
        paths.put(dossier, _RECORD_PLACES[path], _NO_RECORD)
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
            paths.put(body, pair.theirs, value)
    approvals = paths.read(dossier, APPROVALS.ours)
    if isinstance(approvals, list):
        paths.put(body, APPROVALS.theirs, [
            {pair.theirs: item[pair.ours] for pair in APPROVAL_ITEM if not pair.file and item.get(pair.ours)}
            for item in approvals
        ])
    return body


def err_field(path: str) -> str:
    """What a client calls the field of a finding; the nearest group for a path it has no name for.

    The certification data have the client's names.

    >>> err_field("service.prior_approvals.0.picture")
    'icp_applets.base_info.nrlx_details.0.media'
    """
    parts = path.split(".")
    if parts[0] == "auth_data":
        return path
    tail: list[str] = []
    while parts:
        known = _THEIRS.get(".".join(parts))
        if known is not None:
            tail = [_THEIRS_OF_APPROVAL.get(part, part) for part in tail] if known == APPROVALS.theirs else \
                [part for part in tail if is_digits(part)]
            return ".".join([known, *tail])
        tail.insert(0, parts.pop())
    return ""


def _record(tree: dict[str, Any], path: str) -> dict[str, Any]:
    """The record at a path, made where there is none yet."""
    for part in path.split(".") if path else ():
        tree = tree.setdefault(part, {})
    return tree

