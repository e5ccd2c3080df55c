"""Reading orders, dossiers and materials."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from openbeian import vault
from openbeian.filings import models
from openbeian.filings.errors import NotFound
from openbeian.filings.guard import sql_list
from openbeian.filings.models import FaceCheck, FaceCheckState, Finding, Material, Order
from openbeian.ledger.models import Event
from openbeian.ledger.queries import events_of
from openbeian.regime.dossier import Dossier, parse
from openbeian.regime.facts import Account, FaceCheckFacts, MaterialFacts
from openbeian.regime.findings import Finding as RegimeFinding
from openbeian.regime.lifecycle import CANCELLATIONS, OPEN_STATES, OrderKind
from openbeian.regime.rules import Case


def order(order_id: int) -> Order:
    """One order. Raises :class:`NotFound`."""
    found = Order.objects.filter(pk=order_id).first()
    if found is None:
        raise NotFound("没有这个订单。", "There is no such order.")
    return found


def open_order_of(appid: str, *, cancellation: bool | None = None) -> Order | None:
    """The unfinished order of a mini program; ``cancellation`` asks for one of that sort only.

    There is none most of the time, so the question is asked in plain SQL.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM filings_order WHERE appid = %s AND state IN ({sql_list(OPEN_STATES)}) ORDER BY id DESC LIMIT 1",
            [appid])
        row = cursor.fetchone()
    found = Order.objects.get(pk=row[0]) if row else None
    if found is None or cancellation is None or (found.kind in CANCELLATIONS) == cancellation:
        return found
    return None


def latest_order_of(appid: str) -> Order | None:
    """The newest order of a mini program, finished or not."""
    return Order.objects.filter(appid=appid).order_by("-pk").first()


def working_copy(order: Order) -> dict[str, Any]:
    """The dossier as last saved; personal data in clear."""
    return vault.unseal_json(order.draft_sealed, purpose=models.DRAFT) if order.draft_sealed else {}


def submitted_dossier(order: Order, number: int | None = None) -> dict[str, Any]:
    """The dossier as submitted (the latest, or snapshot ``number``); personal data in clear."""
    row = order.dossiers.filter(number=number or order.dossier_number).first()
    if row is None:
        raise NotFound("订单尚未提交。", "The order has not been submitted yet.")
    return vault.unseal_json(row.sealed, purpose=models.DOSSIER)


def current_dossier(order: Order) -> dict[str, Any]:
    """The latest submitted dossier, or the working copy of an order never submitted."""
    return submitted_dossier(order) if order.dossier_number else working_copy(order)


def filed_dossier(order: Order) -> dict[str, Any] | None:
    """What the register held when the order was opened, or saved: all of a service to be changed or cancelled, of a
    filed organizer its part. None where nothing was on file."""
    sealed = order.filed_sealed
    return vault.unseal_json(bytes(sealed), purpose=models.FILED) if sealed else None


def account_of(order: Order) -> Account:
    """The mini program's account as it was when the order was last submitted."""
    sealed = order.account_sealed
    if sealed is None:
        raise NotFound("订单没有账号信息。", "The order holds no account.")
    return Account(**vault.unseal_json(sealed, purpose=models.ACCOUNT))


def findings_of(order: Order, *, dossier_number: int | None = None) -> QuerySet[Finding]:
    """The findings on the latest (or the given) submitted dossier."""
    return order.findings.filter(dossier_number=dossier_number or order.dossier_number).order_by("id")


def timeline(order: Order) -> QuerySet[Event]:
    """What happened to an order, oldest first."""
    return events_of(order.subject)


def material_content(material: Material) -> bytes:
    """The bytes of a material, in clear."""
    return vault.unseal(material.blob.sealed, purpose=models.BLOB)


def may_be_a_key(text: str) -> bool:
    """Whether a caller's text can be a key of ours; the database does not take every character."""
    return 0 < len(text) <= 80 and text.isascii() and text.isprintable()


def material_keys(content: Dossier) -> list[str]:
    """The media ids in a dossier that can be keys of materials."""
    return sorted({media_id for _, media_id in content.media if may_be_a_key(media_id)})


def case_for(
    *, kind: str, dossier: Mapping[str, Any], account: Account, at: datetime, filed: Mapping[str, Any] | None = None
) -> tuple[Case, tuple[RegimeFinding, ...]]:
    """Everything the rules need to judge ``dossier`` of an order of ``kind``, and what its shape already gives.

    Only materials and face checks of the same mini program are seen.
    """
    content, shape_findings = parse(dossier)
    rows = Material.objects.filter(
        appid=account.appid, media_id__in=material_keys(content))
    materials = {
        row.media_id: MaterialFacts(
            row.media_id, "video" if row.kind == "video" else "image", row.certificate_type, row.size_bytes)
        for row in rows
    }
    return (
        Case(
            dossier=content, account=account, materials=materials,
            face_check=_face_check_facts(content, account), now=at,
            kind=OrderKind(kind), filed=parse(filed)[0] if filed else None,
        ),
        shape_findings,
    )


def _face_check_facts(content: Dossier, account: Account) -> FaceCheckFacts | None:
    task_id = content.service.principal.face_check
    row = FaceCheck.objects.filter(task_id=task_id, appid=account.appid).first() if may_be_a_key(task_id) else None
    if row is None:
        return None
    return FaceCheckFacts(
        row.task_id, row.appid, row.state == FaceCheckState.PASSED, row.finished_at, row.usable_until)
