"""The one way in: a dossier is read, judged against the record, and becomes an order under review.

API, portal and certification come here. An organizer's row is locked first; record and facts are read then; one case is
built from them and judged; order, snapshot and events are written together, or nothing is.
"""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from openbeian import vault
from openbeian.filings import blacklist, models
from openbeian.filings.decide import hand_over
from openbeian.filings.errors import (
    ChangedElsewhere,
    Conflict,
    KindNotAllowed,
    OpenOrderExists,
    QuotaReached,
    SnapshotDamaged,
    SubmissionRefused,
)
from openbeian.filings.facts import Facts, facts_about
from openbeian.filings.findings import keep_findings
from openbeian.filings.models import Dossier as Snapshot
from openbeian.filings.models import Order
from openbeian.filings.queries import intact_account, intact_dossier, working_copy
from openbeian.filings.queries import order as order_by_id
from openbeian.filings.transitions import Done, announce, entered_columns, refusals, transition
from openbeian.ledger import clock
from openbeian.ledger.transitions import begin
from openbeian.regime.actors import Actor
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.differences import differences
from openbeian.regime.dossier import Dossier, as_typed, parse
from openbeian.regime.dossier import document as canonical
from openbeian.regime.facts import Account, Standing
from openbeian.regime.findings import Finding, Severity, merge
from openbeian.regime.kinds import detect
from openbeian.regime.lifecycle import (
    ADDS_A_SERVICE,
    CANCELLATIONS,
    CHANGES,
    MOVES,
    Action,
    OrderKind,
    State,
    available_actions,
    find_move,
    fits,
)
from openbeian.regime.pictures import with_pictures
from openbeian.regime.quotas import services_allowed
from openbeian.regime.rules import Case, ruleset
from openbeian.regime.shape import SHAPE_RULES
from openbeian.register import queries as register

_OPEN_MOVE = MOVES[0]


@dataclass(frozen=True)
class Judged:
    """A dossier in canonical form with what it was judged by and what was found."""

    dossier: Dossier
    kind: OrderKind
    standing: Standing
    filed: Dossier | None
    account: Account
    facts: Facts
    organizer_id: int | None
    findings: tuple[Finding, ...]
    ruleset_version: str
    at: datetime

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that keep it from being submitted."""
        return tuple(finding for finding in self.findings if finding.severity == Severity.BLOCKS)

    @property
    def unreadable(self) -> bool:
        """Whether a part of it could not be read."""
        return any(finding.rule in SHAPE_RULES for finding in self.findings)

    @cached_property
    def columns(self) -> dict[str, Any]:
        """What an order has from its content and from the record."""
        service = self.standing.service or self.standing.without_access
        existing = self.dossier.existing
        numbers = {
            "subject_number": self.standing.subject_number or (existing.subject_number if existing else ""),
            "service_number": service.number if service else existing.service_number if existing else "",
            "province_subject_id": self.standing.province_subject_id or "",
            "province_service_id": service.province_service_id if service else "",
            "province_access_id": service.province_access_id if service else "",
        }
        return {
            "kind": self.kind, "organizer_id": self.organizer_id,
            "province": self.standing.province or self.dossier.organizer.province[:6],
            "filed_sealed": vault.seal_json(canonical(self.filed), purpose=models.FILED) if self.filed else None,
            "account_sealed": vault.seal_json(vars(self.account), purpose=models.ACCOUNT),
            **numbers,
        }


@transaction.atomic
def file(
    *, appid: str, document: Any, account: Account, actor: Actor, kind: OrderKind = OrderKind.FIRST_FILING,
    waived_rules: Collection[str] = (), new_only: bool = False,
) -> Order:
    """Submit a dossier for a mini program: in a new order, or in the one that waits for its organizer.

    ``kind`` only says whether this is a filing, or which cancellation; the exact kind of a filing follows from the dossier
    and the register. A cancellation takes the place of another one that waits for its organizer. After a lapsed SMS
    verification an unchanged dossier goes straight back to the administration; a changed one, or one whose snapshot is
    damaged, is reviewed again. Only the very same dossier goes back without being judged: a new face check must be good.

    Findings of ``waived_rules`` are left out; ``new_only`` refuses a mini program that is filed already. A working copy with
    something else in it is kept next to what is submitted (see :func:`save`). Writes what :func:`open_order` and
    :func:`submit` write.

    Raises :class:`SubmissionRefused` with every finding, :class:`Conflict` while an order is under review,
    :class:`OpenOrderExists`, :class:`StandsAlone`, :class:`KindNotAllowed`, :class:`QuotaReached`.
    """
    judged = judge(appid=appid, document=document, account=account, kind=kind, waived_rules=waived_rules)
    if new_only or kind in CANCELLATIONS:
        _refuse_unless_allowed(kind, judged.standing)
    order = _open_order(judged.facts)
    if order is not None and _gives_way_to(kind, order, actor):
        announce(transition(order, Action.ABANDON, actor=actor, at=judged.at))
        order = None
    if order is None:
        return _submit(_open(appid, judged, actor), judged, actor)
    if (order.kind in CANCELLATIONS) != (kind in CANCELLATIONS):
        raise OpenOrderExists()
    if order.state == State.SMS_LAPSED:
        # With a damaged snapshot nobody can say that nothing has changed.
        return _submit_after_lapse(order, intact_dossier(order), judged, actor)
    return _submit(order, judged, actor, other_draft_sealed=_passed_over(order, judged))


@transaction.atomic
def resubmit(*, order_id: int, account: Account, actor: Actor, version: int | None = None) -> Order:
    """After lapsed SMS verification, submit the same dossier again, for the account as it is now.

    Unless the mini program has been renamed it goes straight back to the administration; else it is reviewed again, as
    :func:`file` does it. Raises :class:`SnapshotDamaged` and what :func:`submit` raises.
    """
    order = order_by_id(order_id)
    _refuse_unless_current(order, Action.RESUBMIT, actor, version)
    before = intact_dossier(order)
    if before is None:
        raise SnapshotDamaged()
    judged = judge(appid=order.appid, document=canonical(before), account=account, kind=OrderKind(order.kind))
    return _submit_after_lapse(order, before, judged, actor)


@transaction.atomic
def submit(
    *, order_id: int, document: Any, account: Account, actor: Actor, version: int | None = None,
    waived_rules: Collection[str] = (),
) -> Order:
    """Submit a dossier in its order for platform review: numbered snapshot, ruleset version, ``order:submit``.

    ``version`` is the one the caller looked at. Working copies are dropped. Raises :class:`SubmissionRefused` with every
    finding (nothing is changed then), :class:`NotFound`, :class:`Conflict`, :class:`ChangedElsewhere`,
    :class:`StandsAlone`, :class:`KindNotAllowed`, :class:`QuotaReached`.
    """
    order = order_by_id(order_id)
    _refuse_unless_current(order, Action.SUBMIT, actor, version, document)
    judged = judge(
        appid=order.appid, document=document, account=account, kind=OrderKind(order.kind), waived_rules=waived_rules)
    return _submit(order, judged, actor)


@transaction.atomic
def open_order(*, kind: str, appid: str, account: Account, actor: Actor) -> Order:
    """Open an order in draft. Writes ``order:open``.

    A change begins with what is registered as its working copy. A filing opened as one kind becomes another when it is
    submitted, if its content asks for it. Raises :class:`KindNotAllowed`, :class:`OpenOrderExists`,
    :class:`StandsAlone`.
    """
    kind, at = OrderKind(kind), clock.now()
    standing, filed = register.record_of(appid=appid)
    organizer = standing.certificate_digest if kind not in ADDS_A_SERVICE else None
    judged = Judged(
        Dossier(), kind, standing if organizer else replace(standing, province=None), filed if organizer else None,
        account, Facts(), lock_organizer(organizer) if organizer else None, (), "", at)
    _refuse_unless_allowed(kind, standing)
    return _open(appid, judged, actor)


@transaction.atomic
def save(
    *, order_id: int, document: Mapping[str, Any], actor: Actor, version: int | None = None, switch: bool = False
) -> Order:
    """Keep the working copy of an order and restart the idle limit. Checks nothing but who may save when.

    What can be read is kept in its canonical form, what cannot be read as it was typed. Saving is no change of state and
    writes no event. With ``switch`` it becomes the other draft, if there is one, and that one the working copy. What has
    been submitted just so needs no saving: a page's own save may come after it.
    Raises :class:`NotFound`, :class:`Conflict`, :class:`ChangedElsewhere`.
    """
    order = order_by_id(order_id)
    if _is_submitted(order, document):
        return order
    _refuse_unless_current(order, Action.SAVE, actor, version, document)
    drafts = [vault.seal_json(as_typed(document), purpose=models.DRAFT), order.other_draft_sealed]
    draft, other = reversed(drafts) if switch and order.other_draft_sealed else drafts
    changed = Order.objects.filter(pk=order_id, state=order.state, version=order.version).update(
        version=order.version + 1, draft_sealed=draft, other_draft_sealed=other,
        due_at=entered_columns(State(order.state), clock.now())["due_at"])
    if not changed:
        raise ChangedElsewhere(state=Order.objects.values_list("state", flat=True).get(pk=order_id))
    order.refresh_from_db()
    return order


def judge(
    *, appid: str, document: Any, account: Account, kind: OrderKind = OrderKind.FIRST_FILING,
    waived_rules: Collection[str] = (),
) -> Judged:
    """Read a dossier and run the ruleset in force over it: all findings at once. Writes nothing.

    Locks the organizer until the end of the transaction, so that no number is issued and no order opened in between.
    """
    at = clock.now()
    cancels = kind in CANCELLATIONS
    dossier, problems = parse(document, account=None if cancels else account)
    certificate = dossier.organizer.certificate
    digest = register.certificate_digest(certificate.type, certificate.number) if certificate.number and not cancels else None
    organizer_id = lock_organizer(digest) if digest else None
    standing, filed = register.record_of(appid=appid, certificate_digest=digest)
    if standing.certificate_digest not in (None, digest) and (cancels or standing.service is not None):
        # The service in force counts, whoever the dossier names.
        organizer_id = lock_organizer(standing.certificate_digest)
    facts = facts_about(dossier, account=account, organizer_id=organizer_id, certificate_digest=digest)
    dossier = with_pictures(dossier, facts.digests)
    if not cancels:
        kind = detect(standing=standing, dossier=dossier, filed=filed)
    account = replace(account, lacks_certification=facts.lacks_certification)
    rules = ruleset(at.astimezone(SHANGHAI).date())
    found = merge(problems, rules.evaluate(Case(
        dossier=dossier, account=account, materials=facts.materials, face_check=facts.face_check, now=at, kind=kind,
        filed=filed)))
    if not cancels:
        found = (*found, *(blacklist.finding(name) for name in sorted(facts.blacklists)))
    findings = tuple(finding for finding in found if finding.rule not in waived_rules)
    return Judged(dossier, kind, standing, filed, account, facts, organizer_id, findings, rules.version, at)


def lock_organizer(certificate_digest: bytes) -> int:
    """Lock the row of the organizer with this certificate until the end of the transaction; returns its id.

    The row is made if there is none. (The exclusion constraint keeps orders apart without the lock too, but one of two
    could see a deadlock instead of :class:`StandsAlone`.)
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_ORGANIZER, [certificate_digest])
        return int(cursor.fetchone()[0])


#: Makes the row, or locks the one that is there: the update changes nothing.
_LOCK_ORGANIZER = """
INSERT INTO filings_organizer (certificate_digest) VALUES (%s)
ON CONFLICT (certificate_digest) DO UPDATE SET certificate_digest = excluded.certificate_digest
RETURNING id
"""


def _refuse_unless_current(
    order: Order, action: Action, actor: Actor, version: int | None, document: Any = None
) -> None:
    """Raises :class:`Conflict`, or :class:`ChangedElsewhere` if the caller looked at another version."""
    if find_move(order=order, action=action, role=actor.role) is None:
        raise Conflict(state=order.state)
    # A page may be submitted before it has heard of its own last save: then nothing is lost.
    if version not in (None, order.version) and working_copy(order) != as_typed(document):
        raise ChangedElsewhere(state=order.state)


def _is_submitted(order: Order, document: Any) -> bool:
    """Whether this very document is under the platform's review."""
    if order.state != State.PLATFORM_REVIEW:
        return False
    dossier, unread = parse(document, account=None if order.kind in CANCELLATIONS else intact_account(order))
    return dossier == intact_dossier(order) and not unread


def _gives_way_to(kind: OrderKind, order: Order, actor: Actor) -> bool:
    """Whether the order asks for another cancellation than ``kind``, and waits for its organizer."""
    cancels_otherwise = order.kind in CANCELLATIONS and kind in CANCELLATIONS - {order.kind}
    return cancels_otherwise and Action.ABANDON in available_actions(actor, order)


def _open_order(facts: Facts) -> Order | None:
    return Order.objects.get(pk=facts.open_order_id) if facts.open_order_id is not None else None


def _open(appid: str, judged: Judged, actor: Actor) -> Order:
    _refuse_unless_allowed(judged.kind, judged.standing)
    _refuse(judged)
    order = Order(
        appid=appid, version=1, opened_at=judged.at, opened_by=actor.id, **judged.columns,
        **entered_columns(State.DRAFT, judged.at))
    with refusals():
        begin(order, event=_OPEN_MOVE.event, subject="order:{pk}", actor=actor, at=judged.at,
              data={"from": None, "to": State.DRAFT, "kind": judged.kind, "appid": appid})
    return announce(Done(order, _OPEN_MOVE, actor, judged.at))


def _submit_after_lapse(order: Order, before: Dossier | None, judged: Judged, actor: Actor) -> Order:
    if before is not None and not differences(before, judged.dossier):
        if judged.dossier != before or judged.unreadable:
            _refuse(judged, besides=order)
        return hand_over(order, Action.RESUBMIT, actor=actor, at=judged.at)
    order = announce(transition(order, Action.AMEND, actor=actor, at=judged.at))
    return _submit(order, judged, actor, other_draft_sealed=_passed_over(order, judged))


def _passed_over(order: Order, judged: Judged) -> Any:
    """The sealed draft to keep beside what is submitted: the working copy, if it holds anything else."""
    if not order.draft_sealed:
        return order.other_draft_sealed
    with suppress(vault.VaultError):  # what cannot be read cannot be compared
        typed = vault.unseal_json(order.draft_sealed, purpose=models.DRAFT)
        draft, unread = parse(typed, account=None if judged.kind in CANCELLATIONS else judged.account)
        if not typed or not unread and not differences(with_pictures(draft, judged.facts.digests), judged.dossier):
            return order.other_draft_sealed
    return order.draft_sealed


def _submit(order: Order, judged: Judged, actor: Actor, other_draft_sealed: Any = None) -> Order:
    if Action.SUBMIT not in available_actions(actor, order):
        raise Conflict(state=order.state)
    if (order.kind in ADDS_A_SERVICE, order.kind in CHANGES) != (judged.kind in ADDS_A_SERVICE, judged.kind in CHANGES):
        # What is registered has changed since the order was opened.
        _refuse_unless_allowed(OrderKind(order.kind), judged.standing)
    _refuse(judged, besides=order)
    plain = json.dumps(canonical(judged.dossier), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    snapshot = Snapshot(
        order=order, number=order.dossier_number + 1, sealed=vault.seal(plain, purpose=models.DOSSIER),
        digest=vault.digest(plain, purpose=models.DOSSIER), ruleset_version=judged.ruleset_version,
        submitted_at=judged.at, submitted_by=actor.id)
    columns = {
        **judged.columns, "dossier_number": snapshot.number, "draft_sealed": None, "other_draft_sealed": other_draft_sealed,
        "claimed_by": "", "claimed_at": None}
    done = transition(
        order, Action.SUBMIT, actor=actor, at=judged.at, insert=[snapshot],
        **{name: value for name, value in columns.items() if getattr(order, name) != value})
    if judged.findings:
        keep_findings(order=done.order, source="rule", findings=judged.findings, at=judged.at)
    return announce(done)


def _refuse(judged: Judged, besides: Order | None = None) -> None:
    """Raises :class:`SubmissionRefused`, or :class:`QuotaReached` for one service more than the organizer may have."""
    if judged.blocking:
        raise SubmissionRefused(judged.findings)
    if judged.kind not in ADDS_A_SERVICE or judged.organizer_id is None:
        return
    organizer = judged.dossier.organizer
    limit = services_allowed(organizer.type, organizer.certificate.number, settings.OPENBEIAN_FILINGS_PER_SUBJECT)
    if judged.standing.services_in_force + judged.facts.asked_for(besides) >= limit:
        raise QuotaReached(limit=limit)


def _refuse_unless_allowed(kind: OrderKind, standing: Standing) -> None:
    if fits(kind, standing):
        return
    if kind in ADDS_A_SERVICE:
        raise KindNotAllowed("该小程序已备案。", "This mini program is filed already.")
    if kind in CHANGES:
        raise KindNotAllowed("该小程序没有有效的备案，无法变更。", "This mini program has no filing in force to change.")
    raise KindNotAllowed("该小程序没有有效的备案号，无需注销。", "This mini program has no number in force to cancel.")
