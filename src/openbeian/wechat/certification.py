"""Certification and filing in one, between the door and the verbs of ``certification``: wording refusals and progress."""

from collections.abc import Iterable, Mapping
from typing import Any

from openbeian.accounts.models import ApiClient
from openbeian.certification import queries, verbs
from openbeian.certification.errors import AlreadyCertified, Conflict, DataRefused, NotFound
from openbeian.certification.lifecycle import FILING_STATES, ProcedureState
from openbeian.certification.models import Procedure
from openbeian.certification.verbs import Submitted
from openbeian.filings.errors import FilingError
from openbeian.filings.queries import findings_of
from openbeian.regime.lifecycle import State
from openbeian.wechat import codes
from openbeian.wechat.errors import Refused
from openbeian.wechat.filing import SMS_STATUS
from openbeian.wechat.hints import audit_data, hints
from openbeian.wechat.queries import Caller

#: Certification and filing in one belongs to this permission set alone.
CERTIFICATION_PERMISSION_SET = 18


def submit(*, caller: Caller, data: Any, dossier: Mapping[str, Any], waived_rules: Iterable[str],
           english: bool) -> Submitted:
    """Ask for certification and filing in one, or send again what was objected to. Raises :class:`Refused`."""
    account = caller.account
    client = ApiClient.objects.get(pk=caller.component_appid)
    try:
        return verbs.submit(
            client=client, appid=caller.appid, account=account, data=data, dossier=dossier, actor=caller.actor,
            waived_rules=frozenset(waived_rules))
    except DataRefused as refusal:
        raise Refused(codes.CERTIFICATION_DATA, hints=hints(refusal.findings, english=english)) from None
    except AlreadyCertified:
        raise Refused(codes.ALREADY_CERTIFIED) from None
    except Conflict:
        raise Refused(codes.PROCEDURE_RUNNING) from None
    except FilingError as refusal:
        code = codes.code_of(refusal.code, otherwise=codes.INVALID_ARGS)
        raise Refused(code, refusal.en if english else refusal.zh) from None


def progress(*, caller: Caller, procedure_id: str, english: bool) -> dict[str, Any]:
    """What query_auth_and_icp answers; what does not apply is left out. Raises :class:`Refused` (86328)."""
    try:
        procedure = queries.procedure(procedure_id, appid=caller.appid)
    except NotFound:
        raise Refused(codes.NOT_FOUND) from None
    answer: dict[str, Any] = {"procedure_status": procedure.state}
    if procedure.ordered_at is not None:
        answer["orderid"] = procedure.pk
    if procedure.state == ProcedureState.REFILL:
        answer["refill_reason"] = queries.reason_of(procedure)
    elif procedure.state == ProcedureState.FAILED:
        answer["fail_reason"] = queries.reason_of(procedure)
    elif procedure.state in FILING_STATES and (audit := _audit(procedure, english=english)):
        answer["icp_audit"] = audit
    return answer


def _audit(procedure: Procedure, *, english: bool) -> dict[str, Any]:
    """``icp_audit``: why there is no order, why it came back, or whether the principals have answered the SMS."""
    order = procedure.order
    if procedure.state == ProcedureState.NO_ORDER:
        return {"hints": [vars(hint) for hint in hints(queries.findings_of(procedure), english=english)]}
    if order is None:
        return {}
    if procedure.state in (ProcedureState.RETURNED, ProcedureState.REJECTED):
        return {"audit_data": audit_data(findings_of(order).exclude(source="rule"))}
    if procedure.state == ProcedureState.AUTHORITY_REVIEW and (status := SMS_STATUS.get(State(order.state))):
        return {"sms_verify_status": status}
    return {}
