"""The dossier to read: labelled rows in the form's order, personal data in clear or masked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from openbeian import vault
from openbeian.filings.models import FaceCheckState, Order
from openbeian.filings.queries import face_check_of
from openbeian.portal.form import (
    APPROVALS,
    FACE_CHECK,
    Dossier,
    Input,
    Section,
    media_ids,
    placed_findings,
    sections,
)
from openbeian.regime import code_tables
from openbeian.regime.calendar import to_the_minute
from openbeian.regime.code_tables import INDIVIDUAL
from openbeian.regime.dossier import LONG_TERM
from openbeian.regime.fields import label
from openbeian.regime.paths import read

Text = str | tuple[str, str]

#: How a finished face check ended.
_FACE_CHECKS = {FaceCheckState.PASSED: ("已通过", "Passed"), FaceCheckState.FAILED: ("未通过", "Failed")}

#: What hides a value of a person, by the last part of the field's path.
_MASKS: dict[str, Callable[[str], str]] = {
    "name": vault.mask_name,
    "number": vault.mask_number,
    "certificate_number": vault.mask_number,
    "mobile": vault.mask_number,
    "emergency_number": vault.mask_number,
    "email": vault.mask_number,
    "address": vault.mask_address,
}


@dataclass(frozen=True)
class Row:
    """One field to read: ``texts`` (plain, or zh and en), ``media`` ids, and what was found wrong."""

    path: str
    label: tuple[str, str]
    texts: Sequence[Text]
    media: Sequence[str]
    findings: Sequence[Any]


def sheet(
    *, order: Order, dossier: Dossier, findings: Sequence[Any] = (), in_clear: bool
) -> list[tuple[Section, list[Row]]]:
    """The filled fields of a dossier and those with findings.

    Without ``in_clear`` what tells of a person is masked and pictures are left out.
    """
    placed = placed_findings(findings, order.kind)
    read_out = []
    for part in sections(order.kind):
        rows = []
        for one in part.inputs:
            if one.path == APPROVALS:
                rows += _approvals(dossier, placed, in_clear)
            elif (value := read(dossier, one.path)) not in (None, "", []) or one.path in placed:
                rows.append(_row(order.appid, one, dossier, value, placed, in_clear))
        read_out.append((part, rows))
    return read_out


def _row(
    appid: str, one: Input, dossier: Dossier, value: Any, placed: dict[str, list[Any]], in_clear: bool
) -> Row:
    media: Sequence[str] = ()
    texts: Sequence[Text] = ()
    if one.widget in ("upload", "uploads"):
        ids = media_ids(value)
        media = ids if in_clear else ()
        texts = [(f"已上传 {len(ids)} 个文件", f"{len(ids)} uploaded")] if ids and not in_clear else ()
    elif one.path == FACE_CHECK:
        texts = [_face_check(appid, value)] if value else ()
    elif value not in (None, ""):
        texts = _texts(one, dossier, value)
        if not in_clear and _is_personal(one.path, dossier):
            mask = _MASKS[one.path.rsplit(".", 1)[1]]
            texts = [mask(text) if isinstance(text, str) else text for text in texts]
    return Row(one.path, label(one.path), texts, media, placed.get(one.path, ()))


def _face_check(appid: str, task_id: str) -> Text:
    check = face_check_of(appid, task_id)
    ended = _FACE_CHECKS.get(FaceCheckState(check.state)) if check else None
    if check is None or ended is None:
        return "已发起，未完成", "Asked for, not completed"
    at = to_the_minute(check.finished_at)
    return f"{ended[0]}，{at}", f"{ended[1]} at {at}"


def _texts(one: Input, dossier: Dossier, value: Any) -> list[Text]:
    if one.widget == "tree":
        table = code_tables.service_contents()
        return [_service_content(table, code) for code in value]
    if one.widget == "select":
        for choice in one.choices(dossier):
            if choice.code == value:
                return [(choice.name, getattr(choice, "name_en", choice.name))]
    if one.widget.startswith("date"):
        if value == LONG_TERM:
            return [(LONG_TERM, "No expiry")]
        text = str(value)
        return [f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 else text]
    return [str(value)]


def _service_content(table: Any, code: Any) -> Text:
    row = table.get(code)
    if row is None:
        return str(code)
    above = table.get(row.parent)
    return (f"{above.name} › {row.name}", f"{above.name_en} › {row.name_en}") if above else (row.name, row.name_en)


def _approvals(dossier: Dossier, placed: dict[str, list[Any]], in_clear: bool) -> list[Row]:
    rows = []
    about_all = [(APPROVALS, found) for found in placed.get(APPROVALS, ())]
    for position, approval in enumerate(read(dossier, APPROVALS) or []):
        path = f"{APPROVALS}.{position}"
        known = code_tables.prior_approval(approval.get("type") or 0)
        kind: Text = (known.name, known.name_en) if known else str(approval.get("type", ""))
        number = [approval["number"]] if approval.get("number") else []
        picture = media_ids(approval.get("picture")) if in_clear else []
        found = [f for at, some in placed.items() if at == path or at.startswith(f"{path}.") for f in some]
        rows.append(Row(path, label(path), [kind, *number], picture, found))
    if about_all:
        rows.insert(0, Row(APPROVALS, label(APPROVALS), [], [], [found for _, found in about_all]))
    return rows


def _is_personal(path: str, dossier: Dossier) -> bool:
    """Names, numbers and addresses of people; those of a unit are public."""
    if path.rsplit(".", 1)[1] not in _MASKS:
        return False
    of_a_person = "principal" in path or "legal_representative" in path
    return of_a_person or (path.startswith("organizer.") and read(dossier, "organizer.type") == INDIVIDUAL)

