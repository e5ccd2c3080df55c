"""Answers to the administration's tasks: a person's word is kept first, and sent by a job (HSJG, WBACLJG)."""

import dataclasses
from datetime import datetime
from typing import Any

from django.db import transaction

from openbeian import vault
from openbeian.authority import queries
from openbeian.authority.client import LinkError, ProvinceAccount, ProvinceClient, account
from openbeian.authority.models import (
    ANSWERED_BY_UPLOAD,
    ASSIGNMENT,
    INBOX,
    Assignment,
    AssignmentKind,
    Upload,
)
from openbeian.authority.verbs import lanes
from openbeian.authority.verbs.assignments import key_of_task, lines_of_assignment, reopen_assignment
from openbeian.authority.verbs.schedule import defer_send
from openbeian.authority.verbs.uploads import deliver, store, synchronise
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.errors import BilingualError
from openbeian.regime.gbk import uncarried
from openbeian.v3 import codec
from openbeian.v3.codec import records as wire

OPINION_MAX = 250
#: Cljg: the interface's own list of handling states (Wbacl) is not public; these two are our reading.
DEALT_WITH, NOT_DEALT_WITH = 1, 2


class AnswerRefused(BilingualError):
    """An answer that cannot be sent."""


@transaction.atomic
def answer_assignment(*, assignment_id: int, passed: bool, opinion: str, actor: Actor, at: datetime) -> bool:
    """A person answers a verification task (HSJG) or an unfiled service (WBACLJG); a job sends it.

    ``passed``: the record is true, or the unfiled service was dealt with; ``opinion`` says what was found or done.
    Writes ``assignment:answer``. False if the task is done already or is a notice that needs no answer. Raises
    :class:`AnswerRefused`.
    """
    if not (opinion := opinion.strip()):
        raise AnswerRefused("请填写核实或处理意见。", "Say what was found or done.")
    if len(opinion) > OPINION_MAX:
        raise AnswerRefused(f"意见不能超过 {OPINION_MAX} 字。", f"At most {OPINION_MAX} characters.")
    if uncarried(opinion):
        raise AnswerRefused(
            "意见含有管局系统无法接收的字符。",
            "The text holds characters that the administration's system cannot take.")
    row = Assignment.objects.select_for_update().filter(pk=assignment_id, done_at=None).first()
    if row is None or row.kind not in ANSWERED_BY_UPLOAD:
        return False
    row.done_at, row.done_by = at, actor.id
    row.answer_sealed = vault.seal_json(
        {"passed": passed, "opinion": opinion, "at": at.isoformat()}, purpose=ASSIGNMENT)
    row.save(update_fields=["done_at", "done_by", "answer_sealed"])
    record(tag="assignment:answer", actor=actor, subject=row.subject, at=at, data={"kind": row.kind, "passed": passed})
    defer_send(province=row.province)
    return True


def send(*, province: str) -> int:
    """Prepare the answers that wait on a lane, and send what is prepared. Returns how many files arrived.

    Safe to repeat. Raises LinkError.
    """
    try:
        lanes.refuse_if_resting(province, "send", clock.now())
        client = ProvinceClient(account(province))
        for row in queries.answers_to_prepare().filter(province=province):
            synchronise(client=client)
            prepare_answer(assignment_id=row.pk, provider=client.account)
        return deliver(province=province, client=client)
    except LinkError as error:
        lanes.note_trouble(province=province, way="send", error=error, at=clock.now())
        raise


@transaction.atomic(durable=True)
def prepare_answer(*, assignment_id: int, provider: ProvinceAccount) -> Upload | None:
    """Store the answer to a task under the lane's next sequence number. None if there is nothing to answer.

    A task that can no longer be answered, because its file is gone, opens again (``assignment:reopen``).
    """
    lane = lanes.lock(provider.province)
    row = queries.answers_to_prepare().filter(pk=assignment_id).first()
    if row is None or row.answer_sealed is None:
        return None
    answer = vault.unseal_json(row.answer_sealed, purpose=ASSIGNMENT)
    answered: wire.VerificationResult | wire.UnfiledSiteHandled
    try:
        if row.kind == AssignmentKind.VERIFY:
            task = _task(row)
            answered, key = _verification_result(task, row, answer, provider), task.subject.province_id
        else:
            answered, key = _unfiled_site_handled(row, answer, provider), ""
        xml = codec.write_upload([answered], provider_id=provider.isp_id)
    except (codec.Unreadable, codec.Unwritable):
        reopen_assignment(assignment_id=row.pk, actor=lanes.actor(row.province), at=clock.now(), code=0)
        return None
    return store(lane=lane, xml=xml, assignment=row, operation=0, record_key=key)


def _verification_result(
    task: wire.VerificationTask, row: Assignment, answer: dict[str, Any], provider: ProvinceAccount
) -> wire.VerificationResult:
    """HSJG: the verdict, with the record as the administration sent it."""
    subject = _copied(task.subject, wire.CheckedRecordSubject)
    services = tuple(_copied(service, wire.CheckedRecordService) for service in task.services)
    return wire.VerificationResult(
        passed=answer["passed"], verifier=row.done_by, verified_on=_day(answer), unit_id=str(provider.isp_id),
        opinion=answer["opinion"], error="" if answer["passed"] else answer["opinion"],
        record=wire.CheckedRecord(subject, services))


def _task(row: Assignment) -> wire.VerificationTask:
    """The task in the file it came with. Raises Unreadable."""
    if row.file.purged_at is None:
        for entry in codec.read(vault.unseal(row.file.sealed, purpose=INBOX)):
            if isinstance(entry, wire.VerificationTask) and row.key.startswith(key_of_task(entry)):
                return entry
    raise codec.Unreadable("the task is no longer kept")


def _copied(source: Any, of: Any) -> Any:
    """A record of class ``of`` with what ``source`` has under the same names."""
    values = {field.name: getattr(source, field.name, None) for field in dataclasses.fields(of)}
    values = {name: value for name, value in values.items() if value is not None}
    if (principal := values.get("principal")) is not None:
        values["principal"] = wire.CheckedPrincipal(**vars(principal))
    if of is wire.CheckedRecordService:
        values["province_id"] = source.province_service_id
    return of(**values)


def _unfiled_site_handled(
    row: Assignment, answer: dict[str, Any], provider: ProvinceAccount
) -> wire.UnfiledSiteHandled:
    """WBACLJG: what was done about an unfiled service."""
    told = {line.path: line.text for line in lines_of_assignment(row)}
    return wire.UnfiledSiteHandled(
        **{name: told.get(name, "") for name in ("domain", "ip", "operator", "provider")}, province=row.province,
        result=DEALT_WITH if answer["passed"] else NOT_DEALT_WITH, opinion=answer["opinion"],
        recorded_on=row.received_at.astimezone(SHANGHAI).date(), due_on=_day(answer), reporter=row.done_by)


def _day(answer: dict[str, Any]) -> Any:
    return datetime.fromisoformat(answer["at"]).astimezone(SHANGHAI).date()
