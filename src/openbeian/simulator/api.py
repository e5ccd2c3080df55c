"""JSON doors for scripts: phone, SMS verification, records, decisions, settings, faults, script, provinces, issuing."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from openbeian.simulator import queries, verbs
from openbeian.simulator.models import Record, State

_STATUS = {
    "unknown_record": 404, "unknown_province": 404, "unknown_mobile": 404, "not_in_review": 409, "not_in_sms": 409,
    "against_rules": 409, "on_file": 409, "method": 405,
}  # fmt: skip
_BODY_MAX = 1024 * 1024
_SETTINGS = ("automatic_decision_after", "refuse_calls_with")


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
                return refusal(_STATUS.get(error.code, 400), error.code, error.zh, error.en)

        return answer

    return decorate


def refusal(status: int, code: str, zh: str, en: str) -> JsonResponse:
    """The documented answer to a request that is not served."""
    body = {"error": {"code": code, "zh": zh, "en": en}}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


@_door("GET")
def phone(request: HttpRequest) -> dict[str, Any]:
    """SMS received by a mobile, newest first."""
    verbs.settle()
    mobile = request.GET.get("mobile", "").strip()
    if not mobile:
        raise verbs.SimulatorError("mobile_missing", "请给出手机号码 mobile", "Give the mobile number as mobile")
    return {"messages": [_plain(line) for line in queries.messages(mobile)]}


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
    """Requests, newest first, masked; filters `state`, `province` and `search`."""
    state = request.GET.get("state") or None
    if state and state not in State.values:
        raise verbs.SimulatorError("bad_state", "没有这个状态", f"state is one of {', '.join(State.values)}")
    found = queries.records(
        state=state, province=request.GET.get("province") or None, search=request.GET.get("search", "")
    )
    return {"records": [line.as_json() for line in found]}


@_door("GET")
def record(request: HttpRequest, record_id: int) -> dict[str, Any]:
    """One request, masked, and the rules of the province it breaks."""
    verbs.settle()
    row = _row(record_id)
    broken = [found.rule for found in queries.rules_broken(row)]
    return {"record": queries.masked(row).as_json(), "rules_broken": broken}


@_door("POST")
def decide(request: HttpRequest, record_id: int) -> dict[str, Any]:
    """Approve or refuse a request in review."""
    data = _object(request)
    decision, opinion, despite = data.get("decision"), data.get("opinion", ""), data.get("despite_rules", False)
    if decision not in ("approve", "refuse"):
        raise verbs.SimulatorError("bad_decision", "decision 应为 approve 或 refuse", "decision is approve or refuse")
    if not isinstance(opinion, str):
        raise verbs.SimulatorError("bad_opinion", "opinion 应为文本", "opinion is a text")
    verbs.decide(
        record_id=record_id, approve=decision == "approve", opinion=opinion, despite_rules=despite is True
    )
    return {"record": queries.masked(_row(record_id)).as_json()}


@_door("POST")
def resend(request: HttpRequest, record_id: int) -> dict[str, Any]:
    """New codes for a request that waits for verification; `{"mobile"}` for one phone only."""
    mobile = _object(request).get("mobile")
    if mobile is not None and not isinstance(mobile, str):
        raise verbs.SimulatorError("field_missing", "mobile 应为文本", "mobile is a text")
    return {"sent": verbs.resend_sms(record_id=record_id, mobile=mobile)}


@_door("GET", "POST")
def settings(request: HttpRequest) -> dict[str, Any]:
    """How the administration behaves; POST changes the fields it names."""
    behaviour = verbs.current_settings()
    if request.method == "POST":
        data = _object(request)
        values = {name: data.get(name, getattr(behaviour, name)) for name in _SETTINGS}
        for name, value in values.items():
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
                raise verbs.SimulatorError("bad_number", f"{name} 应为数字或 null", f"{name} is a number or null")
        if isinstance(values["refuse_calls_with"], float):
            raise verbs.SimulatorError("bad_number", "refuse_calls_with 应为整数", "refuse_calls_with is an integer")
        behaviour = verbs.change_settings(**values)
    return {name: getattr(behaviour, name) for name in _SETTINGS}


@_door("GET", "POST")
def faults(request: HttpRequest) -> dict[str, Any]:
    """What goes wrong; POST replaces it, `{}` ends it."""
    chosen = verbs.set_faults(_object(request)) if request.method == "POST" else verbs.current_faults()
    return {"faults": chosen.as_json()}


@_door("GET", "POST")
def script(request: HttpRequest) -> dict[str, Any]:
    """The script; POST replaces it with `{"rules": […]}` or a bare list."""
    if request.method == "POST":
        data = _json(request)
        verbs.set_script(data.get("rules") if isinstance(data, dict) else data)
    return {"rules": verbs.current_settings().script}


@_door("GET")
def provinces(request: HttpRequest) -> dict[str, Any]:
    """All provinces: rules, system, and what waits there."""
    return {"provinces": [line.as_json() for line in queries.province_lines()]}


@_door("GET", "POST")
def province(request: HttpRequest, code: str) -> dict[str, Any]:
    """One province; POST changes the settings it names, `off` among them; `"usual": true` takes earlier changes back."""
    verbs.known(code)
    if request.method == "POST":
        data = _object(request)
        off, usual = data.pop("off", None), data.pop("usual", False)
        if (off is not None and not isinstance(off, bool)) or not isinstance(usual, bool):
            raise verbs.SimulatorError("bad_province_setting", "off 和 usual 为真或假", "off and usual are true or false")
        if data or usual:
            verbs.set_province(code, data, usual=usual)
        if off is not None:
            verbs.switch_province(code, on=not off)
    return {"province": queries.province_line(code).as_json()}


@_door("POST")
def issue(request: HttpRequest) -> dict[str, Any]:
    """Queue a download file that answers nothing: `{"block", "province", …}`, see the clerk's manual."""
    data = _object(request)
    block, code = data.pop("block", None), data.pop("province", None)
    if not isinstance(block, str) or not isinstance(code, str):
        raise verbs.SimulatorError("field_missing", "缺少 block 或 province", "block and province are needed")
    return {"file_name": verbs.issue(block=block, province=code, content=data)}


@_door("POST")
def seed_record(request: HttpRequest) -> dict[str, Any]:
    """Put a subject and its services on file as filed through another provider."""
    return {"seeded": verbs.seed_record(_object(request))}


@_door("GET")
def filed(request: HttpRequest) -> dict[str, Any]:
    """Everything on file, without names."""
    return {"filed": queries.filed(province=request.GET.get("province") or None)}


@_door("GET")
def outgoing(request: HttpRequest) -> dict[str, Any]:
    """Files going out, newest first."""
    verbs.settle()
    return {"files": [_plain(line) for line in queries.tray(request.GET.get("province") or None, limit=1000)]}


def _row(record_id: int) -> Record:
    row = queries.find(record_id)
    if row is None:
        raise verbs.SimulatorError("unknown_record", "没有这条备案申请", "There is no such request")
    return row


def _plain(line: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in line.items()}


def _object(request: HttpRequest) -> dict[str, Any]:
    data = _json(request)
    if not isinstance(data, dict):
        raise verbs.SimulatorError("not_json", "请求体应为 JSON 对象", "The body must be a JSON object")
    return data


def _json(request: HttpRequest) -> Any:
    try:
        return json.loads(request.read(_BODY_MAX))
    except (ValueError, RecursionError):
        raise verbs.SimulatorError("not_json", "请求体应为 JSON 对象", "The body must be a JSON object") from None
