"""What decisions of the administration, and the records it has filed or cancelled, do to the order they are about.

Every effect is guarded by the state of the order and the upload, so an answer that comes again, in whatever file,
does nothing more.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from openbeian.authority.models import Upload
from openbeian.authority.verbs import lanes
from openbeian.authority.verbs.processing import (
    CLOCK_TOLERANCE,
    NoMatch,
    awaits_verification,
    bring_to_review,
    may_have_arrived,
    order_of,
    uploads_of,
)
from openbeian.filings import decide
from openbeian.ledger.verbs import record
from openbeian.regime import filing_number
from openbeian.regime.code_tables import provinces
from openbeian.regime.facts import Approval
from openbeian.regime.filing_number import FilingNumber, FilingNumberError, ServiceKind
from openbeian.regime.lifecycle import FINAL_STATES, Action, State
from openbeian.register.queries import held
from openbeian.v3 import codec
from openbeian.v3.codec.operations import Operation


class Impossible(Exception):
    """An answer that must not take effect, such as a number that is none. The text holds no data of the record."""


# Decisions


def apply_decision(decision: codec.Decision, province: str, at: datetime) -> None:
    """Note a pass, whose numbers come in a record of their own; a refusal goes back to the organizer.

    Raises :class:`NoMatch`, or Conflict when the order has moved on.
    """
    upload = uploads_of(province, decision.operation, decision.key)[0]
    word = "passed" if decision.passed else "refused"
    if upload.decision == word or _is_stale(decision, upload):
        return
    order = bring_to_review(upload, at)
    if decision.passed:
        if order.state not in (State.AUTHORITY_REVIEW, State.FILED, State.CANCELLED):
            raise NoMatch(f"order_{order.state}", order.pk)
        # The numbers come in a file of their own; until then the order stays in review.
        record(tag="authority:passed", actor=lanes.actor(province), subject=order.subject, at=at)
    else:
        decide.send_back(
            order, Action.REFUSE, findings=codec.opinion(decision), source="authority", actor=lanes.actor(province), at=at)
    _note(upload, word)


def _note(upload: Upload, decision: str) -> None:
    upload.decision = decision
    upload.save(update_fields=["decision"])


def _is_stale(decision: codec.Decision, upload: Upload) -> bool:
    """Whether a decision was made before the upload, so is about an earlier one. A day alone counts to its end."""
    if (at := decision.decided_at) is None:
        return False
    if at.time() == time.min:
        at += timedelta(days=1)
    return at < upload.created_at - CLOCK_TOLERANCE


# Records filed and cancelled


def apply_filed(filed: codec.FiledRecord, province: str, at: datetime) -> None:
    """Accept the orders that a record on file answers, with its numbers.

    Raises :class:`NoMatch`, :class:`Impossible`, or Conflict when the order has moved on.
    """
    for upload, service in _uploads_of_record(filed, province):
        _filed_service(filed, service, upload, province, at)


def _filed_service(
    filed: codec.FiledRecord, service: codec.FiledService, upload: Upload, province: str, at: datetime
) -> None:
    order = order_of(upload)
    if service.appid and service.appid != order.appid:
        raise Impossible("the record is about another mini program")
    number = _service_number(service.number, filed.subject_number, province)
    if order.state == State.FILED:
        if order.service_number != str(number):
            raise NoMatch("another_number", order.pk)
        return
    if upload.operation == Operation.CHANGE and order.service_number not in ("", str(number)):
        raise Impossible("a change does not change the number")
    order = bring_to_review(upload, at)
    approval = Approval(
        subject_number=str(number.subject), service_number=str(number),
        province_subject_id=filed.province_subject_id, province_service_id=service.province_service_id,
        province_access_id=service.province_access_id or order.province_access_id,
        decided_at=min(_decided_at(filed, service, upload) or at, at))
    decide.accept(order, approval=approval, actor=lanes.actor(province), at=at)
    _note(upload, "passed")


def _uploads_of_record(filed: codec.FiledRecord, province: str) -> list[tuple[Upload, codec.FiledService]]:
    """The uploads that a filed record answers, each with the service of the record that it is about.

    An enterprise id of ours in the record names a first filing, a new service or a new access. A change is known by
    the province's ids, and only once it was decided: the same record as before may come at any time. Of each order
    still under way the latest is meant; if there is none, the first one. Raises :class:`NoMatch`.
    """
    found = [*_by_our_ids(filed, province), *_by_their_ids(filed, province)]
    if not found:
        raise NoMatch("unknown_record")
    open_ones = [pair for pair in found if order_of(pair[0]).state not in FINAL_STATES]
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
_CANCELLATION_OF = {0: Operation.CANCEL_SUBJECT, 1: Operation.CANCEL_SERVICE, 2: Operation.CANCEL_ACCESS}


def apply_cancelled(cancelled: codec.CancelledRecord, province: str, at: datetime) -> None:
    """Accept the cancellation that a record no longer on file answers.

    Raises :class:`NoMatch`, :class:`Impossible`, or Conflict when the order has moved on.
    """
    operation = _CANCELLATION_OF.get(cancelled.category)
    if operation is None:
        raise Impossible("the record names no kind of cancellation")
    uploads = list(Upload.objects.filter(
        province=province, operation=operation, record_key=cancelled.key).order_by("-sequence"))
    if any(order_of(upload).state == State.CANCELLED for upload in uploads):
        return
    if not uploads or not _is_with_the_authority(uploads[0]):  # not at our request, or not any more
        _cancelled_by_administration(cancelled, province)
        return
    decide.accept(bring_to_review(uploads[0], at), approval=None, actor=lanes.actor(province), at=at)


def _is_with_the_authority(upload: Upload) -> bool:
    order = order_of(upload)
    if order.state == State.HANDOVER:
        return may_have_arrived(upload)
    return order.state == State.AUTHORITY_REVIEW or awaits_verification(order, upload)


def _cancelled_by_administration(cancelled: codec.CancelledRecord, province: str) -> None:
    """Nobody asked us for it. A person decides whether our register follows, unless nothing is in force any more."""
    known = [one for one in held(province=province, key=cancelled.key)
             if getattr(one, _ID_OF_CATEGORY[cancelled.category]) == cancelled.key]
    if any(one.cancelled_at is None and (one.through_us or cancelled.category != 2) for one in known):
        raise NoMatch("cancelled_by_administration", category=cancelled.category)
    if not known:
        raise NoMatch("unknown_record")
    # A subject's cancellation may name each of its services too, which ended with it.
