"""What processing results and SMS reports do to the order they are about: all up to the administration's review.

Every effect is guarded by the state of the order, the upload and the challenge, so an answer that comes again, in
whatever file, does nothing more.
"""

from datetime import datetime, timedelta

from django.db.models import Q

from openbeian.authority.models import OUTSTANDING, Challenge, ChallengeState, Upload, UploadState
from openbeian.authority.verbs import lanes
from openbeian.authority.verbs.assignments import reopen_assignment
from openbeian.filings import decide
from openbeian.filings.models import Order
from openbeian.filings.transitions import transition_and_announce
from openbeian.ledger.verbs import record
from openbeian.regime.code_tables import Reaction, is_unknown, result_code
from openbeian.regime.lifecycle import SMS_WINDOW, VERIFIED_PRINCIPALS, Action, OrderKind, State
from openbeian.regime.spelling import filing_number
from openbeian.v3 import codec
from openbeian.v3.codec.operations import Operation

#: How far a province's clock may be behind ours before its report is taken for one about an earlier upload.
CLOCK_TOLERANCE = timedelta(minutes=10)


class NoMatch(Exception):
    """An answer that fits no order, or one that is past it; ``reason`` is a short code.

    ``category`` (Zxlb) is set for a cancellation that a person may have our register follow.
    """

    def __init__(self, reason: str, order_id: int | None = None, *, category: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.order_id = order_id
        self.category = category


def uploads_of(province: str, operation: int | None, key: str) -> list[Upload]:
    """Orders' uploads of the record ``key``, latest first. Raises :class:`NoMatch` if there is none."""
    uploads = Upload.objects.filter(
        province=province, record_key=key or "-", order__isnull=False).order_by("-sequence")
    if operation is not None:
        uploads = uploads.filter(operation=operation)
    if not (found := list(uploads)):
        raise NoMatch("unknown_record")
    return found


def order_of(upload: Upload) -> Order:
    """The order of an upload as it is now."""
    return Order.objects.get(uploads=upload)


# Processing results


def apply_processing_result(result: codec.ProcessingResult, province: str, at: datetime) -> None:
    """The province's system takes an uploaded record, or refuses it: the order goes on, or back to its organizer.

    Raises :class:`NoMatch`, or Conflict when the order has moved on.
    """
    uploads = _uploads_of_result(result, province)
    waiting = [upload for upload in uploads if may_have_arrived(upload)]
    if not waiting:
        return None
    if result.errors and all(is_unknown(line.code) for line in result.errors):
        # Nobody can say whether the province works on it. The order stays where it is, for a person to ask.
        raise NoMatch(f"unknown_code_{result.errors[0].code}", waiting[0].order_id)
    if waiting[0].order_id is None:
        return _answered(waiting[0], result, at)
    if any(map(_has_the_record, result.errors)):
        raise NoMatch("already_reported", waiting[0].order_id)
    if result.errors:
        return _refuse_data(waiting[0], result, at)
    return _accept_for_processing(waiting[0], at)


def _has_the_record(line: codec.ResultLine) -> bool:
    """Whether a code says that the province works on the record already, sent before: its result is still to come."""
    return result_code(line.code).reaction == Reaction.WAIT


def may_have_arrived(upload: Upload) -> bool:
    """Whether the upload waits for its processing result; one whose sending never began does not."""
    return upload.state == UploadState.DELIVERED or (upload.state == UploadState.PREPARED and upload.attempts > 0)


def _uploads_of_result(result: codec.ProcessingResult, province: str) -> list[Upload]:
    if result.enterprise_id:  # our own id of the record, where Bs alone does not say it
        return uploads_of(province, result.operation, result.enterprise_id)
    if result.key and (answers := _answers_to_tasks(result, province, record_key=result.key)):
        return answers
    if result.key:
        try:
            return uploads_of(province, result.operation, result.key)
        except NoMatch:
            return _waiting_for(result, province)
    # A file that could not be read has no key; the answer begins with its name.
    for upload in Upload.objects.filter(province=province, state__in=OUTSTANDING):
        if any(upload.entry_name in line.text for line in result.lines):
            return [upload]
    if answers := _answers_to_tasks(result, province):
        return answers
    raise NoMatch("unknown_file")


#: What Bs may name instead of our id, in columns of the order: number and the province's id.
_NAMED_BY = {
    Operation.NEW_SERVICE: ("order__subject_number", "order__province_subject_id"),
    Operation.NEW_ACCESS: ("order__service_number", "order__province_service_id"),
}


def _waiting_for(result: codec.ProcessingResult, province: str) -> list[Upload]:
    """A province may name a new service (新增服务) by its subject alone, a new access (新增接入) by its service.

    That is enough if only one waits.
    """
    if result.operation not in _NAMED_BY:
        raise NoMatch("unknown_record")
    number, province_id = _NAMED_BY[Operation(result.operation)]
    waiting = Upload.objects.filter(province=province, operation=result.operation, state__in=OUTSTANDING)
    found = list(waiting.filter(Q(**{number: filing_number(result.key)}) | Q(**{province_id: result.key})))
    if len(found) > 1:
        raise NoMatch("several_orders")
    if not found:
        raise NoMatch("unknown_record")
    return found


def _answers_to_tasks(result: codec.ProcessingResult, province: str, **key: str) -> list[Upload]:
    """The answers to tasks (HSJG, WBACLJG) that a result without Czlx may be about, most likely first.

    That of a verification is named by the subject's id, if at all; others come in the order of the uploads. A result
    without a key is rather about an answer without one: that of a verification may still come with its key. Where none
    waits, the latest one with just this result: it is repeated.
    """
    if result.operation is not None:
        return []
    answers = Upload.objects.filter(province=province, order=None, **key).order_by("sequence")
    if waiting := [upload for upload in answers.filter(state__in=OUTSTANDING) if may_have_arrived(upload)]:
        return sorted(waiting, key=lambda upload: bool(upload.record_key))
    repeated = answers.filter(message_code=result.errors[0].code if result.errors else 0).exclude(state__in=OUTSTANDING)
    return list(repeated.order_by("-sequence")[:1])


def _accept_for_processing(upload: Upload, at: datetime) -> None:
    """The province works on it: its principals now have 24 hours to answer the ministry's SMS."""
    _settle(upload, UploadState.ACCEPTED, 0, at)
    order = transition_and_announce(order_of(upload), Action.UPLOADED, actor=lanes.actor(upload.province), at=at)
    principals = VERIFIED_PRINCIPALS[OrderKind(order.kind)]
    Challenge.objects.bulk_create(
        Challenge(order=order, upload=upload, principal=principal, due_at=at + SMS_WINDOW, at=at)
        for principal in principals)
    if not principals:
        transition_and_announce(order, Action.VERIFIED, actor=lanes.actor(upload.province), at=at)


def _answered(upload: Upload, result: codec.ProcessingResult, at: datetime) -> None:
    """The answer to a task arrived. One that was not taken opens the task again."""
    errors = [line for line in result.errors if not _has_the_record(line)]
    _settle(upload, UploadState.REFUSED if errors else UploadState.ACCEPTED, errors[0].code if errors else 0, at)
    if errors and upload.assignment_id is not None:
        reopen_assignment(assignment_id=upload.assignment_id, actor=lanes.actor(upload.province), at=at,
                          code=errors[0].code)


def _refuse_data(upload: Upload, result: codec.ProcessingResult, at: datetime) -> None:
    _settle(upload, UploadState.REFUSED, result.errors[0].code, at)
    findings = codec.data_errors(result.errors)
    decide.send_back(
        order_of(upload), Action.DATA_ERROR, findings=findings, source="authority", actor=lanes.actor(upload.province), at=at)
    ours = sorted({line.code for line in result.errors if result_code(line.code).reaction == Reaction.OPERATOR})
    if ours:  # a fault of the platform, not of the organizer
        record(tag="lane:alarm", actor=lanes.actor(upload.province), subject=f"lane:{upload.province}", at=at,
               data={"codes": ours, "order": upload.order_id})


def _settle(upload: Upload, state: UploadState, code: int, at: datetime) -> None:
    upload.state, upload.message_code = state, code
    upload.delivered_at = upload.delivered_at or at  # answered, so it had arrived
    upload.save(update_fields=["state", "message_code", "delivered_at"])


# SMS verification


def apply_sms_report(report: codec.SmsReport, province: str, at: datetime) -> None:
    """One principal has verified by SMS, or has not: the last to verify brings the order to review.

    Raises :class:`NoMatch`, or Conflict when the order has moved on.
    """
    upload = uploads_of(province, report.operation, report.key)[0]
    if report.at < upload.created_at - CLOCK_TOLERANCE:
        return  # about an earlier upload of the same record
    if may_have_arrived(upload):
        _accept_for_processing(upload, at)  # the report says as much
    challenge = Challenge.objects.select_for_update().filter(upload=upload, principal=report.principal).first()
    if challenge is None:
        raise NoMatch("no_challenge", upload.order_id)
    if challenge.state == report.result:
        return
    late = challenge.state == ChallengeState.LAPSED and report.result == ChallengeState.VERIFIED
    if challenge.state != ChallengeState.PENDING and not late:
        raise NoMatch(f"challenge_{challenge.state}", upload.order_id)
    _answer(challenge, ChallengeState(report.result), province, at)
    order = order_of(upload)
    if report.result != ChallengeState.VERIFIED:
        if order.state == State.SMS_PENDING:
            transition_and_announce(order, Action.LAPSED, actor=lanes.actor(province), at=at)
    elif not awaits_verification(order, upload):
        raise NoMatch(f"order_{order.state}", order.pk)
    elif not upload.challenges.exclude(state=ChallengeState.VERIFIED).exists():
        transition_and_announce(order, Action.VERIFIED, actor=lanes.actor(province), at=at)


def awaits_verification(order: Order, upload: Upload) -> bool:
    """Whether the principals' verification would bring the order on: also one that our clock let lapse.

    The ministry's clock counts, and what it says may be long in coming. After a sixth wrong code the request is closed.
    """
    closed = upload.challenges.filter(state=ChallengeState.REFUSED).exists()
    return order.state == State.SMS_PENDING or (order.state == State.SMS_LAPSED and not closed)


def _answer(challenge: Challenge, state: ChallengeState, province: str, at: datetime) -> None:
    challenge.state, challenge.at = state, at
    challenge.save(update_fields=["state", "at"])
    record(tag=f"authority:sms_{state}", actor=lanes.actor(province), subject=f"order:{challenge.order_id}", at=at,
           data={"principal": challenge.principal})


def bring_to_review(upload: Upload, at: datetime) -> Order:
    """Make up for reports that a province does not send.

    V3.0 has no word for SMS verification, and a province decides only when it has accepted the file and all
    principals have verified. So its decision says both.
    """
    if may_have_arrived(upload):
        _accept_for_processing(upload, at)
    order = order_of(upload)
    if awaits_verification(order, upload):
        for challenge in upload.challenges.select_for_update().exclude(state=ChallengeState.VERIFIED):
            _answer(challenge, ChallengeState.VERIFIED, upload.province, at)
        order = transition_and_announce(order, Action.VERIFIED, actor=lanes.actor(upload.province), at=at)
    return order
