"""Pages of the simulated administration: clerk's desk, phone, SMS verification, settings."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from openbeian.authority.simulator import queries, verbs
from openbeian.authority.simulator.models import State
from openbeian.regime.code_tables import provinces

SMS_RESULTS = {
    "verified": ("success", "核验通过。", "Verified."),
    "wrong": ("warning", "验证码、手机号码或证件号码后六位有误。", "Code, mobile or certificate digits are wrong."),
    "returned": ("danger", "连续输错次数过多，备案申请已退回。", "Too many wrong inputs; the request is returned."),
    "none": ("secondary", "该手机号码没有待核验的备案申请。", "Nothing waits for this mobile number."),
}


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """All requests, masked, by state and province."""
    state, province = request.GET.get("state", ""), request.GET.get("province", "")
    page = request.GET.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 and int(page) else 1
    found = queries.records(
        state=state if state in State.values else None,
        province=province if province in provinces() else None,
        start=(number - 1) * queries.PAGE,
        limit=queries.PAGE + 1,
    )
    return _page(
        request,
        "desk",
        records=found[: queries.PAGE],
        states=State.choices,
        provinces=provinces().values(),
        state=state,
        province=province,
        page=number,
        more=len(found) > queries.PAGE,
    )


@require_GET
def record(request: HttpRequest, record_id: int) -> HttpResponse:
    """One request with what was reported, and the decision form while it is in review."""
    verbs.settle()
    return _record(request, record_id)


@require_POST
def decision(request: HttpRequest, record_id: int) -> HttpResponse:
    """The clerk's decision."""
    approve = request.POST.get("decision") == "approve"
    try:
        verbs.decide(record_id=record_id, approve=approve, opinion=request.POST.get("opinion", ""))
    except verbs.SimulatorError as error:
        return _record(request, record_id, error=error, status=404 if error.code == "unknown_record" else 409)
    return redirect("record", record_id=record_id)


@require_GET
def phone(request: HttpRequest) -> HttpResponse:
    """The simulated phone of a mobile number."""
    verbs.settle()
    mobile = request.GET.get("mobile", "").strip()[:32]
    return _page(request, "phone", mobile=mobile, messages=queries.messages(mobile) if mobile else [])


@require_http_methods(["GET", "POST"])
def sms_verification(request: HttpRequest) -> HttpResponse:
    """The ministry's page where principals enter code, mobile and the end of their certificate number."""
    answer = outcome = None
    if request.method == "POST":
        answer = verbs.verify_sms(
            code=request.POST.get("code", ""),
            mobile=request.POST.get("mobile", ""),
            certificate_last6=request.POST.get("certificate_last6", ""),
        )
        outcome = SMS_RESULTS[answer.result]
    return _page(request, "sms_verification", answer=answer, outcome=outcome)


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Automatic decisions and refused calls."""
    error = None
    if request.method == "POST":
        try:
            verbs.change_settings(
                automatic_decision_after=_number(request.POST.get("automatic_decision_after", "")),
                refuse_calls_with=_code(request.POST.get("refuse_calls_with", "")),
            )
            return redirect("settings")
        except verbs.SimulatorError as refused:
            error = refused
    return _page(request, "settings", status=400 if error else 200, behaviour=verbs.current_settings(), error=error)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to an address or request that does not exist."""
    return _page(request, "not_found", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to a request that Django refuses before any page sees it."""
    text = "请求无法识别。The request cannot be understood."
    return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")


def _record(
    request: HttpRequest, record_id: int, error: verbs.SimulatorError | None = None, status: int = 200
) -> HttpResponse:
    line = queries.record(record_id)
    if line is None:
        raise Http404
    return _page(
        request, "record", status=status, record=line, details=queries.details(record_id), error=error,
        deciding=line.state == State.REVIEW,
    )  # fmt: skip


def _number(text: str) -> float | None:
    try:
        return float(text) if text.strip() else None
    except ValueError:
        raise verbs.SimulatorError("bad_number", "请填写秒数", "Give a number of seconds") from None


def _code(text: str) -> int | None:
    if not text.strip():
        return None
    if not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 5):
        raise verbs.SimulatorError("bad_number", "拒绝代码须为整数", "The refusal code is an integer")
    return int(text)


def _page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"simulator/{template}.html", {"section": template, **context}, status=status)
