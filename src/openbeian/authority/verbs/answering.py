"""Answers to the administration's tasks: a person's word is kept first, and sent by a job."""

from datetime import datetime

from django.db import transaction

from openbeian import vault
from openbeian.authority.models import ANSWERED_BY_UPLOAD, ASSIGNMENT, Assignment
from openbeian.authority.wire import ENCODING
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor

OPINION_MAX = 500


class AnswerRefused(Exception):
    """An answer that cannot be sent; says why in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@transaction.atomic
def answer_assignment(*, assignment_id: int, passed: bool, opinion: str, actor: Actor, at: datetime) -> bool:
    """A person answers a verification task (HSJG) or an unfiled service (WBACLJG); a job sends it.

    ``passed``: the record is true, or the unfiled service was dealt with; ``opinion`` says what was found or done.
    Writes ``assignment:answer``. False if the task is done already or is a notice that needs no answer. Raises
    :class:`AnswerRefused`.
    """
    from openbeian.authority.tasks import defer_send

    if not (opinion := opinion.strip()):
        raise AnswerRefused("请填写核实或处理意见。", "Say what was found or done.")
    if len(opinion) > OPINION_MAX:
        raise AnswerRefused(f"意见不能超过 {OPINION_MAX} 字。", f"At most {OPINION_MAX} characters.")
    try:
        opinion.encode(ENCODING)
    except UnicodeEncodeError:
        raise AnswerRefused(
            "意见含有管局系统无法接收的字符。",
            "The text holds characters that the administration's system cannot take.") from None
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
