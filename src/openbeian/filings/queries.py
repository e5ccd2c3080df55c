"""Reading orders, dossiers and materials."""

import json
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from hmac import compare_digest
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from openbeian import vault
from openbeian.filings import models
from openbeian.filings.errors import NotFound, SnapshotDamaged
from openbeian.filings.guard import sql_list
from openbeian.filings.models import Blob, FaceCheck, Finding, Material, Order
from openbeian.ledger.models import Event
from openbeian.ledger.queries import events_of
from openbeian.regime.dossier import Dossier, document, parse
from openbeian.regime.facts import Account
from openbeian.regime.lifecycle import CHANGES, OPEN_STATES

#: The digest of an upload's content as a dossier names it.
_DIGEST = re.compile("[0-9a-f]{64}")


def order(order_id: int) -> Order:
    """One order. Raises :class:`NotFound`."""
    found = Order.objects.filter(pk=order_id).first()
    if found is None:
        raise NotFound()
    return found


def open_order_of(appid: str) -> Order | None:
    """The unfinished order of a mini program.

    There is none most of the time, so the question is asked in plain SQL.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM filings_order WHERE appid = %s AND state IN ({sql_list(OPEN_STATES)}) ORDER BY id DESC LIMIT 1",
            [appid])
        row = cursor.fetchone()
    return Order.objects.get(pk=row[0]) if row else None


def latest_order_of(appid: str) -> Order | None:
    """The newest order of a mini program, finished or not."""
    return Order.objects.filter(appid=appid).order_by("-pk").first()


def working_copy(order: Order) -> dict[str, Any]:
    """The document an organizer goes on with: as last saved, else as submitted, else what a change begins with.

    What is damaged is passed over; where the snapshot is, the organizer begins anew. Personal data in clear.
    """
    if order.draft_sealed:
        with suppress(vault.Altered):
            return vault.unseal_json(order.draft_sealed, purpose=models.DRAFT)
    if order.dossier_number and (submitted := intact_dossier(order)) is not None:
        return document(submitted)
    filed = filed_dossier(order) if order.kind in CHANGES else None
    return document(filed) if filed else {}


def submitted_dossier(order: Order, number: int | None = None) -> Dossier:
    """The dossier as submitted (the latest, or snapshot ``number``); personal data in clear.

    Raises :class:`NotFound` for an order that was never submitted, :class:`SnapshotDamaged` if what is stored is not
    what was submitted, :class:`~openbeian.vault.VaultError` for an unknown key: the snapshot or the key file is at fault.
    """
    row = order.dossiers.filter(number=number or order.dossier_number).first()
    if row is None:
        raise NotFound("订单尚未提交。", "The order has not been submitted yet.")
    try:
        plain = vault.unseal(row.sealed, purpose=models.DOSSIER)
    except vault.Altered:
        raise SnapshotDamaged() from None
    if not compare_digest(vault.digest(plain, purpose=models.DOSSIER), bytes(row.digest)):
        raise SnapshotDamaged()
    return parse(json.loads(plain))[0]


def intact_dossier(order: Order, number: int | None = None) -> Dossier | None:
    """The dossier as :func:`submitted_dossier` gives it, or None if its snapshot cannot be used, for whatever reason."""
    try:
        return submitted_dossier(order, number)
    except (SnapshotDamaged, vault.VaultError):
        return None


def current_document(order: Order) -> dict[str, Any] | None:
    """The latest submitted dossier as a document, or the working copy of an order never submitted.

    None if the snapshot cannot be used. Personal data in clear.
    """
    if not order.dossier_number:
        return working_copy(order)
    submitted = intact_dossier(order)
    return None if submitted is None else document(submitted)


def filed_dossier(order: Order) -> Dossier | None:
    """What the register held when the order was opened, or submitted: all of a service to be changed or cancelled, of a
    filed organizer its part. None where nothing was registered."""
    sealed = order.filed_sealed
    return parse(vault.unseal_json(sealed, purpose=models.FILED))[0] if sealed else None


def account_of(order: Order) -> Account:
    """The mini program's account as it was when the order was last submitted."""
    sealed = order.account_sealed
    if sealed is None:
        raise NotFound("订单没有账号信息。", "The order holds no account.")
    return Account(**vault.unseal_json(sealed, purpose=models.ACCOUNT))


def intact_account(order: Order) -> Account | None:
    """The account as :func:`account_of` gives it, or None if what is stored of it cannot be used, for whatever reason."""
    try:
        return account_of(order)
    except vault.VaultError:
        return None


def findings_of(order: Order) -> QuerySet[Finding]:
    """The findings on the latest submitted dossier."""
    return order.findings.filter(dossier_number=order.dossier_number).order_by("id")


def timeline(order: Order) -> QuerySet[Event]:
    """What happened to an order, oldest first."""
    return events_of(order.subject)


def material_of(appids: Collection[str], name: str) -> Material | None:
    """A file uploaded for one of the mini programs, by its media id or by the digest of its content."""
    if not may_be_a_key(name):
        return None
    by_content = Q(blob_id=bytes.fromhex(name)) if _DIGEST.fullmatch(name) else Q()
    found = Material.objects.select_related("blob").filter(appid__in=appids)
    return found.filter(Q(media_id=name) | by_content if by_content else Q(media_id=name)).first()


def material_content(material: Material) -> bytes:
    """The bytes of a material, in clear."""
    return vault.unseal(material.blob.sealed, purpose=models.BLOB)


def face_check_of(appid: str, task_id: str) -> FaceCheck | None:
    """The mini program's face check of this id, finished or not."""
    return FaceCheck.objects.filter(pk=task_id, appid=appid).first() if may_be_a_key(task_id) else None


def pictures_of(digests: Iterable[str]) -> dict[str, bytes]:
    """The contents with these digests, in clear; what is not kept is left out."""
    wanted = [bytes.fromhex(digest) for digest in digests if _DIGEST.fullmatch(digest)]
    return {bytes(blob.digest).hex(): vault.unseal(blob.sealed, purpose=models.BLOB)
            for blob in Blob.objects.filter(pk__in=wanted)}


def may_be_a_key(text: str) -> bool:
    """Whether a caller's text can be a key of ours; the database does not take every character."""
    return 0 < len(text) <= 80 and text.isascii() and text.isprintable()
