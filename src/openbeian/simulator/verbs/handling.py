"""What people do with an open request: principals verify by SMS (短信核验), a reviewer sends codes again and
decides.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from openbeian import vault
from openbeian.ledger import clock
from openbeian.simulator.models import Record, ShortMessage, State
from openbeian.simulator.refusals import SimulatorError
from openbeian.simulator.verbs import outcomes
from openbeian.simulator.verbs.challenges import send_code, verified
from openbeian.simulator.verbs.office import code_digest, last6_digest, mobile_digest, queue_up
from openbeian.simulator.verbs.reviewing import broken_rules
from openbeian.simulator.verbs.time import settle

WRONG_INPUTS_ALLOWED = 5
"""Consecutive wrong inputs that are forgiven; the next one returns the request."""


@dataclass(frozen=True)
class SmsAnswer:
    """Answer to an input on the verification page.

    `result`: verified, wrong, returned (sixth wrong input) or none (nothing waits for this mobile).
    """

    result: str
    attempts_left: int | None = None


@transaction.atomic
def verify_sms(*, code: str, mobile: str, certificate_last6: str) -> SmsAnswer:
    """An input on the ministry's page: code, mobile, last six characters of the certificate number.

    Queues a file for each principal it verifies, moves the request to review when all have verified, and returns
    it to the platform on the sixth consecutive wrong input.
    """
    settle()
    queue_up()
    now = clock.now()
    messages = list(_waiting().filter(mobile_digest=mobile_digest(mobile)).order_by("-pk"))
    if not messages:
        return SmsAnswer("none")
    matching = [m for m in messages if bytes(m.code_digest) == code_digest(code.strip())]
    for message in matching:
        concerned = message.record.principals.filter(
            mobile_digest=message.mobile_digest, certificate_digest=last6_digest(certificate_last6)
        )
        if concerned:
            message.wrong = 0
            message.save(update_fields=["wrong"])
            verified(message.record, list(concerned.order_by("pk")), now)
            return SmsAnswer("verified")
    message = (matching or messages)[0]
    message.wrong += 1
    message.save(update_fields=["wrong"])
    if message.wrong > WRONG_INPUTS_ALLOWED:
        outcomes.give_up(message.record, State.RETURNED, "refused", now)
        return SmsAnswer("returned", 0)
    return SmsAnswer("wrong", WRONG_INPUTS_ALLOWED - message.wrong)


@transaction.atomic
def resend_sms(*, record_id: int, mobile: str | None = None) -> int:
    """Send new codes for a request that waits for verification, to one mobile or to all; the old ones end.

    The deadline stays, and so does the count of wrong inputs. Returns how many were sent. Raises SimulatorError:
    unknown_record, not_in_sms, unknown_mobile.
    """
    settle()
    queue_up()
    record = _record(record_id)
    if record.state != State.SMS:
        raise SimulatorError("not_in_sms", "该申请不在短信核验中", "The request does not wait for verification")
    messages = _waiting().filter(record=record).order_by("pk")
    if mobile is not None:
        messages = messages.filter(mobile_digest=mobile_digest(mobile))
    olds = list(messages)
    if not olds:
        raise SimulatorError("unknown_mobile", "该号码没有待核验的短信", "Nothing was sent to this mobile number")
    for old in olds:
        old.superseded = True
        old.save(update_fields=["superseded"])
        number = vault.unseal_json(old.sealed, purpose="simulator.sms")["mobile"]
        send_code(record, number, clock.now(), wrong=old.wrong)
    return len(olds)


@transaction.atomic
def decide(*, record_id: int, approve: bool, opinion: str = "", despite_rules: bool = False) -> None:
    """A reviewer's decision: approve (the request is carried out) or refuse with an opinion.

    Raises SimulatorError: unknown_record, not_in_review, opinion_missing, against_rules (the request breaks rules of
    the province; `despite_rules` approves it all the same).
    """
    settle()
    queue_up()
    record = _record(record_id)
    if record.state != State.REVIEW:
        zh = f"该申请处于“{record.get_state_display()}”，不在审核中"
        raise SimulatorError("not_in_review", zh, f"The request is not in review but {record.state!r}")
    opinion = opinion.strip()
    if not approve and not opinion:
        raise SimulatorError("opinion_missing", "退回时须填写审核意见", "A refusal needs an opinion")
    if not approve:
        outcomes.refuse(record, opinion, clock.now())
        return
    broken = broken_rules(record)
    if broken and not despite_rules:
        raise SimulatorError(
            "against_rules", "；".join(found.opinion for found in broken),
            "Against the province's rules: " + "; ".join(f"{found.rule} ({found.en})" for found in broken),
        )  # fmt: skip
    outcomes.approve(record, opinion, clock.now())


def _record(record_id: int) -> Record:
    record = Record.objects.filter(pk=record_id).first()
    if record is None:
        raise SimulatorError("unknown_record", "没有这条备案申请", "There is no such request")
    return record


def _waiting() -> QuerySet[ShortMessage]:
    return ShortMessage.objects.filter(record__state=State.SMS, superseded=False).select_related("record")
