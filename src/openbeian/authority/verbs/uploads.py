"""Handing orders over: the file and its sequence number first, then the call, then the note that it arrived.

Nothing is sent that is not stored under its number, so a crash at any point leaves one of two states: a prepared
upload that was never begun, or one of which the province itself knows whether it arrived.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from openbeian import vault
from openbeian.authority import findings
from openbeian.authority.client import LinkError, ProvinceAccount, ProvinceClient, account
from openbeian.authority.models import OUTSTANDING, UPLOAD, Lane, Upload, UploadState
from openbeian.authority.verbs import lanes
from openbeian.authority.verbs.inbox import poll
from openbeian.filings import blacklist, decide
from openbeian.filings.errors import Conflict, SnapshotDamaged
from openbeian.filings.models import Order
from openbeian.filings.queries import pictures_of, submitted_dossier
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.regime.findings import Finding
from openbeian.regime.lifecycle import CANCELLATIONS, CHANGES, Action, OrderKind, State
from openbeian.v3 import codec
from openbeian.v3.codec.operations import OPERATION_OF
from openbeian.v3.wire.answers import ALL_DELIVERED, DONE, NOTHING, Answer
from openbeian.v3.wire.packing import PackingError

SEQUENCE_GAP = 14
_RESEND_ROUNDS = 3


def hand_over(*, order_id: int) -> Upload | None:
    """Hand an order in hand-over to its province, with everything prepared before it. Safe to repeat.

    Returns the order's upload; None when there is nothing to hand over, when the dossier cannot be put on the wire and
    the order went back with findings, or when what the province said before cannot be read now: the next tick takes
    the order up again. Raises :class:`LinkError` when the province cannot be reached or refuses the call: the order
    stays where it is and the call can be repeated.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None or order.state != State.HANDOVER:
        return None
    province = order.province
    try:
        lanes.refuse_if_resting(province, "send", clock.now())
        if not _earlier_answers_read(order):
            return None
        client = ProvinceClient(account(province))
        upload = prepare(order_id=order_id, client=client)
        if upload is not None and upload.state == UploadState.PREPARED:
            deliver(province=province, client=client)
            upload.refresh_from_db()
    except LinkError as error:
        lanes.note_trouble(province=province, way="send", error=error, at=clock.now())
        raise
    return upload


def _earlier_answers_read(order: Order) -> bool:
    """Whether all is read that the province said before about the record that ``order`` is about.

    Its answers name a record and no upload. One that is still in its queue, or comes there twice, would be taken for
    the answer to the upload that is now to be sent.
    """
    kind, key = OrderKind(order.kind), codec.answer_key(order)
    before = Upload.objects.filter(province=order.province, operation=OPERATION_OF[kind], record_key=key)
    if before.filter(order=order, state__in=OUTSTANDING).exists() or not (kind in CHANGES or before.exists()):
        return True
    if Lane.objects.filter(pk=order.province, drained_at__gte=order.state_since).exists():
        return True
    return poll(province=order.province, wait=True).drained


@transaction.atomic
def send_again(*, order_id: int, actor: Actor) -> bool:
    """Give up waiting for the result of a file that the province has, and hand the order over once more.

    For a person, after asking the province. Writes ``authority:given_up``. False if the order does not wait for one.
    """
    order = Order.objects.filter(pk=order_id, state=State.HANDOVER).first()
    if order is None:
        return False
    lanes.lock(order.province)
    if not Upload.objects.filter(order=order, state=UploadState.DELIVERED).update(state=UploadState.GIVEN_UP):
        return False
    record(tag="authority:given_up", actor=actor, subject=order.subject, at=clock.now())
    decide.defer_upload(order)
    return True


def synchronise(*, client: ProvinceClient) -> None:
    """Before a lane's first upload: go on from the sequence number the province saw last. Raises LinkError."""
    province = client.account.province
    if Lane.objects.filter(pk=province, synchronised_at__isnull=False).exists():
        return
    sequence = _sequence_in(client.previous_upload())
    with transaction.atomic():
        lane = lanes.lock(province)
        if lane.synchronised_at is None:
            lane.last_sequence = max(lane.last_sequence, sequence)
            lane.synchronised_at = clock.now()
            lane.save(update_fields=["last_sequence", "synchronised_at"])


def prepare(*, order_id: int, client: ProvinceClient) -> Upload | None:
    """Store the order's file under the lane's next sequence number, or find the one stored before.

    Writes ``authority:prepared``. A dossier that cannot be sent, or that an administration has put on a blacklist since
    it was submitted, takes no number: the order goes back with findings (``order:data_error``). Raises LinkError.
    """
    order = Order.objects.filter(pk=order_id, state=State.HANDOVER).first()
    if order is None:
        return None
    if stored := Upload.objects.filter(order=order, state__in=OUTSTANDING).first():
        return stored
    synchronise(client=client)
    try:
        # Pictures take time to compress, so this comes before the lane is locked.
        xml, key = _document(order, client.account)
    except codec.Unsendable as refusal:
        send_back(order=order, findings=refusal.findings, at=clock.now())
        return None
    with transaction.atomic(durable=True):
        lane = lanes.lock(order.province)
        if stored := Upload.objects.filter(order=order, state__in=OUTSTANDING).first():
            return stored
        if not Order.objects.filter(pk=order.pk, state=State.HANDOVER, version=order.version).exists():
            return None
        return store(lane=lane, xml=xml, order=order, operation=OPERATION_OF[OrderKind(order.kind)], record_key=key)


def store(*, lane: Lane, xml: bytes, operation: int, record_key: str, **about: Any) -> Upload:
    """Store a file under the lane's next sequence number; ``about`` is its order or its assignment.

    The caller holds the lane. Writes ``authority:prepared``.
    """
    at = clock.now()
    lane.last_sequence = F("last_sequence") + 1
    lane.save(update_fields=["last_sequence"])
    lane.refresh_from_db(fields=["last_sequence"])
    upload = Upload.objects.create(
        province=lane.province, sequence=lane.last_sequence, operation=operation, record_key=record_key,
        sealed=vault.seal(xml, purpose=UPLOAD), created_at=at, **about)
    record(tag="authority:prepared", actor=lanes.actor(lane.province), subject=upload.subject, at=at,
           data={"province": lane.province, "sequence": upload.sequence})
    return upload


def _document(order: Order, province: ProvinceAccount) -> tuple[bytes, str]:
    """The order's file and the key under which its answers will come. Raises :class:`codec.Unsendable`."""
    try:
        dossier = submitted_dossier(order)
    except SnapshotDamaged as damaged:
        # Nothing that was not submitted leaves the platform; the organizer submits again.
        raise codec.Unsendable((findings.finding("snapshot_damaged", error=damaged),)) from damaged
    if order.kind not in CANCELLATIONS and (listed := blacklist.findings(dossier)):
        raise codec.Unsendable(listed)
    xml = codec.upload_file(
        order=order, provider_id=province.isp_id, dossier=dossier, appid=order.appid,
        pictures=pictures_of(codec.media_ids(dossier, OrderKind(order.kind))))
    return xml, codec.answer_key(order)


def send_back(*, order: Order, findings: tuple[Finding, ...], at: datetime) -> None:
    """Return an order to its organizer with ``findings`` on its data. Writes ``order:data_error``.

    Nothing happens if the order has moved on meanwhile.
    """
    with suppress(Conflict):
        decide.send_back(
            order, Action.DATA_ERROR, findings=findings, source="authority", actor=lanes.actor(order.province), at=at)


def deliver(*, province: str, client: ProvinceClient) -> int:
    """Send everything prepared on a lane, in sequence. Returns how many files arrived. Safe to repeat.

    Writes ``authority:delivered`` for each. Raises LinkError, after the files before the trouble were noted.
    """
    lanes.refuse_if_resting(province, "send", clock.now())
    arrived = 0
    with lanes.exclusively(province, "send", wait=False):
        for upload in Upload.objects.filter(province=province, state=UploadState.PREPARED).order_by("sequence"):
            _send(upload, client)
            _note_arrival(upload)
            arrived += 1
    if arrived:
        lanes.note_success(province=province, way="send", at=clock.now())
    return arrived


def _send(upload: Upload, client: ProvinceClient) -> None:
    begun_before = upload.attempts > 0
    # Counted before the call: from here on nobody but the province knows whether the file arrived.
    Upload.objects.filter(pk=upload.pk).update(attempts=F("attempts") + 1)
    if begun_before and _has_arrived(upload, client):
        return
    for _ in range(_RESEND_ROUNDS):
        answer = _upload(upload, client)
        if answer.code != SEQUENCE_GAP:
            break
        _send_missing(upload, answer.missing_sequences, client)
    if answer.code != DONE:
        raise lanes.CallRefused(answer.code, answer.message)


def _upload(upload: Upload, client: ProvinceClient) -> Answer:
    xml = vault.unseal(upload.sealed, purpose=UPLOAD)
    try:
        return client.upload(xml, sequence=upload.sequence, entry_name=upload.entry_name)
    except PackingError as error:
        raise lanes.CallRefused(error.code) from error


def _send_missing(upload: Upload, missing: tuple[int, ...], client: ProvinceClient) -> None:
    """Send the files again that the province says it lacks; they must come before ours."""
    numbers = sorted(number for number in set(missing) if number < upload.sequence)
    stored = {row.sequence: row for row in Upload.objects.filter(province=upload.province, sequence__in=numbers)}
    if not numbers or len(stored) != len(numbers):
        raise lanes.OutOfStep("sequence", "the province asks for files that were never ours")
    if any(row.purged_at for row in stored.values()):
        raise lanes.OutOfStep("sequence", "the province asks for files older than those we keep")
    for number in numbers:
        answer = _upload(stored[number], client)
        if answer.code != DONE:
            raise lanes.CallRefused(answer.code, answer.message)


def _has_arrived(upload: Upload, client: ProvinceClient) -> bool:
    answer = client.previous_upload()
    sequence = _sequence_in(answer)
    if sequence < upload.sequence:
        return False
    if sequence > Lane.objects.values_list("last_sequence", flat=True).get(pk=upload.province):
        raise lanes.OutOfStep("sequence", "the province has files under numbers we have not given out")
    if sequence == upload.sequence and answer.file is not None and answer.file.beian_info:
        try:
            theirs = client.unpack(answer.file)
        except PackingError:
            return True  # packed under keys since replaced; the number alone has to do
        if theirs != vault.unseal(upload.sealed, purpose=UPLOAD):
            raise lanes.OutOfStep("sequence", "the province has another file under this number")
    return True


def _sequence_in(answer: Answer) -> int:
    if answer.code not in (DONE, ALL_DELIVERED, NOTHING):
        raise lanes.CallRefused(answer.code, answer.message)
    return (answer.file.data_sequence or 0) if answer.file else 0


@transaction.atomic
def _note_arrival(upload: Upload) -> None:
    at = clock.now()
    changed = Upload.objects.filter(pk=upload.pk, state=UploadState.PREPARED).update(
        state=UploadState.DELIVERED, delivered_at=at, message_code=DONE)
    if changed:  # not if the processing result was quicker
        record(tag="authority:delivered", actor=lanes.actor(upload.province), subject=upload.subject, at=at,
               data={"province": upload.province, "sequence": upload.sequence})
