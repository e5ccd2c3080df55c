"""A procedure is submitted, paid, reviewed, and becomes a filing order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from openbeian import vault
from openbeian.accounts.models import ApiClient
from openbeian.accounts.queries import is_certified
from openbeian.accounts.verbs import note_certification
from openbeian.certification import auth_data, filing, models, queries
from openbeian.certification.errors import AlreadyCertified, Conflict, DataRefused, ReasonMissing
from openbeian.certification.lifecycle import MOVE_OF, ProcedureAction, ProcedureState
from openbeian.certification.models import Procedure
from openbeian.certification.transitions import announce, facts_of, transition
from openbeian.filings.errors import Conflict as OrderConflict
from openbeian.ledger import clock
from openbeian.ledger.transitions import begin
from openbeian.regime.actors import Actor, Role
from openbeian.regime.dossier import document
from openbeian.regime.facts import Account
from openbeian.regime.findings import Finding
from openbeian.shelf.queries import account as account_of_app

REASON_MAX = 300


@dataclass(frozen=True)
class Submitted:
    """What came of a submission: the procedure, and what keeps the dossier from being filed (nothing, if it went on)."""

    procedure: Procedure
    findings: tuple[Finding, ...] = ()


@transaction.atomic
def submit(
    *, client: ApiClient, appid: str, account: Account, data: Any, dossier: Mapping[str, Any], actor: Actor,
    waived_rules: Collection[str] = (),
) -> Submitted:
    """Ask for certification and filing in one, or send again what was objected to.

    Where the certification data are sound and the dossier is not, a procedure without an order is kept and the findings
    are returned. A correction that is refused changes nothing. Once certified, only the dossier matters; it is filed
    at once.

    Raises :class:`DataRefused` (findings on both halves), :class:`Conflict` (paid or under review),
    :class:`AlreadyCertified`, and the filing's errors while another order stands in the way.
    """
    at = clock.now()
    procedure = queries.open_procedure_of(appid)
    if procedure is not None and procedure.certified_at is not None:
        return _file_again(procedure, client=client, dossier=dossier, account=account, actor=actor,
                           waived_rules=waived_rules, at=at)
    if procedure is not None and procedure.state in (ProcedureState.PAID, ProcedureState.REVIEW):
        raise Conflict(state=procedure.state)
    if procedure is None and is_certified(appid):
        raise AlreadyCertified()
    kept, wrong = auth_data.read(data, appid=appid, dossier=dossier)
    read, objections = filing.objections(appid=appid, dossier=dossier, account=account, waived_rules=waived_rules)
    if wrong:
        raise DataRefused((*wrong, *objections))
    columns: dict[str, Any] = {
        "client": client, "pay_type": kept["pay_type"], "waived_rules": sorted(waived_rules),
        "data_sealed": vault.seal_json(kept, purpose=models.DATA),
        "dossier_sealed": vault.seal_json(document(read), purpose=models.DOSSIER),
        "findings": [asdict(finding) for finding in objections],
    }
    if procedure is None:
        procedure = _open(appid=appid, columns=columns, actor=actor, at=at)
    elif objections and procedure.state != ProcedureState.NO_ORDER:
        return Submitted(procedure, objections)
    if objections:
        action = ProcedureAction.REFUSE_ORDER
    elif procedure.state == ProcedureState.REFILL:
        action = ProcedureAction.RESUBMIT
        columns["reason_sealed"] = None
    else:
        columns["ordered_at"] = procedure.ordered_at or at
        if kept["pay_type"] == auth_data.BY_MERCHANT:
            action = ProcedureAction.ASK_FEE
        else:
            action = ProcedureAction.PREPAY
            columns["paid_at"] = at
    return Submitted(transition(procedure, action, actor=actor, at=at, **columns), objections)


def pay(*, procedure: Procedure, actor: Actor) -> Procedure:
    """Note that the certification fee (认证审核费) has come in. Raises :class:`Conflict`."""
    at = clock.now()
    return transition(procedure, ProcedureAction.PAY, actor=actor, at=at, paid_at=at)


def begin_review(*, procedure: Procedure, actor: Actor) -> Procedure:
    """Put a paid procedure before the reviewers. Raises :class:`Conflict`."""
    return transition(procedure, ProcedureAction.BEGIN, actor=actor, at=clock.now())


def refill(*, procedure: Procedure, reason: str, actor: Actor) -> Procedure:
    """Send the certification back for correction (打回重填). The reason is told to the service provider.

    Raises :class:`ReasonMissing`, :class:`Conflict`.
    """
    return transition(
        procedure, ProcedureAction.REFILL, actor=actor, at=clock.now(), reason_sealed=_sealed(reason))


def fail(*, procedure: Procedure, reason: str, actor: Actor) -> Procedure:
    """End the certification for good. Raises :class:`ReasonMissing`, :class:`Conflict`."""
    return transition(
        procedure, ProcedureAction.FAIL, actor=actor, at=clock.now(), reason_sealed=_sealed(reason))


@transaction.atomic
def pass_review(*, procedure: Procedure, actor: Actor) -> Procedure:
    """Let the certification pass, and make the filing order from the dossier that came with it.

    The order is the organizer's, who asked for it: its actor is the platform that submitted. Where none can be made,
    the procedure says why and waits for a corrected dossier. Raises :class:`Conflict`.
    """
    at = clock.now()
    procedure = transition(procedure, ProcedureAction.PASS, actor=actor, at=at, certified_at=at)
    note_certification(appid=procedure.appid, at=at)
    try:
        order = filing.file(
            appid=procedure.appid, dossier=queries.dossier_of(procedure), account=account_of_app(procedure.appid),
            waived_rules=filing.JUDGED_AT_SUBMISSION | set(procedure.waived_rules), actor=_submitter(procedure))
    except filing.NotFiled as refusal:
        return _without_order(procedure, refusal.findings, actor=actor, at=at)
    except OrderConflict as conflict:
        return _without_order(procedure, [filing.finding_of(conflict)], actor=actor, at=at)
    return transition(procedure, ProcedureAction.FILE, actor=actor, at=at, order_id=order.pk, findings=[])


def _file_again(
    procedure: Procedure, *, client: ApiClient, dossier: Mapping[str, Any], account: Account, actor: Actor,
    waived_rules: Collection[str], at: datetime,
) -> Submitted:
    """File once more for a certified mini program. The order is locked first, as by everybody who moves orders."""
    try:
        order = filing.file(
            appid=procedure.appid, dossier=dossier, account=account, waived_rules=waived_rules, actor=actor)
    except filing.NotFiled as refusal:
        if procedure.state == ProcedureState.NO_ORDER:
            procedure = _without_order(procedure, refusal.findings, actor=actor, at=at, client=client)
        return Submitted(procedure, refusal.findings)
    Procedure.objects.filter(pk=procedure.pk).update(client=client)
    procedure.refresh_from_db()  # where the order is this procedure's already, it has followed it
    if procedure.order_id != order.pk or procedure.state == ProcedureState.NO_ORDER:
        procedure = transition(procedure, ProcedureAction.FILE, actor=actor, at=at, order_id=order.pk, findings=[])
    return Submitted(procedure)


def _without_order(
    procedure: Procedure, findings: Sequence[Finding], *, actor: Actor, at: datetime, **columns: Any
) -> Procedure:
    return transition(
        procedure, ProcedureAction.REFUSE_ORDER, actor=actor, at=at,
        findings=[asdict(finding) for finding in findings], **columns)


def _open(*, appid: str, columns: Mapping[str, Any], actor: Actor, at: datetime) -> Procedure:
    row = MOVE_OF[ProcedureAction.OPEN]
    procedure = Procedure(appid=appid, state=row.target, opened_at=at, state_since=at, **columns)
    try:
        with transaction.atomic():
            begin(procedure, event=row.event, subject="certification:{pk}", actor=actor, at=at,
                  data=facts_of(procedure, row, before=None))
    except IntegrityError as error:
        if "certification_one_procedure" not in str(error):
            raise
        other = queries.open_procedure_of(appid)
        raise Conflict(state=other.state if other else ProcedureState.MOBILE_VERIFIED) from error
    return announce(procedure, row, actor=actor, at=at)


def _submitter(procedure: Procedure) -> Actor:
    return Actor(Role.ORGANIZER, f"client:{procedure.client_id}")


def _sealed(reason: str) -> bytes:
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_MAX:
        raise ReasonMissing()
    return vault.seal(reason.encode(), purpose=models.REASON)
