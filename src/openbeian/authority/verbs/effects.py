"""What each answer of the administration does to the order it is about.

Every effect is guarded by the state of the order, the upload and the challenge, so an answer that comes again, in
whatever file, does nothing more.
"""

from datetime import datetime, time, timedelta

from openbeian.authority import codec
from openbeian.authority.codec.operations import Operation
from openbeian.authority.models import OUTSTANDING, Challenge, ChallengeState, Upload, UploadState
from openbeian.authority.verbs.lanes import actor
from openbeian.filings.models import Order
from openbeian.filings.moves import move
from openbeian.filings.verbs import keep_findings
from openbeian.ledger.verbs import record
from openbeian.regime import filing_number
from openbeian.regime.code_tables import Reaction, provinces, result_code
from openbeian.regime.facts import Approval
from openbeian.regime.filing_number import FilingNumber, FilingNumberError, ServiceKind
from openbeian.regime.lifecycle import SMS_WINDOW, VERIFIED_PRINCIPALS, Action, OrderKind, State

#: A lane on which nothing is outstanding is asked this often, for what the province sends unasked.
IDLE_POLL = timedelta(hours=1)
#: How far a province's clock may be behind ours before its report is taken for one about an earlier upload.
CLOCK_TOLERANCE = timedelta(minutes=10)
CANCELLED_A_SERVICE = 1


class NoMatch(Exception):
    """An answer that fits no order, or one that is past it; ``reason`` is a short code."""

    def __init__(self, reason: str, order_id: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.order_id = order_id


class Impossible(Exception):
    """An answer that must not take effect, such as a number that is none. The text holds no data of the record."""


def take_effect(entry: codec.Record, *, province: str, at: datetime) -> None:
    """Apply one answer. Raises :class:`NoMatch`, :class:`Impossible`, or Conflict when the order has moved on."""
    match entry:
        case codec.ProcessingResult():
            _processing_result(entry, province, at)
        case codec.SmsReport():
            _sms_report(entry, province, at)
        case codec.Decision():
            _decision(entry, province, at)
        case codec.FiledRecord():
            _filed(entry, province, at)
        case codec.CancelledRecord():
            _cancelled(entry, province, at)


def key_of(entry: codec.Record) -> str:
    """The key by which an answer names its record."""
    return entry.order_id if isinstance(entry, codec.FiledRecord) else entry.key


def _uploads(province: str, operation: int | None, key: str) -> list[Upload]:
    """Uploads of the record ``key``, latest first. Raises :class:`NoMatch` if there is none."""
    uploads = Upload.objects.filter(province=province, record_key=key or "-").order_by("-sequence")
    if operation is not None:
        uploads = uploads.filter(operation=operation)
    if not (found := list(uploads)):
        raise NoMatch("unknown_record")
    return found


def _order(upload: Upload) -> Order:
    return Order.objects.get(pk=upload.order_id)


# Processing results


def _processing_result(result: codec.ProcessingResult, province: str, at: datetime) -> None:
    if result.decision is not None:
        return _decision(result.decision, province, at)
    uploads = _uploads_of_result(result, province)
    waiting = [upload for upload in uploads if _may_have_arrived(upload)]
    if not waiting:
        return None
    if result.errors:
        return _refuse_data(waiting[0], result, at)
    return _accept_for_processing(waiting[0], at)


def _may_have_arrived(upload: Upload) -> bool:
    """Whether the upload waits for its processing result; one whose sending never began does not."""
    return upload.state == UploadState.DELIVERED or (upload.state == UploadState.PREPARED and upload.attempts > 0)


def _uploads_of_result(result: codec.ProcessingResult, province: str) -> list[Upload]:
    if result.key:
        return _uploads(province, result.operation, result.key)
    # A file that could not be read has no key; the answer begins with its name.
    for upload in Upload.objects.filter(province=province, state__in=OUTSTANDING):
        if any(upload.entry_name in line.text for line in result.lines):
            return [upload]
    raise NoMatch("unknown_file")


def _accept_for_processing(upload: Upload, at: datetime) -> None:
    """The province works on it: its principals now have 24 hours to answer the ministry's SMS."""
    _settle(upload, UploadState.ACCEPTED, 0, at)
    order = move(order_id=upload.order_id, action=Action.UPLOADED, actor=actor(upload.province), at=at)
    principals = VERIFIED_PRINCIPALS[OrderKind(order.kind)]
    Challenge.objects.bulk_create(
        Challenge(order=order, upload=upload, principal=principal, due_at=at + SMS_WINDOW, at=at)
        for principal in principals)
    if not principals:
        move(order_id=order.pk, action=Action.VERIFIED, actor=actor(upload.province), at=at)


def _refuse_data(upload: Upload, result: codec.ProcessingResult, at: datetime) -> None:
    _settle(upload, UploadState.REFUSED, result.errors[0].code, at)
    findings = codec.data_errors(result.errors)
    order = move(order_id=upload.order_id, action=Action.DATA_ERROR, actor=actor(upload.province), at=at,
                 outcome=findings)
    keep_findings(order=order, source="authority", findings=findings, at=at)
    ours = sorted({line.code for line in result.errors if result_code(line.code).reaction == Reaction.OPERATOR})
    if ours:  # a fault of the platform, not of the organizer
        record(tag="lane:alarm", actor=actor(upload.province), subject=f"lane:{upload.province}", at=at,
               data={"codes": ours, "order": upload.order_id})


def _settle(upload: Upload, state: UploadState, code: int, at: datetime) -> None:
    upload.state, upload.message_code = state, code
    upload.delivered_at = upload.delivered_at or at  # answered, so it had arrived
    upload.save(update_fields=["state", "message_code", "delivered_at"])


# SMS verification


def _sms_report(report: codec.SmsReport, province: str, at: datetime) -> None:
    upload = _uploads(province, report.operation, report.key)[0]
    if report.at < upload.created_at - CLOCK_TOLERANCE:
        return  # about an earlier upload of the same record
    if _may_have_arrived(upload):
        _accept_for_processing(upload, at)  # the report says as much
    challenge = Challenge.objects.select_for_update().filter(upload=upload, principal=report.principal).first()
    if challenge is None:
        raise NoMatch("no_challenge", upload.order_id)
    if challenge.state == report.result:
        return
    if challenge.state != ChallengeState.PENDING:
        raise NoMatch(f"challenge_{challenge.state}", upload.order_id)
    _answer(challenge, ChallengeState(report.result), province, at)
    order = _order(upload)
    if order.state != State.SMS_PENDING:
        if report.result == ChallengeState.VERIFIED:
            raise NoMatch(f"order_{order.state}", order.pk)
        return
    if report.result != ChallengeState.VERIFIED:
        move(order_id=order.pk, action=Action.LAPSED, actor=actor(province), at=at)
    elif not upload.challenges.exclude(state=ChallengeState.VERIFIED).exists():
        move(order_id=order.pk, action=Action.VERIFIED, actor=actor(province), at=at)


def _answer(challenge: Challenge, state: ChallengeState, province: str, at: datetime) -> None:
    challenge.state, challenge.at = state, at
    challenge.save(update_fields=["state", "at"])
    record(tag=f"authority:sms_{state}", actor=actor(province), subject=f"order:{challenge.order_id}", at=at,
           data={"principal": challenge.principal})


# Decisions


def _decision(decision: codec.Decision, province: str, at: datetime) -> None:
    upload = _uploads(province, decision.operation, decision.key)[0]
    word = "passed" if decision.passed else "refused"
    if upload.decision == word or _is_stale(decision, upload):
        return
    order = _bring_to_review(upload, at)
    if decision.passed:
        if order.state not in (State.AUTHORITY_REVIEW, State.FILED, State.CANCELLED):
            raise NoMatch(f"order_{order.state}", order.pk)
        # The numbers come in a file of their own; until then the order stays in review.
        record(tag="authority:passed", actor=actor(province), subject=order.subject, at=at)
    else:
        findings = codec.opinion(decision)
        order = move(order_id=order.pk, action=Action.REFUSE, actor=actor(province), at=at, outcome=findings)
        keep_findings(order=order, source="authority", findings=findings, at=at)
    upload.decision = word
    upload.save(update_fields=["decision"])


def _is_stale(decision: codec.Decision, upload: Upload) -> bool:
    """Whether a decision was made before the upload, so is about an earlier one. A day alone counts to its end."""
    if (at := decision.decided_at) is None:
        return False
    if at.time() == time.min:
        at += timedelta(days=1)
    return at < upload.created_at - CLOCK_TOLERANCE


def _bring_to_review(upload: Upload, at: datetime) -> Order:
    """Make up for reports that a province does not send.

    V3.0 has no word for SMS verification, and a province decides only when it has accepted the file and all
    principals have verified. So its decision says both.
    """
    if _may_have_arrived(upload):
        _accept_for_processing(upload, at)
    order = _order(upload)
    if order.state == State.SMS_PENDING:
        for challenge in upload.challenges.select_for_update().filter(state=ChallengeState.PENDING):
            _answer(challenge, ChallengeState.VERIFIED, upload.province, at)
        order = move(order_id=order.pk, action=Action.VERIFIED, actor=actor(upload.province), at=at)
    return order


# Records filed and cancelled


def _filed(filed: codec.FiledRecord, province: str, at: datetime) -> None:
    upload = _uploads(province, Operation.NEW_FILING, filed.order_id)[0]
    order = _order(upload)
    service = next((s for s in filed.services if s.order_id == filed.order_id), None)
    if service is None:
        raise Impossible("the record names no service of this order")
    if service.appid and service.appid != order.appid:
        raise Impossible("the record is about another mini program")
    number = _service_number(service.number, filed.subject_number, province)
    if order.state == State.FILED:
        if order.service_number != str(number):
            raise NoMatch("another_number", order.pk)
        return
    order = _bring_to_review(upload, at)
    decided_at = min(filed.decided_at or at, at)
    move(
        order_id=order.pk, action=Action.ACCEPT, actor=actor(province), at=at,
        outcome=Approval(
            subject_number=str(number.subject), service_number=str(number),
            province_subject_id=filed.province_subject_id, province_service_id=service.province_service_id,
            decided_at=decided_at),
        subject_number=str(number.subject), service_number=str(number),
        province_subject_id=filed.province_subject_id, province_service_id=service.province_service_id,
    )
    if upload.decision != "passed":
        upload.decision = "passed"
        upload.save(update_fields=["decision"])


def _service_number(text: str, subject_text: str, province: str) -> FilingNumber:
    """The number as issued. Raises :class:`Impossible` for one that is none, or not of this subject or province."""
    try:
        number = filing_number.parse(text)
        subject = filing_number.parse(subject_text) if subject_text else number.subject
    except FilingNumberError as error:
        raise Impossible(f"the filing number is malformed ({error.code})") from None
    if number.kind != ServiceKind.MINI_PROGRAM:
        raise Impossible("the filing number is not one of a mini program")
    if subject != number.subject:
        raise Impossible("the service number does not belong to the subject number")
    if province not in provinces() or number.province_short != provinces()[province].short:
        raise Impossible("the filing number is one of another province")
    return number


def _cancelled(cancelled: codec.CancelledRecord, province: str, at: datetime) -> None:
    if cancelled.category != CANCELLED_A_SERVICE:
        raise NoMatch("not_a_service")
    upload = _uploads(province, Operation.CANCEL_SERVICE, cancelled.key)[0]
    if _order(upload).state == State.CANCELLED:
        return
    order = _bring_to_review(upload, at)
    move(order_id=order.pk, action=Action.ACCEPT, actor=actor(province), at=at)
