"""Pages of the simulated administration: clerk's desk, provinces, phone, SMS verification, settings."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from openbeian.regime.code_tables import provinces as known_provinces
from openbeian.regime.csv_files import csv_rows
from openbeian.regime.numbers import is_digits
from openbeian.simulator import faults as fault_menu
from openbeian.simulator import provinces as systems
from openbeian.simulator import queries, verbs
from openbeian.simulator.models import State
from openbeian.web.pages import OneOf, Text, read_form

View = Callable[..., HttpResponse]

SMS_RESULTS = {
    "verified": ("success", "核验通过。", "Verified."),
    "wrong": ("warning", "验证码、手机号码或证件号码后六位有误。", "Code, mobile or certificate digits are wrong."),
    "returned": ("danger", "连续输错次数过多，备案申请已退回。", "Too many wrong inputs; the request is returned."),
    "none": ("secondary", "该手机号码没有待核验的备案申请。", "Nothing waits for this mobile number."),
}
LABELS = {row["name"]: (row["zh"], row["en"]) for row in csv_rows(__file__, "labels.csv")}


def _page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"simulator/{template}.html", {"section": template, **context}, status=status)


def _or_again(again: Callable[..., HttpResponse], status: int = 400) -> Callable[[View], View]:
    """A view of a form: what the administration refuses shows the page `again`, with the error."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, **kwargs)
            except verbs.SimulatorError as error:
                return again(request, error=error, status=status, **kwargs)

        return answer

    return decorate


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """All requests, masked, by state, province and search."""
    state, province, search, page = read_form(
        request.GET, state=Text(), province=Text(), search=Text(), page=Text()).values()
    number = int(page) if is_digits(page) and len(page) < 7 and int(page) else 1
    found = queries.records(
        state=state if state in State.values else None,
        province=province if province in known_provinces() else None,
        search=search,
        start=(number - 1) * queries.PAGE,
        limit=queries.PAGE + 1,
    )
    return _page(
        request,
        "desk",
        records=found[: queries.PAGE],
        states=State.choices,
        provinces=known_provinces().values(),
        state=state,
        province=province,
        search=search,
        page=number,
        more=len(found) > queries.PAGE,
    )


@require_GET
def record(request: HttpRequest, record_id: int) -> HttpResponse:
    """One request with what was reported, and the decision form while it is in review."""
    verbs.settle()
    return _record(request, record_id)


def _record(
    request: HttpRequest, record_id: int, error: verbs.SimulatorError | None = None, status: int = 200
) -> HttpResponse:
    row = queries.find(record_id)
    if row is None:
        raise Http404
    line, broken = queries.masked(row), queries.rules_broken(row)
    return _page(
        request, "record", status=status, record=line, error=error,
        details=[(_label(path), path, text) for path, text in queries.details(row)],
        deciding=line.state == State.REVIEW, waiting=line.state == State.SMS, broken=broken,
        suggestion="；".join(found.opinion for found in broken), attachments=queries.attachments(row),
        changes=[(_label(line[0]), *line) for line in queries.filed_before(row)],
        on_file=queries.on_file(row),
        plan=json.dumps(line.plan, ensure_ascii=False) if line.plan else "",
    )  # fmt: skip


@require_POST
@_or_again(_record, status=409)
def decision(request: HttpRequest, record_id: int) -> HttpResponse:
    """The clerk's decision."""
    approve, opinion, suggestion = read_form(
        request.POST, decision=OneOf(approve=True, refuse=False), opinion=Text(), suggestion=Text()).values()
    if approve and opinion == suggestion:
        opinion = ""  # what was suggested for a refusal
    verbs.decide(record_id=record_id, approve=approve, opinion=opinion, despite_rules="despite_rules" in request.POST)
    return redirect("record", record_id=record_id)


@require_GET
def attachment(request: HttpRequest, record_id: int, index: int) -> HttpResponse:
    """The picture of an attachment."""
    row = queries.find(record_id)
    if row is None or (found := queries.picture(row, index)) is None:
        raise Http404
    content, kind = found
    return HttpResponse(content, content_type=kind, headers={"X-Content-Type-Options": "nosniff"})


@require_POST
@_or_again(_record, status=409)
def resend(request: HttpRequest, record_id: int) -> HttpResponse:
    """New codes for a request, from its page or from the phone."""
    mobile = read_form(request.POST, mobile=Text())["mobile"]
    verbs.resend_sms(record_id=record_id, mobile=mobile or None)
    return redirect("phone") if mobile else redirect("record", record_id=record_id)


@require_GET
def phone(request: HttpRequest) -> HttpResponse:
    """The simulated phone of a mobile number; without one, every SMS that waits for an answer."""
    verbs.settle()
    mobile = read_form(request.GET, mobile=Text())["mobile"]
    found = queries.messages(mobile) if mobile else queries.pending_messages()
    return _page(request, "phone", mobile=mobile, messages=[{**m, "mobile": m.get("mobile", mobile)} for m in found])


@require_http_methods(["GET", "POST"])
def sms_verification(request: HttpRequest) -> HttpResponse:
    """The ministry's page where principals enter code, mobile and the end of their certificate number.

    The phone posts ``fill`` to have code and mobile filled in: neither belongs in an address.
    """
    answer = outcome = None
    form = read_form(request.POST, code=Text(), mobile=Text(), certificate_last6=Text())
    if request.method == "POST" and "fill" not in request.POST:
        answer = verbs.verify_sms(**form)
        outcome = SMS_RESULTS[answer.result]
    done = answer is not None and answer.result in ("verified", "returned")
    code, mobile = ("" if done else form[name] for name in ("code", "mobile"))
    return _page(request, "sms_verification", answer=answer, outcome=outcome, code=code, mobile=mobile)


@require_GET
def provinces(request: HttpRequest) -> HttpResponse:
    """All provinces with their switches."""
    return _page(request, "provinces", provinces=queries.province_lines())


@require_POST
def switch(request: HttpRequest, code: str) -> HttpResponse:
    """Switch a province's system on or off."""
    if code not in known_provinces():
        raise Http404
    verbs.switch_province(code, on=read_form(request.POST, switch=OneOf(on=True, off=False))["switch"])
    return redirect("province", code=code) if "stay" in request.POST else redirect("provinces")


def _province(
    request: HttpRequest, code: str, error: verbs.SimulatorError | None = None, status: int = 200
) -> HttpResponse:
    line, usual = queries.province_line(code), systems.usual(code)
    fields = [
        {
            "name": name, "label": LABELS[name],
            "value": _text(getattr(line.behaviour, name)), "usual": _text(getattr(usual, name)),
            "choices": _choices(name), "changed": name in line.changed,
        }
        for name in systems.FIELDS
    ]  # fmt: skip
    return _page(
        request, "province", status=status, error=error, province=line, fields=fields,
        blocks={block: LABELS[block] for block in verbs.BLOCKS},
        tray=queries.tray(code, limit=20), reports=queries.reports(province=code, limit=20),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@_or_again(_province)
def province(request: HttpRequest, code: str) -> HttpResponse:
    """One province: its rules and system, what it has to send, what was reported to it."""
    if code not in known_provinces():
        raise Http404
    if request.method != "POST":
        return _province(request, code)
    form = read_form(request.POST, **{name: Text() for name in systems.FIELDS if name in request.POST})
    wanted = {name: systems.read(name, text) for name, text in form.items()}
    usual = systems.usual(code)
    changed = systems.changed(usual, wanted)
    changes = {name: value for name, value in wanted.items() if getattr(changed, name) != getattr(usual, name)}
    verbs.set_province(code, changes, usual=True)
    return redirect("province", code=code)


@require_POST
@_or_again(_province)
def issue(request: HttpRequest, code: str) -> HttpResponse:
    """Queue a file of the clerk's own accord."""
    if code not in known_provinces():
        raise Http404
    block, content = read_form(request.POST, block=Text(), content=Text()).values()
    content = _json(content, {})
    if not isinstance(content, dict):
        raise verbs.SimulatorError("not_json", "内容应为 JSON 对象", "The content is a JSON object")
    verbs.issue(block=block, province=code, content=content)
    return redirect("province", code=code)


def _settings(
    request: HttpRequest, error: verbs.SimulatorError | None = None, status: int = 200
) -> HttpResponse:
    behaviour, chosen = verbs.current_settings(), verbs.current_faults()
    return _page(
        request, "settings", status=status, behaviour=behaviour, error=error, faults=chosen,
        menu=[(fault.value, chosen.rates.get(fault, 0.0)) for fault in fault_menu.Fault],
        rate=max(chosen.rates.values(), default=""),
        script=json.dumps(behaviour.script, ensure_ascii=False, indent=1) if behaviour.script else "",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@_or_again(_settings)
def settings(request: HttpRequest) -> HttpResponse:
    """Automatic decisions and refused calls."""
    if request.method != "POST":
        return _settings(request)
    delay = _number(request, "automatic_decision_after", forms.FloatField, "请填写数字", "Give a number")
    code = _number(request, "refuse_calls_with", forms.IntegerField, "拒绝代码须为整数", "The refusal code is an integer")
    verbs.change_settings(automatic_decision_after=delay, refuse_calls_with=code)
    return redirect("settings")


@require_POST
@_or_again(_settings)
def faults(request: HttpRequest) -> HttpResponse:
    """Choose what goes wrong."""
    if "end" in request.POST:
        verbs.set_faults({})
        return redirect("settings")
    seed = _number(request, "seed", forms.IntegerField, "请填写整数种子", "The seed is an integer")
    rate = _number(request, "rate", forms.FloatField, "请填写数字", "Give a number")
    verbs.set_faults({
        "seed": seed or 0, "rate": 0.1 if rate is None else rate, "only": request.POST.getlist("only"),
    })  # fmt: skip
    return redirect("settings")


@require_POST
@_or_again(_settings)
def script(request: HttpRequest) -> HttpResponse:
    """Replace the script."""
    verbs.set_script(_json(read_form(request.POST, script=Text())["script"], []))
    return redirect("settings")


def _label(path: str) -> str:
    """The label of the last element of a path, "" if it has none."""
    return LABELS.get(path.rsplit("/", 1)[-1], ("",))[0]


def _choices(name: str) -> tuple[str, ...]:
    if name in systems.CHOICES:
        return ("", *systems.CHOICES[name]) if name == "hash_encoding" else systems.CHOICES[name]
    if name == "encrypt":
        return ("", "yes", "no")
    return ("yes", "no") if isinstance(getattr(systems.Behaviour(), name), bool) else ()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " ".join(value)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _json(text: str, empty: Any) -> Any:
    try:
        return json.loads(text) if text else empty
    except (ValueError, RecursionError):
        raise verbs.SimulatorError("not_json", "不是有效的 JSON", "This is not JSON") from None


def _number(request: HttpRequest, name: str, kind: type[forms.Field], zh: str, en: str) -> Any:
    """The number in a field of a form; None if it is empty."""
    try:
        return kind(required=False).clean(request.POST.get(name))
    except forms.ValidationError:
        raise verbs.SimulatorError("bad_number", zh, en) from None
