"""Reading the simulated administration's records. Callers settle first when time matters."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from openbeian import vault
from openbeian.authority.simulator import verbs
from openbeian.authority.simulator.models import Operation, Record, ShortMessage, State, Subject, Upload
from openbeian.authority.wire import EXTENSION
from openbeian.authority.wire.documents import parse
from openbeian.regime.code_tables import provinces

PAGE = 50


@dataclass(frozen=True)
class Line:
    """One request as lists show it: no personal data beyond a masked name."""

    id: int
    province: str
    authority: str
    operation: int
    operation_label: str
    key: int
    appid: str
    organizer: str
    service: str
    state: str
    state_label: str
    received_at: datetime
    state_since: datetime
    sms_deadline: datetime
    principals: list[dict[str, Any]]
    number: str | None
    opinion: str

    def as_json(self) -> dict[str, Any]:
        """The line with instants in ISO 8601."""
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(self).items()}


def records(*, state: str | None = None, province: str | None = None, start: int = 0, limit: int = 1000) -> list[Line]:
    """Requests, newest first, masked; time is settled first."""
    verbs.settle()
    found = Record.objects.order_by("-pk")
    if state:
        found = found.filter(state=state)
    if province:
        found = found.filter(province=province)
    found = found.select_related("service__subject").prefetch_related("principals")
    return [_line(record) for record in found[start : start + limit]]


def record(record_id: int) -> Line | None:
    """One request, masked."""
    found = Record.objects.select_related("service__subject").prefetch_related("principals")
    row = found.filter(pk=record_id).first()
    return _line(row) if row else None


def details(record_id: int) -> list[tuple[str, str]]:
    """What was reported, as (element path, text) for the clerk who examines it; pictures are left out."""
    row = Record.objects.get(pk=record_id)
    data = vault.unseal_json(bytes(row.sealed), purpose="simulator.record")
    lines: list[tuple[str, str]] = []
    for name in ("zt_xx", "wz_xx"):
        if name in data:
            lines += _flatten(parse(data[name].encode()))
    lines += [(name, str(data[name])) for name in ("reason", "remark") if data.get(name)]
    return lines


def messages(mobile: str) -> list[dict[str, Any]]:
    """What the simulated phone with this number has received, newest first."""
    digest = vault.digest(mobile.strip(), purpose="simulator.mobile")
    found = ShortMessage.objects.filter(mobile_digest=digest).select_related("record").order_by("-pk")
    lines = []
    for message in found[:PAGE]:
        content = vault.unseal_json(bytes(message.sealed), purpose="simulator.sms")
        lines.append(
            {
                "code": content["code"],
                "text": content["text"],
                "sent_at": message.sent_at,
                "record": message.record_id,
                "key": message.record.key,
                "operation": message.record.operation,
                "province": message.record.province_id,
                "open": message.record.state == State.SMS,
            }
        )
    return lines


def last_upload(province: str) -> Upload | None:
    """The last file accepted from the platform."""
    return Upload.objects.filter(province=province).order_by("-sequence").first()


def subject_number(kind: int, certificate_number: str) -> str | None:
    """The subject number in force of the holder of a certificate, in any province."""
    digest = verbs.certificate_digest(str(kind), certificate_number)
    subject = Subject.objects.filter(certificate_digest=digest, cancelled_at=None).first()
    return subject.number if subject else None


def _line(row: Record) -> Line:
    data = vault.unseal_json(bytes(row.sealed), purpose="simulator.record")
    service = parse(data["wz_xx"].encode())
    organizer = ""
    if "zt_xx" in data:
        organizer = vault.mask_name(parse(data["zt_xx"].encode()).findtext("Dwmc") or "")
    return Line(
        id=row.pk,
        province=row.province_id,
        authority=provinces()[row.province_id].authority,
        operation=row.operation,
        operation_label=str(Operation(row.operation).label),
        key=row.key,
        appid=row.appid,
        organizer=organizer,
        service=service.findtext("Wzmc") or "",
        state=row.state,
        state_label=str(State(row.state).label),
        received_at=row.received_at,
        state_since=row.state_since,
        sms_deadline=row.sms_deadline,
        principals=[
            {"role": p.role, "verified": p.verified_at is not None}
            for p in sorted(row.principals.all(), key=lambda p: p.role, reverse=True)
        ],
        number=row.service.number if row.service else None,
        opinion=row.opinion,
    )


def _flatten(node: etree._Element, path: str = "") -> list[tuple[str, str]]:
    name = str(node.tag).replace(f"{{{EXTENSION}}}", "mp:")
    here = f"{path}/{name}" if path else name
    if len(node):
        return [line for child in node for line in _flatten(child, here)]
    # A scan (Spwj) is a picture in base64, not something to read.
    return [] if name == "Spwj" else [(here, node.text or "")]
