"""What organizers, and service providers for them, do with an order."""

import secrets
import string
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from openbeian import vault
from openbeian.filings import models
from openbeian.filings.errors import Conflict, KindNotAllowed, NotFound, NotOffered, SubmissionRefused
from openbeian.filings.materials import check_file
from openbeian.filings.models import (
    Blob,
    Dossier,
    FaceCheck,
    FaceCheckState,
    Finding,
    Material,
    Order,
    Organizer,
)
from openbeian.filings.moves import move, moved_columns, refusals
from openbeian.filings.queries import case_for, submitted_dossier
from openbeian.filings.signals import face_check_created, face_check_finished, order_moved
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import CLOCK, Actor
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.dossier import parse
from openbeian.regime.facts import Account, Standing
from openbeian.regime.findings import Finding as RegimeFinding
from openbeian.regime.findings import Severity, merge
from openbeian.regime.identity import normalise
from openbeian.regime.lifecycle import (
    CANCELLATIONS,
    MOVES,
    OFFERED_KINDS,
    OPEN_STATES,
    Action,
    OrderKind,
    State,
    find_move,
    fits,
)
from openbeian.regime.rules import ruleset

#: How long a face check may be used after it was asked for (72 hours from passing is a rule of its own).
FACE_CHECK_USABLE = timedelta(days=3)
FACE_CHECK_WITH_CERTIFICATION_USABLE = timedelta(days=1)
_OPEN_MOVE = MOVES[0]


@transaction.atomic
def open_order(*, kind: str, appid: str, account: Account, standing: Standing, actor: Actor) -> Order:
    """Open an order in draft. Writes ``order:open``.

    ``standing`` is what the register says about the mini program. Raises :class:`NotOffered`,
    :class:`KindNotAllowed`, :class:`OpenOrderExists`, :class:`StandsAlone`.
    """
    kind = OrderKind(kind)
    if kind not in OFFERED_KINDS:
        raise NotOffered(kind=kind)
    _refuse_unless_allowed(kind, standing)
    at = clock.now()
    order = Order(
        kind=kind, appid=appid, version=1, opened_at=at, opened_by=actor.id,
        account_sealed=vault.seal_json(vars(account), purpose=models.ACCOUNT),
        **moved_columns(State.DRAFT, at),
    )
    if kind in CANCELLATIONS and standing.service is not None:
        order.subject_number = standing.subject_number or ""
        order.province_subject_id = standing.province_subject_id or ""
        order.service_number = standing.service.number
        order.province_service_id = standing.service.province_service_id
        order.province = standing.province or ""
        filed = Order.objects.filter(appid=appid, state=State.FILED).order_by("-pk").first()
        if filed is not None and filed.organizer_id is not None:
            order.organizer = Organizer.objects.select_for_update().get(pk=filed.organizer_id)
    with refusals():
        order.save(force_insert=True)
    record(tag=_OPEN_MOVE.event, actor=actor, subject=order.subject, at=at,
           data={"from": None, "to": State.DRAFT, "kind": kind, "appid": appid})
    order_moved.send(sender=kind, order=order, move=_OPEN_MOVE, actor=actor, at=at, outcome=None)
    return order


def _refuse_unless_allowed(kind: OrderKind, standing: Standing) -> None:
    if fits(kind, standing):
        return
    if kind in CANCELLATIONS:
        raise KindNotAllowed("该小程序没有有效的备案号，无需注销。", "This mini program has no number in force to cancel.")
    raise KindNotAllowed("该小程序已备案。", "This mini program is filed already.")


@transaction.atomic
def save(*, order_id: int, dossier: Mapping[str, Any], actor: Actor, version: int | None = None) -> Order:
    """Keep the working copy of the dossier and restart the idle limit. Checks nothing but who may save when.

    Saving is no change of state and writes no event. Raises :class:`NotFound`, :class:`Conflict`,
    :class:`StandsAlone`, :class:`KindNotAllowed`.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound("没有这个订单。", "There is no such order.")
    if find_move(order=order, action=Action.SAVE, role=actor.role) is None or version not in (None, order.version):
        raise Conflict(state=order.state)
    at = clock.now()
    content, _ = parse(dossier)
    columns: dict[str, Any] = {}
    if order.kind not in CANCELLATIONS:
        number = normalise(content.organizer.certificate.number or "")
        columns["organizer_id"] = _organizer_of(number).pk if number else None
        columns["province"] = (content.organizer.province or "")[:6]
        if columns["organizer_id"]:
            _refuse_second_first_filing(order, columns["organizer_id"])
    with refusals():
        changed = Order.objects.filter(pk=order_id, state=order.state, version=order.version).update(
            version=F("version") + 1,
            draft_sealed=vault.seal_json(dict(dossier), purpose=models.DRAFT),
            due_at=moved_columns(State(order.state), at)["due_at"], **columns,
        )
    if not changed:
        raise Conflict(state=Order.objects.values_list("state", flat=True).get(pk=order_id))
    order.refresh_from_db()
    return order


def _organizer_of(certificate_number: str) -> Organizer:
    """The organizer with this certificate, its row locked.

    Two orders of one organizer take turns here; without the lock the exclusion constraint would still keep them
    apart, but one of the two could see a deadlock instead of :class:`StandsAlone`.
    """
    organizer, _ = Organizer.objects.get_or_create(
        certificate_digest=vault.digest(certificate_number, purpose=models.CERTIFICATE))
    return Organizer.objects.select_for_update().get(pk=organizer.pk)


def _refuse_second_first_filing(order: Order, organizer_id: int) -> None:
    """A subject is filed once for life; its further mini programs are new services (新增服务)."""
    filed_before = Order.objects.filter(
        organizer_id=organizer_id, kind=OrderKind.FIRST_FILING, state=State.FILED).exclude(pk=order.pk)
    if order.kind == OrderKind.FIRST_FILING and filed_before.exists():
        raise KindNotAllowed(
            "该主体已备案，其他小程序应办理“新增服务”，该订单类型暂未开放。",
            "This organizer is filed already. A further mini program is a new service, which is not yet offered.",
        )


@transaction.atomic
def submit(*, order_id: int, account: Account, actor: Actor, version: int | None = None) -> Order:
    """Submit the working copy for platform review: numbered snapshot, ruleset version, ``order:submit``.

    Raises :class:`SubmissionRefused` with every blocking finding at once (nothing is changed then),
    :class:`NotFound`, :class:`Conflict`.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound("没有这个订单。", "There is no such order.")
    if find_move(order=order, action=Action.SUBMIT, role=actor.role) is None or version not in (None, order.version):
        raise Conflict(state=order.state)
    at = clock.now()
    dossier = vault.unseal_json(order.draft_sealed, purpose=models.DRAFT) if order.draft_sealed else {}
    findings, ruleset_version = check(kind=order.kind, dossier=dossier, account=account, at=at)
    if any(finding.severity == Severity.BLOCKS for finding in findings):
        raise SubmissionRefused(findings)
    number = order.dossier_number + 1
    order = move(
        order_id=order_id, action=Action.SUBMIT, actor=actor, at=at, version=order.version,
        dossier_number=number, claimed_by="", claimed_at=None,
        account_sealed=vault.seal_json(vars(account), purpose=models.ACCOUNT),
    )
    sealed = vault.seal_json(dossier, purpose=models.DOSSIER)
    Dossier.objects.create(
        order=order, number=number, sealed=sealed,
        digest=vault.digest(vault.unseal(sealed, purpose=models.DOSSIER), purpose=models.DOSSIER),
        ruleset_version=ruleset_version, submitted_at=at, submitted_by=actor.id,
    )
    keep_findings(order=order, source="rule", findings=findings, at=at)
    return order


def check(
    *, kind: str, dossier: Mapping[str, Any], account: Account, at: datetime
) -> tuple[tuple[RegimeFinding, ...], str]:
    """Run the ruleset in force at ``at`` over a dossier: all findings, and the ruleset's version. Writes nothing."""
    case, shape_findings = case_for(kind=kind, dossier=dossier, account=account, at=at)
    rules = ruleset(at.astimezone(SHANGHAI).date())
    return merge(shape_findings, rules.evaluate(case)), rules.version


def keep_findings(*, order: Order, source: str, findings: Any, at: datetime) -> None:
    """Attach findings to the dossier of ``order`` that they are about."""
    Finding.objects.bulk_create(
        Finding(
            order=order, dossier_number=order.dossier_number, source=source, rule=finding.rule,
            severity=finding.severity, field=finding.field, reason_zh=finding.reason_zh,
            reason_en=finding.reason_en, remedy_zh=finding.remedy_zh, remedy_en=finding.remedy_en,
            clause=finding.clause, at=at,
        )
        for finding in findings
    )


@transaction.atomic
def file_in_one(
    *, kind: str, appid: str, dossier: Mapping[str, Any], account: Account, standing: Standing, actor: Actor
) -> Order:
    """Open (or go on with the order that can be submitted), save and submit, all or nothing.

    This is what an API client's application does. After a lapsed SMS verification an unchanged dossier goes
    straight back to the administration; a changed one is reviewed again. Raises what its three parts raise.
    """
    order = Order.objects.filter(appid=appid, kind=kind, state__in=sorted(OPEN_STATES)).order_by("-pk").first()
    if order is None:
        order = open_order(kind=kind, appid=appid, account=account, standing=standing, actor=actor)
    elif order.state == State.SMS_LAPSED:
        if submitted_dossier(order) == dossier:
            return resubmit(order_id=order.pk, actor=actor, version=order.version)
        order = amend(order_id=order.pk, actor=actor, version=order.version)
    order = save(order_id=order.pk, dossier=dossier, actor=actor, version=order.version)
    return submit(order_id=order.pk, account=account, actor=actor, version=order.version)


def withdraw(*, order_id: int, actor: Actor, version: int | None = None) -> Order:
    """Take a filing back while the platform reviews it. Writes ``order:withdraw``. Raises :class:`Conflict`."""
    return move(order_id=order_id, action=Action.WITHDRAW, actor=actor, at=clock.now(), version=version)


def abandon(*, order_id: int, actor: Actor, version: int | None = None) -> Order:
    """Give up an order that waits for the organizer. Writes ``order:abandon``. Raises :class:`Conflict`."""
    return move(order_id=order_id, action=Action.ABANDON, actor=actor, at=clock.now(), version=version)


def resubmit(*, order_id: int, actor: Actor, version: int | None = None) -> Order:
    """After lapsed SMS verification, hand the unchanged dossier over again. Writes ``order:resubmit``."""
    return move(order_id=order_id, action=Action.RESUBMIT, actor=actor, at=clock.now(), version=version)


def amend(*, order_id: int, actor: Actor, version: int | None = None) -> Order:
    """After lapsed SMS verification, open the dossier for correction. Writes ``order:amend``."""
    return move(order_id=order_id, action=Action.AMEND, actor=actor, at=clock.now(), version=version)


def reactivate(*, order_id: int, actor: Actor, version: int | None = None) -> Order:
    """Bring an expired order back as a draft. Raises :class:`Conflict`, :class:`OpenOrderExists`."""
    return move(order_id=order_id, action=Action.REACTIVATE, actor=actor, at=clock.now(), version=version)


def expire_idle(*, at: datetime, limit: int = 500) -> int:
    """Expire orders the organizer has left alone past their due instant. Returns how many; safe to repeat."""
    idle = {row.source for row in MOVES if row.action == Action.EXPIRE}
    due = list(Order.objects.filter(state__in=sorted(s for s in idle if s), due_at__lte=at)
               .order_by("due_at").values_list("pk", "version")[:limit])
    expired = 0
    for order_id, version in due:
        try:
            move(order_id=order_id, action=Action.EXPIRE, actor=CLOCK, at=at, version=version)
            expired += 1
        except Conflict:
            continue  # somebody took the order up in the meantime
    return expired


@transaction.atomic
def upload_material(
    *, appid: str, content: bytes, kind: str, field: str, certificate_type: int | None, actor: Actor
) -> Material:
    """Check a file and keep it, sealed, under its digest. Writes ``material:upload``.

    Raises :class:`~openbeian.filings.errors.MaterialRefused`.
    """
    file = check_file(content, kind=kind, field=field)
    at = clock.now()
    key = vault.digest(file.content, purpose=models.BLOB)
    Blob.objects.bulk_create(
        [Blob(digest=key, sealed=vault.seal(file.content, purpose=models.BLOB))], ignore_conflicts=True)
    material = Material.objects.create(
        media_id=_token(75), blob_id=key, kind=file.kind, content_type=file.content_type,
        size_bytes=len(file.content), certificate_type=certificate_type, field=field, appid=appid, created_at=at,
    )
    record(tag="material:upload", actor=actor, subject=f"app:{appid}", at=at,
           data={"kind": file.kind, "field": field, "size_bytes": material.size_bytes})
    return material


@transaction.atomic
def create_face_check(*, appid: str, actor: Actor, with_certification: bool = False) -> FaceCheck:
    """Ask the mini program's administrator for a face check. Writes ``face_check:create``."""
    at = clock.now()
    lifetime = FACE_CHECK_WITH_CERTIFICATION_USABLE if with_certification else FACE_CHECK_USABLE
    check_row = FaceCheck.objects.create(
        task_id=_token(22), appid=appid, created_at=at, usable_until=at + lifetime, with_certification=with_certification)
    record(tag="face_check:create", actor=actor, subject=f"app:{appid}", at=at)
    face_check_created.send(sender=FaceCheck, face_check=check_row, at=at)
    return check_row


@transaction.atomic
def finish_face_check(*, task_id: str, passed: bool, actor: Actor) -> FaceCheck:
    """Record how the face check ended; the first outcome stands. Writes ``face_check:finish``.

    Raises :class:`NotFound` for an unknown, finished or outdated task.
    """
    at = clock.now()
    changed = FaceCheck.objects.filter(
        task_id=task_id, state__lt=FaceCheckState.FAILED, usable_until__gt=at
    ).update(state=FaceCheckState.PASSED if passed else FaceCheckState.FAILED, finished_at=at)
    if not changed:
        raise NotFound("人脸核身任务不存在、已完成或已过期。", "The face check does not exist, is finished or has expired.")
    check_row = FaceCheck.objects.get(task_id=task_id)
    record(tag="face_check:finish", actor=actor, subject=f"app:{check_row.appid}", at=at, data={"passed": passed})
    face_check_finished.send(sender=FaceCheck, face_check=check_row, at=at)
    return check_row


def _token(length: int) -> str:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length))
