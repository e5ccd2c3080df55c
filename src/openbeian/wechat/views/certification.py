"""Certification and filing in one (小程序认证及备案)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from openbeian.accounts.models import ApiClient
from openbeian.certification import queries, verbs
from openbeian.certification.errors import AlreadyCertified, Conflict, DataRefused, NotFound
from openbeian.certification.lifecycle import FILING_STATES, ProcedureState
from openbeian.certification.models import Procedure
from openbeian.certification.verbs import Submitted
from openbeian.certification.views import pay_url
from openbeian.filings.errors import FilingError
from openbeian.filings.queries import findings_of
from openbeian.regime.lifecycle import State
from openbeian.wechat import codes
from openbeian.wechat.answers import application_body, call, refuse, text_in, wants_english
from openbeian.wechat.callers import Caller, authorizer_caller
from openbeian.wechat.dossier import from_wechat, misshapen, waived_rules, with_one_applet
from openbeian.wechat.errors import Refused
from openbeian.wechat.filing import SMS_STATUS
from openbeian.wechat.hints import audit_data, hints, record_hints
from openbeian.wechat.permission_sets import DEVELOPMENT


@call("POST")
def submit_auth_and_icp(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Ask for both, or send again what was objected to. ``pay_url`` comes where the merchant pays.

    Where only the filing half is objected to, the answer is 86202 with hints and carries ``procedure_id`` as well.
    """
    caller, english = authorizer_caller(request, {DEVELOPMENT}), wants_english(request)
    body = with_one_applet(application_body(request), caller.online_applets_shape)
    if records := misshapen(body):
        raise Refused(codes.APPLY_FAILED, hints=record_hints(records, english=english))
    submitted = _submit(caller, body, english=english)
    procedure = submitted.procedure
    answer: dict[str, Any] = {"procedure_id": procedure.procedure_id}
    if submitted.findings:
        refusal = Refused(codes.APPLY_FAILED, hints=hints(submitted.findings, english=english))
        return refuse(request, refusal, **answer)
    if procedure.state == ProcedureState.WAITING_FOR_FEE:
        answer["pay_url"] = pay_url(procedure)
    return answer


@call("POST", "GET")
def query_auth_and_icp(request: HttpRequest) -> dict[str, Any]:
    """How far a procedure has come."""
    caller = authorizer_caller(request, {DEVELOPMENT})
    procedure_id = text_in(request, "procedure_id")
    if not procedure_id:
        raise Refused(codes.INVALID_ARGS, "procedure_id")
    return _progress(caller=caller, procedure_id=procedure_id, english=wants_english(request))


def _submit(caller: Caller, body: Mapping[str, Any], *, english: bool) -> Submitted:
    """Submit both halves; the refusals as errcodes. Raises :class:`Refused`."""
    account = caller.account
    try:
        return verbs.submit(
            client=ApiClient.objects.get(pk=caller.component_appid), appid=caller.appid, account=account,
            data=body.get("auth_data"), dossier=from_wechat(body), actor=caller.actor,
            waived_rules=waived_rules(caller.comment_length))
    except DataRefused as refusal:
        raise Refused(codes.CERTIFICATION_DATA, hints=hints(refusal.findings, english=english)) from None
    except AlreadyCertified:
        raise Refused(codes.ALREADY_CERTIFIED) from None
    except Conflict:
        raise Refused(codes.PROCEDURE_RUNNING) from None
    except FilingError as refusal:
        code = codes.code_of(refusal.code, otherwise=codes.INVALID_ARGS)
        raise Refused(code, refusal.en if english else refusal.zh) from None


def _progress(*, caller: Caller, procedure_id: str, english: bool) -> dict[str, Any]:
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
