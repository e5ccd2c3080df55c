"""What each answer of the administration does to the order it is about.

Every effect is guarded by the state of the order, the upload and the challenge, so an answer that comes again, in
whatever file, does nothing more.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import singledispatch

from django.db.models import Q

from openbeian.authority.models import OUTSTANDING, Challenge, ChallengeState, Upload, UploadState
from openbeian.authority.verbs import lanes
from openbeian.authority.verbs.assignments import reopen_assignment
from openbeian.filings import decide
from openbeian.filings.models import Order
from openbeian.filings.transitions import transition_and_announce
from openbeian.ledger.verbs import record
from openbeian.regime import filing_number
from openbeian.regime.code_tables import Reaction, is_unknown, provinces, result_code
from openbeian.regime.facts import Approval
from openbeian.regime.filing_number import FilingNumber, FilingNumberError, ServiceKind, in_one_form
from openbeian.regime.lifecycle import FINAL_STATES, SMS_WINDOW, VERIFIED_PRINCIPALS, Action, OrderKind, State
from openbeian.register.queries import held
from openbeian.v3 import codec
from openbeian.v3.codec.operations import Operation

#: A lane on which nothing is outstanding is asked this often, for what the province sends unasked.
IDLE_POLL = timedelta(hours=1)
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


class Impossible(Exception):
    """An answer that must not take effect, such as a number that is none. The text holds no data of the record."""


@singledispatch
def take_effect(entry: codec.Record, province: str, at: datetime) -> None:
    """Apply one answer; a record that is no answer has no effect.

    Raises :class:`NoMatch`, :class:`Impossible`, or Conflict when the order has moved on.
    """


def key_of(entry: codec.Record) -> str:
    """The key by which an answer names its record."""
    if isinstance(entry, codec.FiledRecord):
        return entry.order_id or entry.province_subject_id
    return getattr(entry, "key", "")


def _uploads(province: str, operation: int | None, key: str) -> list[Upload]:
    """Orders' uploads of the record ``key``, latest first. Raises :class:`NoMatch` if there is none."""
    uploads = Upload.objects.filter(
        province=province, record_key=key or "-", order__isnull=False).order_by("-sequence")
    if operation is not None:
        uploads = uploads.filter(operation=operation)
    if not (found := list(uploads)):
        raise NoMatch("unknown_record")
    return found


def _order_id(upload: Upload) -> int:
    assert upload.order_id is not None, "an answer to a task is settled before"
    return upload.order_id


def _order(upload: Upload) -> Order:
    return Order.objects.get(pk=_order_id(upload))


# Processing results


@take_effect.register
def _processing_result(result: codec.ProcessingResult, province: str, at: datetime) -> None:
    if result.decision is not None:
        return _decision(result.decision, province, at)
    uploads = _uploads_of_result(result, province)
    waiting = [upload for upload in uploads if _may_have_arrived(upload)]
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


def _may_have_arrived(upload: Upload) -> bool:
    """Whether the upload waits for its processing result; one whose sending never began does not."""
    return upload.state == UploadState.DELIVERED or (upload.state == UploadState.PREPARED and upload.attempts > 0)


def _uploads_of_result(result: codec.ProcessingResult, province: str) -> list[Upload]:
    if result.enterprise_id:  # our own id of the record, where Bs alone does not say it
        return _uploads(province, result.operation, result.enterprise_id)
    if result.key and (answers := _answers_to_tasks(result, province, record_key=result.key)):
        return answers
    if result.key:
        try:
            return _uploads(province, result.operation, result.key)
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
    found = list(waiting.filter(Q(**{number: in_one_form(result.key)}) | Q(**{province_id: result.key})))
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
    if waiting := [upload for upload in answers.filter(state__in=OUTSTANDING) if _may_have_arrived(upload)]:
        return sorted(waiting, key=lambda upload: bool(upload.record_key))
    repeated = answers.filter(message_code=result.errors[0].code if result.errors else 0).exclude(state__in=OUTSTANDING)
    return list(repeated.order_by("-sequence")[:1])


def _accept_for_processing(upload: Upload, at: datetime) -> None:
    """The province works on it: its principals now have 24 hours to answer the ministry's SMS."""
    _settle(upload, UploadState.ACCEPTED, 0, at)
    order = transition_and_announce(_order_id(upload), Action.UPLOADED, actor=lanes.actor(upload.province), at=at)
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
        _order_id(upload), Action.DATA_ERROR, findings=findings, source="authority", actor=lanes.actor(upload.province), at=at)
    ours = sorted({line.code for line in result.errors if result_code(line.code).reaction == Reaction.OPERATOR})
    if ours:  # a fault of the platform, not of the organizer
        record(tag="lane:alarm", actor=lanes.actor(upload.province), subject=f"lane:{upload.province}", at=at,
               data={"codes": ours, "order": upload.order_id})


def _settle(upload: Upload, state: UploadState, code: int, at: datetime) -> None:
    upload.state, upload.message_code = state, code
    upload.delivered_at = upload.delivered_at or at  # answered, so it had arrived
    upload.save(update_fields=["state", "message_code", "delivered_at"])


# SMS verification


@take_effect.register
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
    late = challenge.state == ChallengeState.LAPSED and report.result == ChallengeState.VERIFIED
    if challenge.state != ChallengeState.PENDING and not late:
        raise NoMatch(f"challenge_{challenge.state}", upload.order_id)
    _answer(challenge, ChallengeState(report.result), province, at)
    order = _order(upload)
    if report.result != ChallengeState.VERIFIED:
        if order.state == State.SMS_PENDING:
            transition_and_announce(order, Action.LAPSED, actor=lanes.actor(province), at=at)
    elif not _awaits_verification(order, upload):
        raise NoMatch(f"order_{order.state}", order.pk)
    elif not upload.challenges.exclude(state=ChallengeState.VERIFIED).exists():
        transition_and_announce(order, Action.VERIFIED, actor=lanes.actor(province), at=at)


def _awaits_verification(order: Order, upload: Upload) -> bool:
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


# Decisions


@take_effect.register
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
        record(tag="authority:passed", actor=lanes.actor(province), subject=order.subject, at=at)
    else:
        decide.send_back(
            order, Action.REFUSE, findings=codec.opinion(decision), source="authority", actor=lanes.actor(province), at=at)
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
    if _awaits_verification(order, upload):
        for challenge in upload.challenges.select_for_update().exclude(state=ChallengeState.VERIFIED):
            _answer(challenge, ChallengeState.VERIFIED, upload.province, at)
        order = transition_and_announce(order, Action.VERIFIED, actor=lanes.actor(upload.province), at=at)
    return order


# Records filed and cancelled


@take_effect.register
def _filed(filed: codec.FiledRecord, province: str, at: datetime) -> None:
    for upload, service in _uploads_of_record(filed, province):
        _filed_service(filed, service, upload, province, at)


def _filed_service(
    filed: codec.FiledRecord, service: codec.FiledService, upload: Upload, province: str, at: datetime
) -> None:
    order = _order(upload)
    if service.appid and service.appid != order.appid:
        raise Impossible("the record is about another mini program")
    number = _service_number(service.number, filed.subject_number, province)
    if order.state == State.FILED:
        if order.service_number != str(number):
            raise NoMatch("another_number", order.pk)
        return
    if upload.operation == Operation.CHANGE and order.service_number not in ("", str(number)):
        raise Impossible("a change does not change the number")
    order = _bring_to_review(upload, at)
    approval = Approval(
        subject_number=str(number.subject), service_number=str(number),
        province_subject_id=filed.province_subject_id, province_service_id=service.province_service_id,
        province_access_id=service.province_access_id or order.province_access_id,
        decided_at=min(_decided_at(filed, service, upload) or at, at))
    decide.accept(order, approval=approval, actor=lanes.actor(province), at=at)
    if upload.decision != "passed":
        upload.decision = "passed"
        upload.save(update_fields=["decision"])


def _uploads_of_record(filed: codec.FiledRecord, province: str) -> list[tuple[Upload, codec.FiledService]]:
    """The uploads that a filed record answers, each with the service of the record that it is about.

    An enterprise id of ours in the record names a first filing, a new service or a new access. A change is known by
    the province's ids, and only once it was decided: the same record as before may come at any time. Of each order
    still under way the latest is meant; if there is none, the first one. Raises :class:`NoMatch`.
    """
    found = [*_by_our_ids(filed, province), *_by_their_ids(filed, province)]
    if not found:
        raise NoMatch("unknown_record")
    open_ones = [pair for pair in found if _order(pair[0]).state not in FINAL_STATES]
    latest = {pair[0].order_id: pair for pair in sorted(open_ones, key=lambda pair: pair[0].sequence)}
    return list(latest.values()) or found[:1]


def _by_our_ids(filed: codec.FiledRecord, province: str) -> Iterator[tuple[Upload, codec.FiledService]]:
    for service in filed.services:
        for operation, key in (
            (Operation.NEW_FILING, service.order_id if service.order_id == filed.order_id else ""),
            (Operation.NEW_SERVICE, service.order_id),
            (Operation.NEW_ACCESS, service.access_order_id),
        ):
            uploads = Upload.objects.filter(province=province, operation=operation, record_key=key or "-")
            if (upload := uploads.order_by("-sequence").first()) is not None:
                yield upload, service


def _by_their_ids(filed: codec.FiledRecord, province: str) -> Iterator[tuple[Upload, codec.FiledService]]:
    """Changes by the subject's id. What is told again of one that is through is about that one, and not the next."""
    changes = Upload.objects.filter(
        province=province, operation=Operation.CHANGE, record_key=filed.province_subject_id, order__isnull=False)
    latest = changes.order_by("order_id", "-sequence").distinct("order_id").select_related("order")
    for change in sorted(latest, key=lambda upload: upload.sequence, reverse=True):
        assert change.order is not None
        for service in filed.services:
            if service.province_service_id == change.order.province_service_id:
                if change.decision == "passed" or _decided_at(filed, service, change) is not None:
                    yield change, service


def _decided_at(filed: codec.FiledRecord, service: codec.FiledService, upload: Upload) -> datetime | None:
    """When the province decided about ``upload``, by a record on file; None if the record was on file before.

    A record tells when its subject and its service were reviewed last, and only the one that was asked about has a
    new date. A new access has none of its own, however lately its service was reviewed.
    """
    if upload.operation == Operation.NEW_ACCESS:
        return None
    dates = [at for at in (filed.subject.reviewed_at, service.reviewed_at) if at is not None]
    return max((at for at in dates if at >= upload.created_at - CLOCK_TOLERANCE), default=None)


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


_ID_OF_CATEGORY = {0: "province_subject_id", 1: "province_service_id", 2: "province_access_id"}
CANCELLATION_OF = {0: Operation.CANCEL_SUBJECT, 1: Operation.CANCEL_SERVICE, 2: Operation.CANCEL_ACCESS}


@take_effect.register
def _cancelled(cancelled: codec.CancelledRecord, province: str, at: datetime) -> None:
    operation = CANCELLATION_OF.get(cancelled.category)
    if operation is None:
        raise Impossible("the record names no kind of cancellation")
    uploads = list(Upload.objects.filter(
        province=province, operation=operation, record_key=cancelled.key).order_by("-sequence"))
    if any(_order(upload).state == State.CANCELLED for upload in uploads):
        return None
    asked = [upload for upload in uploads[:1] if _is_with_the_authority(upload)]
    if not asked:  # not at our request, or not any more
        return _cancelled_by_administration(cancelled, province)
    order = _bring_to_review(asked[0], at)
    decide.accept(order, approval=None, actor=lanes.actor(province), at=at)
    return None


def _is_with_the_authority(upload: Upload) -> bool:
    order = _order(upload)
    if order.state == State.HANDOVER:
        return _may_have_arrived(upload)
    return order.state == State.AUTHORITY_REVIEW or _awaits_verification(order, upload)


def _cancelled_by_administration(cancelled: codec.CancelledRecord, province: str) -> None:
    """Nobody asked us for it. A person decides whether our register follows, unless nothing is in force any more."""
    known = [one for one in held(province=province, key=cancelled.key)
             if getattr(one, _ID_OF_CATEGORY[cancelled.category]) == cancelled.key]
    if any(one.cancelled_at is None and (one.through_us or cancelled.category != 2) for one in known):
        raise NoMatch("cancelled_by_administration", category=cancelled.category)
    if not known:
        raise NoMatch("unknown_record")
    # A subject's cancellation may name each of its services too, which ended with it.
