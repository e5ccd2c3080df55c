"""JSON doors for scripts: the phone, SMS verification, records, decisions, settings."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from openbeian.authority.simulator import queries, verbs
from openbeian.authority.simulator.models import State

_STATUS = {"unknown_record": 404, "not_in_review": 409, "method": 405}


def _door(*methods: str) -> Callable[[Callable[..., Any]], Callable[..., HttpResponse]]:
    """A JSON view: errors of the simulator become documented answers, never a 500."""

    def decorate(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise verbs.SimulatorError("method", "不支持的请求方法", f"Use {' or '.join(methods)}")
                return JsonResponse(view(request, **kwargs), json_dumps_params={"ensure_ascii": False})
            except verbs.SimulatorError as error:
                body = {"error": {"code": error.code, "zh": error.zh, "en": error.en}}
                status = _STATUS.get(error.code, 400)
                return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})

        return answer

    return decorate


@_door("GET")
def phone(request: HttpRequest) -> dict[str, Any]:
    """SMS received by a mobile, newest first."""
    verbs.settle()
    mobile = request.GET.get("mobile", "").strip()
    if not mobile:
        raise verbs.SimulatorError("mobile_missing", "请给出手机号码 mobile", "Give the mobile number as mobile")
    lines = queries.messages(mobile)
    return {"messages": [{**line, "sent_at": line["sent_at"].isoformat()} for line in lines]}


@_door("POST")
def sms_verification(request: HttpRequest) -> dict[str, Any]:
    """An input on the ministry's verification page."""
    data = _object(request)
    fields = {name: data.get(name) for name in ("code", "mobile", "certificate_last6")}
    for name, value in fields.items():
        if not isinstance(value, str) or not value.strip():
            raise verbs.SimulatorError("field_missing", f"缺少文本字段 {name}", f"The text field {name} is missing")
    answer = verbs.verify_sms(**fields)  # type: ignore[arg-type]
    return {"result": answer.result, "attempts_left": answer.attempts_left}


@_door("GET")
def records(request: HttpRequest) -> dict[str, Any]:
    """Requests, newest first, masked; filters `state` and `province`."""
    state = request.GET.get("state") or None
    if state and state not in State.values:
        raise verbs.SimulatorError("bad_state", "没有这个状态", f"state is one of {', '.join(State.values)}")
    found = queries.records(state=state, province=request.GET.get("province") or None)
    return {"records": [line.as_json() for line in found]}


@_door("POST")
def decide(request: HttpRequest, record_id: int) -> dict[str, Any]:
    """Approve or refuse a request in review."""
    data = _object(request)
    decision, opinion = data.get("decision"), data.get("opinion", "")
    if decision not in ("approve", "refuse"):
        raise verbs.SimulatorError("bad_decision", "decision 应为 approve 或 refuse", "decision is approve or refuse")
    if not isinstance(opinion, str):
        raise verbs.SimulatorError("bad_opinion", "opinion 应为文本", "opinion is a text")
    verbs.decide(record_id=record_id, approve=decision == "approve", opinion=opinion)
    line = queries.record(record_id)
    assert line is not None
    return {"record": line.as_json()}


@_door("GET", "POST")
def settings(request: HttpRequest) -> dict[str, Any]:
    """How the administration behaves; POST changes the fields it names."""
    behaviour = verbs.current_settings()
    if request.method == "POST":
        data = _object(request)
        values = {
            name: data.get(name, getattr(behaviour, name)) for name in ("automatic_decision_after", "refuse_calls_with")
        }
        for name, value in values.items():
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
                raise verbs.SimulatorError("bad_number", f"{name} 应为数字或 null", f"{name} is a number or null")
        code = values["refuse_calls_with"]
        if isinstance(code, float):
            raise verbs.SimulatorError("bad_number", "refuse_calls_with 应为整数", "refuse_calls_with is an integer")
        behaviour = verbs.change_settings(
            automatic_decision_after=values["automatic_decision_after"], refuse_calls_with=code
        )
    return {
        "automatic_decision_after": behaviour.automatic_decision_after,
        "refuse_calls_with": behaviour.refuse_calls_with,
    }


def _object(request: HttpRequest) -> dict[str, Any]:
    try:
        data = json.loads(request.read(64 * 1024))
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise verbs.SimulatorError("not_json", "请求体应为 JSON 对象", "The body must be a JSON object")
    return data
