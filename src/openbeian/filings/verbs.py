"""What organizers, and service providers for them, do with an order."""

import secrets
import string
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import TruncDate

from openbeian import vault
from openbeian.filings import at_once, blacklist, models
from openbeian.filings.errors import Conflict, KindNotAllowed, NotFound, QuotaReached, SubmissionRefused
from openbeian.filings.findings import keep_findings
from openbeian.filings.materials import check_file
from openbeian.filings.models import (
    Blob,
    Dossier,
    FaceCheck,
    FaceCheckState,
    Material,
    Order,
)
from openbeian.filings.moves import move, moved_columns, refusals
from openbeian.filings.queries import (
    case_for,
    filed_dossier,
    material_keys,
    open_order_of,
    submitted_dossier,
)
from openbeian.filings.signals import face_check_created, face_check_finished, order_moved
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import CLOCK, Actor
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.dossier import Dossier as Content
from openbeian.regime.dossier import parse
from openbeian.regime.facts import Account, ServiceInForce, Standing
from openbeian.regime.filing_number import in_one_form
from openbeian.regime.findings import Finding as RegimeFinding
from openbeian.regime.findings import Severity, merge
from openbeian.regime.identity import normalise
from openbeian.regime.kinds import certificate_number, detect
from openbeian.regime.lifecycle import (
    ADDS_A_SERVICE,
    CANCELLATIONS,
    CHANGES,
    MOVES,
    OPEN_STATES,
    Action,
    OrderKind,
    State,
    due,
    find_move,
    fits,
)
from openbeian.regime.quotas import services_allowed
from openbeian.regime.rules import ruleset

#: How long the administrator may answer a face check, opening its page as often as needed.
FACE_CHECK_OPEN = timedelta(hours=24)
#: How long one that is finished counts.
FACE_CHECK_USABLE = timedelta(days=3)
FACE_CHECK_WITH_CERTIFICATION_USABLE = timedelta(days=1)
_OPEN_MOVE = MOVES[0]

#: Asks the register, by the digest of the organizer's certificate if there is one: the standing of the mini program and
#: of the organizer, and what is on file of them.
Ask = Callable[[bytes | None], tuple[Standing, Mapping[str, Any] | None]]


@transaction.atomic
def open_order(
    *, kind: str, appid: str, account: Account, standing: Standing, actor: Actor,
    filed: Mapping[str, Any] | None = None,
) -> Order:
    """Open an order in draft. Writes ``order:open``.

    ``standing`` is what the register says about the mini program, ``filed`` the dossier it holds, which a change and
    a cancellation need: a change begins with it as its working copy. A filing opened as one kind becomes another
    while it is a draft, as its content asks for it.
    Raises :class:`KindNotAllowed`, :class:`OpenOrderExists`, :class:`StandsAlone`.
    """
    kind = OrderKind(kind)
    _refuse_unless_allowed(kind, standing)
    at = clock.now()
    order = Order(
        kind=kind, appid=appid, version=1, opened_at=at, opened_by=actor.id,
        account_sealed=vault.seal_json(vars(account), purpose=models.ACCOUNT),
        **moved_columns(State.DRAFT, at),
    )
    if kind not in ADDS_A_SERVICE:
        for name, value in _numbers_on_file(standing).items():
            setattr(order, name, value)
        order.province = standing.province or ""
        order.filed_sealed = _sealed(filed)
        if kind in CHANGES and filed:
            order.draft_sealed = vault.seal_json(dict(filed), purpose=models.DRAFT)
        if standing.certificate_digest is not None:
            order.organizer_id = _turn_of(standing.certificate_digest).organizer_id
    with refusals():
        order.save(force_insert=True)
    record(tag=_OPEN_MOVE.event, actor=actor, subject=order.subject, at=at,
           data={"from": None, "to": State.DRAFT, "kind": kind, "appid": appid})
    order_moved.send(sender=kind, order=order, move=_OPEN_MOVE, actor=actor, at=at, outcome=None)
    return order


def _numbers_on_file(standing: Standing) -> dict[str, str]:
    """The numbers of organizer and service, ours and the province's, as columns of an order."""
    service = standing.service or standing.without_access
    return {
        "subject_number": standing.subject_number or "",
        "province_subject_id": standing.province_subject_id or "",
        "service_number": service.number if service else "",
        "province_service_id": service.province_service_id if service else "",
        "province_access_id": service.province_access_id if service else "",
    }


def _sealed(filed: Mapping[str, Any] | None) -> bytes | None:
    return vault.seal_json(dict(filed), purpose=models.FILED) if filed else None


def _refuse_unless_allowed(kind: OrderKind, standing: Standing) -> None:
    if fits(kind, standing):
        return
    if kind in ADDS_A_SERVICE:
        raise KindNotAllowed("该小程序已备案。", "This mini program is filed already.")
    if kind in CHANGES:
        raise KindNotAllowed("该小程序没有有效的备案，无法变更。", "This mini program has no filing in force to change.")
    raise KindNotAllowed("该小程序没有有效的备案号，无需注销。", "This mini program has no number in force to cancel.")


@transaction.atomic
def save(
    *, order_id: int, dossier: Mapping[str, Any], actor: Actor, version: int | None = None,
    standing: Standing | None = None, filed: Mapping[str, Any] | None = None,
) -> Order:
    """Keep the working copy of the dossier and restart the idle limit. Checks nothing but who may save when.

    The kind of a filing follows its content. ``standing`` and ``filed`` are what the register says of the mini
    program and of the organizer whose certificate the dossier names; without them a first filing stays one.
    Saving is no change of state and writes no event. Raises :class:`NotFound`, :class:`Conflict`,
    :class:`StandsAlone`, :class:`KindNotAllowed`, :class:`QuotaReached`.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound("没有这个订单。", "There is no such order.")
    if find_move(order=order, action=Action.SAVE, role=actor.role) is None or version not in (None, order.version):
        raise Conflict(state=order.state)
    at = clock.now()
    columns = {} if order.kind in CANCELLATIONS else _columns_of_filing(order, dossier, standing, filed)
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


def _columns_of_filing(
    order: Order, dossier: Mapping[str, Any], standing: Standing | None, filed: Mapping[str, Any] | None
) -> dict[str, Any]:
    content, _ = parse(dossier)
    if order.kind in CHANGES:
        on_file = filed_dossier(order)
        if on_file is None:
            return {}
        in_force = Standing(None, None, None, _IN_FORCE, 0)
        return {"kind": detect(standing=in_force, dossier=content, filed=parse(on_file)[0])}
    number = normalise(content.organizer.certificate.number or "")
    organizer_id = take_turn(certificate_number=number).organizer_id if number else None
    if standing is None or standing.service is not None:
        if organizer_id:
            _refuse_second_first_filing(order, organizer_id)
        return {"organizer_id": organizer_id, "province": (content.organizer.province or "")[:6]}
    if organizer_id:
        _refuse_over_quota(order, organizer_id, _quota(content, number), standing)
    return _columns_of_addition(content, organizer_id, standing, filed)


def _columns_of_addition(
    content: Content, organizer_id: int | None, standing: Standing, filed: Mapping[str, Any] | None
) -> dict[str, Any]:
    kind = detect(standing=standing, dossier=content)
    columns: dict[str, Any] = {
        "kind": kind, "organizer_id": organizer_id, "province": (content.organizer.province or "")[:6],
        "filed_sealed": _sealed(filed), **_numbers_on_file(standing)}
    if content.existing is not None and kind != OrderKind.FIRST_FILING:
        columns["subject_number"] = columns["subject_number"] or in_one_form(content.existing.subject_number)
        columns["service_number"] = columns["service_number"] or in_one_form(content.existing.service_number)
    return columns


#: Stands for a service in force where only that it is counts.
_IN_FORCE = ServiceInForce("", "", "", datetime.min)


class Turn(NamedTuple):
    """An organizer whose row is locked until the end of the transaction."""

    organizer_id: int
    certificate_digest: bytes


def take_turn(*, certificate_number: str) -> Turn:
    """Lock the row of the organizer with this certificate, which is made if there is none.

    Orders of one organizer take turns here. Lock before asking the register for the organizer's standing, and no
    number is issued or order opened in between. (The exclusion constraint keeps orders apart without the lock too,
    but one of two could see a deadlock instead of :class:`StandsAlone`.)
    """
    return _turn_of(vault.digest(certificate_number, purpose=models.CERTIFICATE))


def _turn_of(certificate_digest: bytes) -> Turn:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_ORGANIZER, [certificate_digest])
        (organizer_id,) = cursor.fetchone()
    return Turn(organizer_id, certificate_digest)


#: Makes the row, or locks the one that is there: the update changes nothing.
_LOCK_ORGANIZER = """
INSERT INTO filings_organizer (certificate_digest) VALUES (%s)
ON CONFLICT (certificate_digest) DO UPDATE SET certificate_digest = excluded.certificate_digest
RETURNING id
"""


def _quota(content: Content, certificate_number: str) -> int:
    return services_allowed(content.organizer.type, certificate_number, settings.OPENBEIAN_FILINGS_PER_SUBJECT)


def _refuse_over_quota(order: Order, organizer_id: int, limit: int, standing: Standing) -> None:
    asked_for = Order.objects.filter(
        organizer_id=organizer_id, kind__in=sorted(ADDS_A_SERVICE), state__in=sorted(OPEN_STATES)).exclude(pk=order.pk)
    if standing.services_in_force + asked_for.count() >= limit:
        raise QuotaReached(limit=limit)


def _refuse_second_first_filing(order: Order, organizer_id: int) -> None:
    """A subject is filed once for life; its further mini programs are new services (新增服务)."""
    filed_before = Order.objects.filter(
        organizer_id=organizer_id, kind=OrderKind.FIRST_FILING, state=State.FILED).exclude(pk=order.pk)
    if order.kind == OrderKind.FIRST_FILING and filed_before.exists():
        raise KindNotAllowed(
            "该主体已备案，其他小程序应办理“新增服务”。",
            "This organizer is filed already. A further mini program is a new service.",
        )


@transaction.atomic
def submit(
    *, order_id: int, account: Account, actor: Actor, version: int | None = None, waived_rules: Collection[str] = (),
) -> Order:
    """Submit the working copy for platform review: numbered snapshot, ruleset version, ``order:submit``.

    Findings of ``waived_rules``, which the submitter's agreement with the platform names, are left out.
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
    found, ruleset_version = check(
        kind=order.kind, dossier=dossier, account=account, at=at, filed=filed_dossier(order))
    if order.kind not in CANCELLATIONS:
        found = (*found, *blacklist.findings(dossier, service_name=account.name))
    findings = tuple(finding for finding in found if finding.rule not in waived_rules)
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
    *, kind: str, dossier: Mapping[str, Any], account: Account, at: datetime, filed: Mapping[str, Any] | None = None
) -> tuple[tuple[RegimeFinding, ...], str]:
    """Run the ruleset in force at ``at`` over a dossier: all findings, and the ruleset's version. Writes nothing."""
    case, shape_findings = case_for(kind=kind, dossier=dossier, account=account, at=at, filed=filed)
    rules = ruleset(at.astimezone(SHANGHAI).date())
    return merge(shape_findings, rules.evaluate(case)), rules.version


@transaction.atomic
def file_in_turn(
    *, kind: str, appid: str, dossier: Mapping[str, Any], account: Account, ask: Ask, actor: Actor,
    waived_rules: Collection[str] = (),
) -> Order:
    """Open (or go on with the order that can be submitted), save and submit, all or nothing.

    This is what an API client's application does. Orders of one organizer take turns: the register is asked with
    ``ask`` when the organizer's row is locked. Of filings ``kind`` says only that it is one: its content and the
    register tell which. After a lapsed SMS verification an unchanged dossier goes straight back to the
    administration; a changed one is reviewed again. Raises what its three parts and ``ask`` raise.
    """
    number = certificate_number(dossier)
    turn = take_turn(certificate_number=number) if number else None
    standing, filed = ask(turn.certificate_digest if turn else None)
    if kind in ADDS_A_SERVICE and standing.service is None:
        order = _file_new_order(
            appid=appid, dossier=dossier, account=account, turn=turn, standing=standing, filed=filed,
            waived_rules=waived_rules, actor=actor)
        if order is not None:
            return order
    order = open_order_of(appid, cancellation=kind in CANCELLATIONS)
    if order is None:
        if kind in ADDS_A_SERVICE and standing.service is not None:
            kind = OrderKind.CHANGE_BOTH
        order = open_order(kind=kind, appid=appid, account=account, standing=standing, actor=actor, filed=filed)
    elif order.state == State.SMS_LAPSED:
        if submitted_dossier(order) == dossier:
            return resubmit(order_id=order.pk, actor=actor, version=order.version)
        order = amend(order_id=order.pk, actor=actor, version=order.version)
    order = save(order_id=order.pk, dossier=dossier, actor=actor, version=order.version, standing=standing, filed=filed)
    return submit(
        order_id=order.pk, account=account, actor=actor, version=order.version, waived_rules=waived_rules)


def file_in_one(
    *, kind: str, appid: str, dossier: Mapping[str, Any], account: Account, standing: Standing, actor: Actor,
    filed: Mapping[str, Any] | None = None, waived_rules: Collection[str] = (),
) -> Order:
    """`file_in_turn` for a caller that has asked the register before, as long as no other order can come between."""
    return file_in_turn(
        kind=kind, appid=appid, dossier=dossier, account=account, ask=lambda _: (standing, filed), actor=actor,
        waived_rules=waived_rules)


def _file_new_order(
    *, appid: str, dossier: Mapping[str, Any], account: Account, turn: Turn | None, standing: Standing,
    filed: Mapping[str, Any] | None, waived_rules: Collection[str], actor: Actor,
) -> Order | None:
    content, shape_findings = parse(dossier)
    columns = _columns_of_addition(content, turn.organizer_id if turn else None, standing, filed)
    return at_once.file_new_order(
        kind=columns.pop("kind"), appid=appid, dossier=dossier, content=content, shape_findings=shape_findings,
        account=account, filed=parse(filed)[0] if filed else None, columns=columns,
        media=material_keys(content),
        quota=_quota(content, certificate_number(dossier)) if turn else None,
        services_in_force=standing.services_in_force, waived_rules=waived_rules, actor=actor, at=clock.now())


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


def settle_due_instants() -> int:
    """Count provisional due instants again, by the calendar in use. Returns how many are settled; safe to repeat.

    An order that entered its state on the same day as another has the same limit, so a statement settles a day.
    """
    settled = 0
    waiting = Order.objects.filter(due_provisional=True)
    days = waiting.annotate(day=TruncDate("state_since", tzinfo=SHANGHAI)).values_list("state", "day").distinct()
    for state, day in list(days):
        limit = due(State(state), datetime.combine(day, time(), SHANGHAI))
        if limit is not None and not limit.provisional:
            settled += waiting.filter(state=state, state_since__date=day).update(
                due_at=limit.instant, due_provisional=False)
    return settled


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
    check_row = FaceCheck.objects.create(
        task_id=_token(22), appid=appid, created_at=at, usable_until=at + FACE_CHECK_OPEN,
        with_certification=with_certification)
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
    ).update(
        state=FaceCheckState.PASSED if passed else FaceCheckState.FAILED, finished_at=at,
        usable_until=Case(When(with_certification=True, then=Value(at + FACE_CHECK_WITH_CERTIFICATION_USABLE)),
                          default=Value(at + FACE_CHECK_USABLE)))
    if not changed:
        raise NotFound("人脸核身任务不存在、已完成或已过期。", "The face check does not exist, is finished or has expired.")
    check_row = FaceCheck.objects.get(task_id=task_id)
    record(tag="face_check:finish", actor=actor, subject=f"app:{check_row.appid}", at=at, data={"passed": passed})
    face_check_finished.send(sender=FaceCheck, face_check=check_row, at=at)
    return check_row


def _token(length: int) -> str:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length))
