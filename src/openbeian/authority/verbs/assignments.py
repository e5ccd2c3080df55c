"""Tasks and notices of the administration (核实任务、未备案网站、非法接入、核查结果、整改通知): kept, done, answered.

V3.0 names no time for any of them; the limits are the platform's own, so that none is forgotten.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from openbeian import vault
from openbeian.authority.lines import Line, lines_of
from openbeian.authority.models import (
    ANSWERED_BY_UPLOAD,
    ASSIGNMENT,
    Assignment,
    AssignmentKind,
    InboxFile,
)
from openbeian.authority.signals import told_to_rectify
from openbeian.authority.verbs import lanes
from openbeian.filings.models import Order
from openbeian.ledger.verbs import record
from openbeian.ledger.working_days import settle_rows
from openbeian.regime.actors import Actor
from openbeian.regime.calendar import due_after_working_days
from openbeian.regime.lifecycle import FILINGS, State

#: Working days until a task is due.
LIMITS = {
    AssignmentKind.UNFILED: 3,
    AssignmentKind.ILLEGAL_ACCESS: 3,
    AssignmentKind.VERIFY: 10,
    AssignmentKind.CHECK: 10,
    AssignmentKind.RECTIFY: 10,
}


@transaction.atomic
def keep_assignment(
    kind: AssignmentKind, entry: object, *, numbers: tuple[str, ...], ids: tuple[str, ...], file: InboxFile, at: datetime
) -> Assignment | None:
    """Keep a task or notice once; one that comes again while it is open is the same. None if it was known.

    One that comes again, in another file, after it was done is a new one: the administration asks again.
    ``entry`` is the record as read; ``numbers`` and ``ids`` (the province's) are those it names, and lead to the mini
    program. Writes ``assignment:receive``; a notice to rectify is also told to the organizer (``told_to_rectify``).
    """
    key = key_of_task(entry)
    if Assignment.objects.filter(
            province=file.province, kind=kind, key=key, done_at__isnull=False).exclude(file=file).exists():
        key = f"{key[:120]}~{file.pk}"
    order = _filed_order(file.province, numbers, ids)
    due = due_after_working_days(at, LIMITS[kind])
    row, new = Assignment.objects.get_or_create(
        province=file.province, kind=kind, key=key[:160],
        defaults={
            "file": file, "appid": order.appid if order else "", "received_at": at, "due_at": due.instant,
            "due_provisional": due.provisional, "sealed": vault.seal_json(lines_of(entry), purpose=ASSIGNMENT),
        })
    if not new:
        return None
    record(tag="assignment:receive", actor=lanes.actor(file.province), subject=row.subject, at=at,
           data={"kind": kind, "province": file.province, "appid": row.appid})
    if kind == AssignmentKind.RECTIFY and order is not None:
        told_to_rectify.send(sender=Assignment, appid=order.appid, number=order.service_number, at=at)
    return row


def key_of_task(entry: object) -> str:
    """A task's key: the digest of what it says, for not all have an id, and ids may be used again."""
    return vault.digest("\n".join(f"{line.path}={line.text}" for line in lines_of(entry)), purpose=ASSIGNMENT).hex()


def _filed_order(province: str, numbers: tuple[str, ...], ids: tuple[str, ...]) -> Order | None:
    """The latest order that filed what a notice names, by number or by the province's id."""
    named = Q()
    for number in filter(None, numbers):
        named |= Q(service_number=number) | Q(subject_number=number)
    for key in filter(None, ids):
        named |= Q(province_service_id=key) | Q(province_subject_id=key) | Q(province_access_id=key)
    if not named:
        return None
    filed = Order.objects.filter(named, province=province, state=State.FILED, kind__in=sorted(FILINGS))
    return filed.order_by("-pk").first()


def lines_of_assignment(row: Assignment) -> list[Line]:
    """The task as it came; personal data in clear, marked as such."""
    return [Line(*line) for line in vault.unseal_json(row.sealed, purpose=ASSIGNMENT)]


@transaction.atomic
def finish_assignment(*, assignment_id: int, actor: Actor, at: datetime) -> bool:
    """A person has dealt with a notice, or with a task whose answer the province did not take, and sends none.

    (The record may have been cancelled meanwhile: then no answer will ever be taken.) Writes ``assignment:finish``.
    False if it is done or has not been answered yet.
    """
    row = Assignment.objects.select_for_update().filter(pk=assignment_id, done_at=None).first()
    if row is None or row.kind in ANSWERED_BY_UPLOAD and not row.answer_refused:
        return False
    row.done_at, row.done_by, row.answer_sealed = at, actor.id, None
    row.save(update_fields=["done_at", "done_by", "answer_sealed"])
    record(tag="assignment:finish", actor=actor, subject=row.subject, at=at, data={"kind": row.kind})
    return True


def settle_limits(**_: Any) -> int:
    """Count provisional limits of tasks again, by the calendar in use. Returns how many are settled.

    Runs in the transaction that publishes a year.
    """
    open_tasks = Assignment.objects.filter(due_provisional=True, done_at=None)
    return settle_rows(
        open_tasks, lambda task: due_after_working_days(task.received_at, LIMITS[AssignmentKind(task.kind)]))


def reopen_assignment(*, assignment_id: int, actor: Actor, at: datetime, code: int) -> None:
    """The province did not take our answer: the task is open again. Writes ``assignment:reopen``."""
    row = Assignment.objects.select_for_update().get(pk=assignment_id)
    row.done_at, row.done_by = None, ""
    row.save(update_fields=["done_at", "done_by"])
    record(tag="assignment:reopen", actor=actor, subject=row.subject, at=at, data={"kind": row.kind, "code": code})
