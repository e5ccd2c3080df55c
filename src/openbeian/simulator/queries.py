"""Reading the simulated administration's records. Callers settle first when time matters."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from lxml import etree

from openbeian import vault
from openbeian.regime.code_tables import provinces, wire_codes
from openbeian.regime.numbers import is_digits, whole_number
from openbeian.simulator import provinces as settings_of
from openbeian.simulator import verbs
from openbeian.simulator.models import (
    OPEN_STATES,
    Access,
    Operation,
    Outgoing,
    Province,
    Record,
    Report,
    Service,
    ShortMessage,
    State,
    Subject,
)
from openbeian.simulator.verbs.office import account, behaviour, filing_password, name_digest
from openbeian.simulator.verbs.processing import content
from openbeian.simulator.verbs.reports import leaves
from openbeian.simulator.verbs.requests.request import RECORDS, identify
from openbeian.simulator.verbs.reviewing import broken_rules
from openbeian.v3.wire.documents import parse

PAGE = 50


@dataclass(frozen=True)
class Line:
    """One request as lists show it: no personal data beyond a masked name."""

    id: int
    province: str
    authority: str
    operation: int
    operation_label: str
    scope: str
    key: int
    enterprise_id: int | None
    appid: str
    organizer: str
    service: str
    state: str
    state_label: str
    received_at: datetime
    state_since: datetime
    sms_deadline: datetime | None
    due_at: datetime | None
    principals: list[dict[str, Any]]
    subject_number: str | None
    number: str | None
    opinion: str
    plan: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The line with instants in ISO 8601."""
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(self).items()}


@dataclass(frozen=True)
class ProvinceLine:
    """One province's system at a glance."""

    code: str
    name: str
    name_en: str
    authority: str
    off: bool
    behaviour: settings_of.Behaviour
    changed: tuple[str, ...]
    hash_encoding: str
    encrypt: bool
    last_sequence: int
    waiting: int
    sms: int
    review: int
    subjects: int
    services: int

    def as_json(self) -> dict[str, Any]:
        """Everything, the behaviour as its settings."""
        return asdict(self)


def records(
    *,
    state: str | None = None,
    province: str | None = None,
    search: str = "",
    start: int = 0,
    limit: int = 1000,
) -> list[Line]:
    """Requests, newest first, masked; time is settled first.

    `search`: an id of a request or of what it concerns, an appid, a filing number, or an organizer's whole name.
    """
    verbs.settle()
    found = Record.objects.filter(**_within(province)).order_by("-pk")
    if state:
        found = found.filter(state=state)
    if search := search.strip():
        hit = Q(appid=search) | Q(subject__number=search) | Q(service__number=search) | Q(name_digest=name_digest(search))
        if is_digits(search) and len(search) <= 18:
            hit |= Q(pk=int(search)) | Q(key=int(search)) | Q(enterprise_id=int(search))
        found = found.filter(hit)
    return [masked(record) for record in _joined(found)[start : start + limit]]


def find(record_id: int) -> Record | None:
    """One request, for the other questions about it."""
    return _joined(Record.objects.filter(pk=record_id)).first()


def record(record_id: int) -> Line | None:
    """One request, masked."""
    row = find(record_id)
    return masked(row) if row else None


def details(row: Record) -> list[tuple[str, str]]:
    """What was reported, as (element path, text) for the clerk who examines it; pictures are left out."""
    data = row.data
    lines = [line for element in row.elements.values() for line in leaves(element)]
    return lines + [(name, str(data[name])) for name in ("reason", "remark") if data.get(name)]


def filed_before(row: Record) -> list[tuple[str, str, str]]:
    """What a change would replace, as (path, on file, reported)."""
    if row.operation != Operation.CHANGE or row.state not in OPEN_STATES:
        return []
    elements, lines = row.elements, []
    own = {"IspZtid", "IspWzid", "Ztid", "Wzid", "Jrid", "Baxh", "Bbfs"}
    for name, stored in (("zt_xx", row.subject), ("wz_xx", row.service)):
        if name in elements and stored is not None:
            old, new = dict(leaves(stored.element)), dict(leaves(elements[name]))
            lines += [
                (path, old.get(path, ""), new.get(path, ""))
                for path in dict.fromkeys([*old, *new])
                if old.get(path) != new.get(path) and path.rsplit("/", 1)[-1] not in own
            ]
    return lines


def rules_broken(row: Record) -> list[Any]:
    """The rules of the province that an open request breaks."""
    return list(broken_rules(row)) if row.state in OPEN_STATES else []


def attachments(row: Record) -> list[dict[str, Any]]:
    """What was attached to a request; `index` finds the picture."""
    return [
        {
            "index": index,
            "purpose": _name("attachment_purpose", node.findtext("Fjyt")),
            "owner": _name("attachment_owner", node.findtext("Fjssdx/Ssdxlx")),
            "remark": node.findtext("Bz") or "",
            "kilobytes": round(len(node.findtext("Fjnr") or "") * 3 / 4 / 1024, 1),
        }
        for index, node in enumerate(_attached(row))
    ]


def picture(row: Record, index: int) -> tuple[bytes, str] | None:
    """The picture of an attachment and its content type; None where there is none."""
    nodes = _attached(row)
    if not 0 <= index < len(nodes):
        return None
    try:
        data = base64.b64decode("".join((nodes[index].findtext("Fjnr") or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data, "image/png" if nodes[index].findtext("Fjwjgs") == "2" else "image/jpeg"


def on_file(row: Record) -> list[tuple[str, str]]:
    """What the province holds about what a request concerns: its ids, numbers and the filing password."""
    lines = []
    if row.subject is not None:
        lines += [("Ztid", str(row.subject.pk)), ("主体备案号", row.subject.number)]
        lines += [("备案密码", filing_password(row.subject.number))]
        lines += [("备案单位", row.subject.provider)] if row.subject.provider else []
    if row.service is not None:
        lines += [("Wzid", str(row.service.pk)), ("服务备案号", row.service.number)]
        lines += [
            ("Jrid" if not access.provider else f"Jrid（{access.provider}）", str(access.pk))
            for access in row.service.accesses.filter(cancelled_at=None).order_by("pk")
        ]
    return lines


def messages(mobile: str) -> list[dict[str, Any]]:
    """What the simulated phone with this number has received, newest first."""
    digest = vault.digest(mobile.strip(), purpose="simulator.mobile")
    found = ShortMessage.objects.filter(mobile_digest=digest).select_related("record").order_by("-pk")
    return [_message(message) for message in found[:PAGE]]


def pending_messages() -> list[dict[str, Any]]:
    """Every SMS whose request still waits for verification, newest first, with the mobile that has it."""
    found = ShortMessage.objects.filter(superseded=False, record__state=State.SMS).select_related("record")
    lines = []
    for message in found.order_by("-pk")[:PAGE]:
        mobile = vault.unseal_json(message.sealed, purpose="simulator.sms")["mobile"]
        lines.append({**_message(message), "mobile": mobile})
    return lines


def province_lines() -> list[ProvinceLine]:
    """All 31 provinces."""
    verbs.settle()
    rows = {row.code: row for row in Province.objects.all()}
    counts = {
        "waiting": _counts(Outgoing.objects.filter(acknowledged_at=None), "province"),
        "sms": _counts(Record.objects.filter(state=State.SMS), "province"),
        "review": _counts(Record.objects.filter(state=State.REVIEW), "province"),
        "subjects": _counts(Subject.objects.filter(cancelled_at=None), "province"),
        "services": _counts(Service.objects.filter(cancelled_at=None), "subject__province"),
    }
    lines = []
    for code, known in provinces().items():
        row, own = rows.get(code, Province(code=code)), account(code)
        lines.append(
            ProvinceLine(
                code, known.name, known.name_en, known.authority, off=row.off, behaviour=behaviour(code),
                changed=tuple(sorted(row.changes)), hash_encoding=own["hash_encoding"],
                encrypt=own["encrypt"], last_sequence=row.last_sequence,
                **{name: found.get(code, 0) for name, found in counts.items()},
            )
        )  # fmt: skip
    return lines


def province_line(code: str) -> ProvinceLine:
    """One province. Raises SimulatorError."""
    verbs.known(code)
    return next(line for line in province_lines() if line.code == code)


def tray(province: str | None = None, *, limit: int = PAGE) -> list[dict[str, Any]]:
    """Files going out, newest first: what was made, how often it was delivered, whether it was taken over."""
    found = Outgoing.objects.filter(**_within(province)).order_by("-pk")
    columns = "province", "number", "file_name", "created_at", "available_at", "deliveries", "acknowledged_at"
    return list(found.values(*columns)[:limit])


def reports(*, province: str | None = None, limit: int = PAGE) -> list[dict[str, Any]]:
    """What the platform reported beside requests, newest first."""
    found = Report.objects.filter(**_within(province)).order_by("-pk")
    return [
        {
            "id": row.pk, "province": row.province_id, "kind": row.kind, "key": row.key, "received_at": row.received_at,
            "lines": [tuple(line) for line in vault.unseal_json(row.sealed, purpose="simulator.report")],
        }
        for row in found[:limit]
    ]  # fmt: skip


def filed(*, province: str | None = None) -> list[dict[str, Any]]:
    """Every subject and service on file with its ids and numbers, cancelled ones too; for comparing with a register."""
    verbs.settle()
    found = Service.objects.select_related("subject").prefetch_related("accesses").order_by("pk")
    bare = Subject.objects.annotate(n=Count("service")).filter(n=0).order_by("pk")
    if province:
        found, bare = found.filter(subject__province=province), bare.filter(province=province)
    lines = [
        {
            **_subject(service.subject), "Wzid": service.pk, "service_number": service.number, "appid": service.appid,
            "service_cancelled": service.cancelled_at is not None,
            "accesses": [_access(access) for access in service.accesses.all()],
        }
        for service in found
    ]  # fmt: skip
    return lines + [_subject(subject) for subject in bare]


def _subject(subject: Subject) -> dict[str, Any]:
    return {
        "province": subject.province_id, "Ztid": subject.pk, "subject_number": subject.number,
        "provider": subject.provider, "subject_cancelled": subject.cancelled_at is not None,
    }  # fmt: skip


def _access(access: Access) -> dict[str, Any]:
    return {"Jrid": access.pk, "provider": access.provider, "cancelled": access.cancelled_at is not None}


def _joined(found: QuerySet[Record]) -> QuerySet[Record]:
    return found.select_related("service__subject", "subject").prefetch_related("principals")


def masked(row: Record) -> Line:
    """A request as lists show it."""
    data = row.data
    subject = row.subject or (row.service.subject if row.service else None)
    return Line(
        **{name: getattr(row, name) for name in _SHOWN_AS_STORED},
        province=row.province_id,
        authority=provinces()[row.province_id].authority,
        operation_label=row.get_operation_display(),
        organizer=vault.mask_name(data["organizer"]),
        service=data["name"],
        state_label=row.get_state_display(),
        principals=[
            {"role": p.role, "verified": p.verified_at is not None}
            for p in sorted(row.principals.all(), key=lambda p: p.role, reverse=True)
        ],
        subject_number=subject.number if subject else None,
        number=row.service.number if row.service else None,
    )


_SHOWN_AS_STORED = (
    "id", "operation", "scope", "key", "enterprise_id", "appid", "state", "received_at", "state_since",
    "sms_deadline", "due_at", "opinion", "plan",
)


def _message(message: ShortMessage) -> dict[str, Any]:
    sms = vault.unseal_json(message.sealed, purpose="simulator.sms")
    return {
        "code": sms["code"],
        "text": sms["text"],
        "sent_at": message.sent_at,
        "record": message.record_id,
        "key": message.record.key,
        "operation": message.record.operation,
        "province": message.record.province_id,
        "open": message.record.state == State.SMS and not message.superseded,
    }


def _attached(row: Record) -> list[etree._Element]:
    """The attachments of a request, read again from the file it came in."""
    if row.upload is None:
        return []
    root = parse(content(row.upload))
    for name, element in RECORDS.items():
        for node in root.iterfind(f"ICP/{name}/{element}"):
            who = identify(name, node)
            if who is not None and (who.operation, who.key) == (row.operation, row.key):
                return list(node.iterfind("Fj/Fjxx"))
    return []


def _name(table: str, code: str | None) -> str:
    known: Mapping[Any, Any] = wire_codes(table)
    row = known.get(whole_number(code))
    return row.name if row else code or ""


def _within(province: str | None) -> dict[str, str]:
    return {"province": province} if province else {}


def _counts(found: QuerySet[Any], column: str) -> dict[str, int]:
    return {row[column]: row["n"] for row in found.values(column).annotate(n=Count("pk")).order_by()}
