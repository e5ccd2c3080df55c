"""What the sandbox decides in people's place, as the test values say. It has the verbs that people have, no others.

Each function is a job and decides once; what has moved on meanwhile, or is in somebody's hands, is left alone.
"""

from procrastinate.contrib.django import app

from openbeian.certification import queries as certifications
from openbeian.certification import verbs as certification
from openbeian.certification.errors import Conflict as CertificationConflict
from openbeian.certification.models import Procedure
from openbeian.filings import queries as filings
from openbeian.filings.errors import Conflict, NotFound
from openbeian.filings.evidence import finish_face_check
from openbeian.filings.models import FaceCheck
from openbeian.ledger.queries import events_of
from openbeian.regime.actors import Actor, Role
from openbeian.regime.lifecycle import CANCELLATIONS
from openbeian.review import verbs as review
from openbeian.sandbox.programs import PASSES, Decision, Program, Stage, outcome_of
from openbeian.shelf import queries as shelf
from openbeian.shelf.errors import NotFound as NotInCatalogue
from openbeian.shelf.errors import VersionRefused
from openbeian.shelf.versions import queries as audits
from openbeian.shelf.versions import verbs as versions

REVIEWER = Actor(Role.REVIEWER, "sandbox")
OPERATOR = Actor(Role.OPERATOR, "sandbox")


@app.task(name="sandbox.review_order", retry=5)
def review_order(*, order_id: int) -> None:
    """Approve an order under platform review, return it with its findings, or leave it to people."""
    order = filings.order(order_id)
    outcome = PASSES
    if order.kind not in CANCELLATIONS:
        outcome = outcome_of(filings.account_of(order).organizer_name, Stage.FILING)
    if outcome.decision == Decision.WAIT:
        return
    try:
        if outcome.findings and not (outcome.once and order.dossier_number > 1):
            review.return_for_completion(
                order_id=order.pk, reviewer=REVIEWER, version=order.version,
                findings=[review.ReviewFinding(*finding) for finding in outcome.findings])
        else:
            review.approve(order_id=order.pk, reviewer=REVIEWER, version=order.version)
    except (Conflict, review.ClaimedByAnother, review.DossierDamaged):
        pass


@app.task(name="sandbox.take_face_check", retry=5)
def take_face_check(*, task_id: str) -> None:
    """Pass or fail a face check in the administrator's place, or leave it to the page."""
    task = FaceCheck.objects.get(pk=task_id)
    outcome = _of_app(task.appid, Stage.FACE_CHECK)
    if outcome.decision == Decision.WAIT:
        return
    try:
        finish_face_check(task_id=task_id, passed=outcome.decision == Decision.PASS, actor=OPERATOR)
    except NotFound:
        pass


@app.task(name="sandbox.review_certification", retry=5)
def review_certification(*, procedure_id: str) -> None:
    """Let a certification under review pass, send it back, or fail it."""
    procedure = certifications.procedure(procedure_id)
    outcome = _of_app(procedure.appid, Stage.CERTIFICATION)
    try:
        if outcome.decision == Decision.REFUSE:
            certification.fail(procedure=procedure, reason=outcome.reason, actor=OPERATOR)
        elif outcome.decision == Decision.RETURN and not (outcome.once and _was_sent_back(procedure)):
            certification.refill(procedure=procedure, reason=outcome.reason, actor=OPERATOR)
        else:
            certification.pass_review(procedure=procedure, actor=OPERATOR)
    except CertificationConflict:
        pass


@app.task(name="sandbox.audit_version", retry=5)
def audit_version(*, audit_id: int) -> None:
    """Pass or reject a version under audit, or leave it to people."""
    outcome = _of_app(audits.audit(audit_id).appid, Stage.AUDIT)
    try:
        if outcome.decision == Decision.REFUSE:
            versions.reject_audit(audit_id=audit_id, reason=outcome.reason, actor=OPERATOR)
        elif outcome.decision == Decision.PASS:
            versions.pass_audit(audit_id=audit_id, actor=OPERATOR)
    except VersionRefused:
        pass


def _of_app(appid: str, stage: Stage) -> Program:
    try:
        return outcome_of(shelf.account(appid).organizer_name, stage)
    except NotInCatalogue:
        return PASSES


def _was_sent_back(procedure: Procedure) -> bool:
    return events_of(procedure.subject).filter(tag="certification:refill").exists()
