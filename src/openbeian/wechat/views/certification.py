"""Certification and filing in one (小程序认证及备案)."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from openbeian.certification.lifecycle import ProcedureState
from openbeian.certification.views import pay_url
from openbeian.wechat import certification, codes
from openbeian.wechat.answers import application_body, call, json_body, refuse, text_of, wants_english
from openbeian.wechat.callers import authorizer_caller
from openbeian.wechat.dossier import from_wechat, misshapen, waived_rules, with_one_applet
from openbeian.wechat.errors import Refused
from openbeian.wechat.hints import hints, record_hints
from openbeian.wechat.queries import Caller


def _caller(request: HttpRequest) -> Caller:
    return authorizer_caller(request, {certification.CERTIFICATION_PERMISSION_SET})


@call("POST")
def submit_auth_and_icp(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Ask for both, or send again what was objected to. ``pay_url`` comes where the merchant pays.

    Where only the filing half is objected to, the answer is 86202 with hints and carries ``procedure_id`` as well.
    """
    caller, english = _caller(request), wants_english(request)
    body = with_one_applet(application_body(request), caller.online_applets_shape)
    if records := misshapen(body):
        raise Refused(codes.APPLY_FAILED, hints=record_hints(records, english=english))
    submitted = certification.submit(
        caller=caller, data=body.get("auth_data"), dossier=from_wechat(body), english=english,
        waived_rules=waived_rules(caller.comment_length))
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
    caller = _caller(request)
    procedure_id = text_of(json_body(request).get("procedure_id")) or text_of(request.GET.get("procedure_id"))
    if not procedure_id:
        raise Refused(codes.INVALID_ARGS, "procedure_id")
    return certification.progress(caller=caller, procedure_id=procedure_id, english=wants_english(request))
