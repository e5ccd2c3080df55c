"""Claiming a filing by its number (认领): somebody with an account asks to administer what is filed in their name.

The claimant shows the service number and the organizer's certificate number. Both being right proves little, since
units' numbers are public; so the platform reviews the claim. Approved, the claimant is one more administrator.
"""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet

from openbeian import vault
from openbeian.accounts.models import MiniProgramAdministrator, User
from openbeian.accounts.verbs import appoint_administrator
from openbeian.ledger import clock
from openbeian.ledger.transitions import StateChanged, transition
from openbeian.ledger.verbs import record
from openbeian.ledger.working_days import settle_rows
from openbeian.regime import filing_number
from openbeian.regime.actors import Actor, Role
from openbeian.regime.calendar import SHANGHAI, due_after_working_days
from openbeian.regime.filing_number import FilingNumberError, ServiceKind
from openbeian.regime.finding_files import FindingFile
from openbeian.regime.findings import Finding
from openbeian.regime.spelling import code
from openbeian.register import models
from openbeian.register.errors import (
    ClaimEnded,
    ClaimIncomplete,
    ClaimNotNeeded,
    NoSuchFiling,
    NotFound,
    NotInForce,
    ReasonMissing,
    TooManyTries,
)
from openbeian.register.models import Claim, ClaimState, Service, WrongTries
from openbeian.register.queries import is_certificate_of
from openbeian.register.signals import claim_moved

#: The platform decides within so many working days (platform practice: 1 to 2).
WORKING_DAYS = 2
WRONG_TRIES_PER_DAY = 5
CERTIFICATE_LENGTH_MAX = 64
TEXT_LENGTH_MAX = 300
#: The reason shown to whoever claimed a number that was then cancelled.
CANCELLED = "该备案号已注销，认领随之结束。The number has been cancelled, and the claim with it."
#: In place of a text that cannot be opened.
DAMAGED = "（存档已损坏，无法显示。What is stored is damaged and cannot be shown.）"

finding = FindingFile(__file__, "findings.csv").make

# Exact, whatever the number of processes: no row comes back once all are used. A new day begins at one.
_SPEND = """
INSERT INTO register_wrongtries AS kept (user_id, day, used) VALUES (%(user)s, %(day)s, 1)
ON CONFLICT (user_id) DO UPDATE
SET day = excluded.day, used = CASE WHEN kept.day = excluded.day THEN kept.used + 1 ELSE 1 END
WHERE kept.day <> excluded.day OR kept.used < %(limit)s
RETURNING used
"""


def claim_filing(*, user: User, number: str, certificate_number: str, remark: str = "") -> Claim:
    """Ask to administer the mini program that is filed under ``number``, a service number in any spelling.

    ``certificate_number`` is the organizer's; it is compared by digest and not kept. Writes ``register:claim:made``;
    the review is due after two working days. A wrong number and a wrong certificate are refused alike, at most five
    times a day; the count stands though nothing else does, so this must not run inside another transaction.

    Raises :class:`ClaimIncomplete`, :class:`NoSuchFiling`, :class:`TooManyTries`, :class:`ClaimNotNeeded`,
    :class:`NotInForce` for a number cancelled in this very moment,
    :class:`~openbeian.register.errors.RecordDamaged` (which spends a try).
    """
    wanted, findings = _read(number, certificate_number, remark)
    if wanted is None or findings:
        raise ClaimIncomplete(findings)
    at = clock.now()
    day = at.astimezone(SHANGHAI).date()
    used = _spend_try(user, day)
    service = Service.objects.select_related("subject").filter(number=wanted, cancelled_at=None).first()
    if service is None or not is_certificate_of(service.subject, certificate_number):
        raise NoSuchFiling(left=WRONG_TRIES_PER_DAY - used)
    WrongTries.objects.filter(user=user, day=day, used__gt=0).update(used=F("used") - 1)  # it was not wrong
    return _make(user, service, remark, at)


@transaction.atomic
def _make(user: User, service: Service, remark: str, at: datetime) -> Claim:
    if MiniProgramAdministrator.objects.filter(user=user, appid=service.appid).exists():
        raise ClaimNotNeeded("您已是该小程序的管理员，无需认领。", "You administer this mini program already.")
    # Held until the claim is there, so that a cancellation finds it.
    if not Service.objects.select_for_update().filter(pk=service.pk, cancelled_at=None).exists():
        raise NotInForce()
    due = due_after_working_days(at, WORKING_DAYS)
    claim = Claim(
        service=service, claimant=user, made_at=at, due_at=due.instant, due_provisional=due.provisional,
        remark_sealed=vault.seal(remark.strip().encode(), purpose=models.REMARK) if remark.strip() else None)
    try:
        with transaction.atomic():
            claim.save(force_insert=True)
    except IntegrityError as error:
        raise ClaimNotNeeded(
            "您已提交过这项认领，请等待平台审核。", "You have claimed this filing already. Wait for the review.") from error
    record(tag="register:claim:made", actor=user.actor, subject=f"app:{service.appid}", at=at, data=_facts(claim))
    claim_moved.send(sender=Claim, claim=claim, at=at)
    return claim


def _read(number: str, certificate_number: str, remark: str) -> tuple[str | None, tuple[Finding, ...]]:
    """The number as it is stored, and everything that is wrong with what was typed."""
    findings, wanted = [], None
    try:
        parsed = filing_number.parse(number)
        if parsed.kind == ServiceKind.MINI_PROGRAM:
            wanted = str(parsed)
        else:
            findings.append(finding("another_kind", "number"))
    except FilingNumberError as error:
        findings.append(finding("no_number", "number", error=error))
    if not 0 < len(code(certificate_number)) <= CERTIFICATE_LENGTH_MAX:
        findings.append(finding("certificate_number", "certificate_number"))
    if len(remark.strip()) > TEXT_LENGTH_MAX:
        findings.append(finding("remark", "remark", most=TEXT_LENGTH_MAX))
    return wanted, tuple(findings)


@transaction.atomic(durable=True)
def _spend_try(user: User, day: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, {"user": user.pk, "day": day, "limit": WRONG_TRIES_PER_DAY})
        row = cursor.fetchone()
    if row is None:
        raise TooManyTries()
    return int(row[0])


@transaction.atomic
def approve_claim(*, claim_id: int, reviewer: Actor) -> Claim:
    """Let the claimant administer the mini program; those who administer it already stay and are told.

    Writes ``register:claim:approved`` and ``app:administrator_appointed``.
    Raises :class:`NotFound`, :class:`ClaimEnded`, ``PermissionError``.
    """
    _by_a_reviewer(reviewer)
    claim = _end(claim_id, ClaimState.APPROVED, actor=reviewer)
    appoint_administrator(user=claim.claimant, appid=claim.service.appid, actor=reviewer)
    return claim


@transaction.atomic
def refuse_claim(*, claim_id: int, reviewer: Actor, reason: str) -> Claim:
    """Refuse a claim; the claimant is shown the reason. Writes ``register:claim:refused``.

    Raises :class:`ReasonMissing`, :class:`NotFound`, :class:`ClaimEnded`, ``PermissionError``.
    """
    _by_a_reviewer(reviewer)
    reason = reason.strip()
    if not 0 < len(reason) <= TEXT_LENGTH_MAX:
        raise ReasonMissing(longest=TEXT_LENGTH_MAX)
    return _refuse(claim_id, actor=reviewer, reason=reason)


def refuse_claims_of_cancelled(*, service: Service, actor: Actor) -> None:
    """Refuse what waits for a number that has been cancelled. In the transaction of the cancellation.

    Writes ``register:claim:refused`` for each, as ``actor``, who cancelled it.
    """
    for claim_id in service.claims.filter(state=ClaimState.WAITING).order_by("pk").values_list("pk", flat=True):
        try:
            _refuse(claim_id, actor=actor, reason=CANCELLED)
        except ClaimEnded:
            pass  # decided or taken back in this very moment


def _refuse(claim_id: int, *, actor: Actor, reason: str) -> Claim:
    return _end(claim_id, ClaimState.REFUSED, actor=actor,
                reason_sealed=vault.seal(reason.encode(), purpose=models.REASON))


@transaction.atomic
def withdraw_claim(*, claim_id: int, user: User) -> Claim:
    """Take one's own claim back. Writes ``register:claim:withdrawn``. Raises :class:`NotFound`, :class:`ClaimEnded`."""
    if not Claim.objects.filter(pk=claim_id, claimant=user).exists():
        raise _no_claim()
    return _end(claim_id, ClaimState.WITHDRAWN, actor=user.actor)


def settle_due_instants(**_: Any) -> int:
    """Count provisional due instants again, by the calendar in use. Returns how many are settled; safe to repeat.

    Receiver of ``calendar_published``.
    """
    waiting = Claim.objects.filter(state=ClaimState.WAITING, due_provisional=True)
    return settle_rows(waiting, lambda claim: due_after_working_days(claim.made_at, WORKING_DAYS))


@transaction.atomic
def _end(claim_id: int, state: ClaimState, *, actor: Actor, **columns: Any) -> Claim:
    """Bring a waiting claim to its end."""
    at = clock.now()
    found = claim(claim_id)
    if not is_open(found):
        raise ClaimEnded(state=found.state)
    try:
        transition(found, to=state, event=f"register:claim:{state}", subject=f"app:{found.service.appid}", actor=actor,
                   at=at, data=_facts(found), ended_at=at, ended_by=actor.id, **columns)
    except StateChanged as changed:
        raise ClaimEnded(state=changed.state) from None
    ended = claim(claim_id)
    claim_moved.send(sender=Claim, claim=ended, at=at)
    return ended


def _facts(claim: Claim) -> dict[str, Any]:
    return {"claim": claim.pk, "number": claim.service.number, "user": claim.claimant_id}


def _by_a_reviewer(actor: Actor) -> None:
    if actor.role != Role.REVIEWER:
        raise PermissionError("only a reviewer decides a claim")


def _no_claim() -> NotFound:
    return NotFound("没有这次认领。", "There is no such claim.")


def claim(claim_id: int) -> Claim:
    """One claim with its service, subject and claimant. Raises :class:`NotFound`."""
    found = _claims().filter(pk=claim_id).first()
    if found is None:
        raise _no_claim()
    return found


def waiting_claims() -> QuerySet[Claim]:
    """The claims the platform has to decide, the one that is due first at the head."""
    return _claims().filter(state=ClaimState.WAITING).order_by("due_at", "pk")


def decided_claims() -> QuerySet[Claim]:
    """The claims that have ended, the latest first."""
    return _claims().exclude(state=ClaimState.WAITING).order_by("-ended_at", "-pk")


def overdue_claims(at: datetime) -> QuerySet[Claim]:
    """The claims that should have been decided by ``at``, longest over first."""
    return waiting_claims().filter(due_at__lt=at)


def claims_of(user: User) -> QuerySet[Claim]:
    """What a person has claimed, the latest first."""
    return _claims().filter(claimant=user).order_by("-pk")


def _claims() -> QuerySet[Claim]:
    return Claim.objects.select_related("service", "service__subject", "claimant")


def is_open(claim: Claim) -> bool:
    """Whether the claim still waits: for a reviewer to decide, or for the claimant to take back."""
    return claim.state == ClaimState.WAITING


def remark_of(claim: Claim) -> str:
    """What the claimant wrote to the reviewer."""
    return _text(claim.remark_sealed, models.REMARK)


def reason_of(claim: Claim) -> str:
    """Why the claim was refused; empty otherwise."""
    return _text(claim.reason_sealed, models.REASON)


def _text(sealed: bytes | memoryview | None, purpose: str) -> str:
    try:
        return vault.unseal(sealed, purpose=purpose).decode() if sealed else ""
    except vault.VaultError:
        return DAMAGED
