"""The shelving calls (代码管理): a version is committed, audited and released, and the service closed and opened."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest

from openbeian.regime.numbers import whole_number
from openbeian.regime.shelf_policy import Decision
from openbeian.shelf import queries as shelf
from openbeian.shelf import verbs as shelf_verbs
from openbeian.shelf.errors import GateClosed, NeverListed, NotFound, VersionRefused
from openbeian.shelf.versions import queries, verbs
from openbeian.shelf.versions.lifecycle import VersionState
from openbeian.shelf.versions.models import Version
from openbeian.web.machines import instant
from openbeian.wechat import codes
from openbeian.wechat.answers import call, json_body, text_of, wants_english
from openbeian.wechat.callers import Caller, authorizer_caller
from openbeian.wechat.errors import Hint, Refused
from openbeian.wechat.permission_sets import DEVELOPMENT

_BIGGEST = 2**63 - 1
_USER_VERSION_MAX, _USER_DESC_MAX, _EXT_JSON_MAX = 64, 1000, 256_000
_ITEMS_MAX, _FEEDBACK_MAX, _FEEDBACK_STUFF_MAX, _VERSION_DESC_MAX = 5, 200, 5, 2000
#: ``status`` of an audit. A version that is live, or that gave way to a later one, has passed.
AUDIT_STATUS: dict[str, int] = {
    VersionState.PASSED: 0,
    VersionState.LIVE: 0,
    VersionState.SUPERSEDED: 0,
    VersionState.REJECTED: 1,
    VersionState.AUDITING: 2,
    VersionState.WITHDRAWN: 3,
}


def _caller(request: HttpRequest) -> Caller:
    return authorizer_caller(request, {DEVELOPMENT})


def _posted(request: HttpRequest) -> dict[str, Any]:
    """The body. WeChat tells an empty one from ``{}`` in these calls, and so do we."""
    if not request.body.strip():
        raise Refused(codes.EMPTY_BODY)
    return json_body(request)


def _number(value: Any, *, otherwise: int) -> int:
    """A whole number from 0 on. Raises :class:`Refused` with the errcode ``otherwise``."""
    number = whole_number(value)
    if number is None or not 0 <= number <= _BIGGEST:
        raise Refused(otherwise)
    return number


def _text(body: dict[str, Any], name: str, *, most: int) -> str:
    """An optional text. Raises :class:`Refused` (40097) for anything else or anything longer."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        raise Refused(codes.INVALID_ARGS, f"{name} is a text of up to {most} characters")
    return value


@contextmanager
def _refusals(*, english: bool, gate: int = codes.STATUS_NOT_ALLOWED, **instead: int) -> Iterator[None]:
    """Word what the shelf refuses as errcodes: ``gate`` where the gate says no, ``instead`` by the refusal's code."""
    try:
        yield
    except NotFound:
        raise Refused(codes.UNKNOWN_APP) from None
    except NeverListed as refusal:
        raise Refused(codes.VISIT_STATUS_FIXED, refusal.en if english else refusal.zh) from None
    except VersionRefused as refusal:
        code = instead.get(refusal.code) or codes.code_of(refusal.code)
        raise Refused(code, refusal.en if english else refusal.zh) from None
    except GateClosed as refusal:
        text = _grounds(refusal.decision, english=english)
        raise Refused(gate, text, hints=[Hint(codes.GATE_REFUSES, text, "")]) from None


def _audit_result(version: Version) -> dict[str, Any]:
    """``status`` of an audit and, once rejected, why. There are no screenshots here; both spellings are in use."""
    result: dict[str, Any] = {"status": AUDIT_STATUS[version.state]}
    if version.state == VersionState.REJECTED:
        result |= {"reason": version.reason, "screenshot": "", "ScreenShot": ""}
    return result


def _grounds(decision: Decision, *, english: bool) -> str:
    """The gate's code, the reason, the clause, and since when, in one line."""
    reason, since = (decision.reason_en, "since") if english else (decision.reason_zh, "自")
    clause = f"{'under' if english else '依据'} {decision.clause}"
    return " ".join([f"{decision.code}:", reason, clause, *([since, str(instant(decision.since))] if decision.since else [])])


@call("POST")
def commit(request: HttpRequest) -> dict[str, Any]:
    """Take a version in; it replaces the one in development. Its code is not kept here."""
    caller = _caller(request)
    body = _posted(request)
    template_id = _number(body.get("template_id"), otherwise=codes.TEMPLATE_UNKNOWN)
    user_version = text_of(body.get("user_version"))
    if not 0 < len(user_version) <= _USER_VERSION_MAX:
        raise Refused(codes.VERSION_INVALID, f"user_version has 1 to {_USER_VERSION_MAX} characters")
    with _refusals(english=wants_english(request)):
        verbs.commit_version(
            appid=caller.appid, template_id=template_id, ext_json=_ext_json(body), user_version=user_version,
            user_desc=_text(body, "user_desc", most=_USER_DESC_MAX), actor=caller.actor)
    return {}


def _ext_json(body: dict[str, Any]) -> str:
    value = body.get("ext_json")
    if not isinstance(value, str) or not 0 < len(value) <= _EXT_JSON_MAX:
        raise Refused(codes.EXT_JSON_INVALID)
    try:
        parsed = json.loads(value)
        json.dumps(parsed, ensure_ascii=False).encode()  # no half of a surrogate pair
    except (ValueError, RecursionError):
        raise Refused(codes.EXT_JSON_BROKEN) from None
    if not isinstance(parsed, dict):
        raise Refused(codes.EXT_JSON_BROKEN)
    return value


@call("POST")
def submit_audit(request: HttpRequest) -> dict[str, Any]:
    """Send the committed version to the audit. ``auditid`` is its number."""
    caller = _caller(request)
    body = _posted(request)
    items = _items(body.get("item_list"))
    stuff = _text(body, "feedback_stuff", most=1000)
    if len(stuff.split("|")) > _FEEDBACK_STUFF_MAX:
        raise Refused(codes.INVALID_ARGS, f"feedback_stuff has up to {_FEEDBACK_STUFF_MAX} media_id")
    sent = {
        "item_list": items, "version_desc": _text(body, "version_desc", most=_VERSION_DESC_MAX),
        "feedback_info": _text(body, "feedback_info", most=_FEEDBACK_MAX), "feedback_stuff": stuff,
    }
    with _refusals(english=wants_english(request)):
        version = verbs.submit_audit(appid=caller.appid, request=sent, actor=caller.actor)
    return {"auditid": version.pk}


def _items(value: Any) -> list[Any]:
    """``item_list``: called required in the documentation, but left out by clients without harm."""
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > _ITEMS_MAX:
        raise Refused(codes.AUDIT_ITEMS_COUNT)
    if not all(isinstance(item, dict) and item for item in value):
        raise Refused(codes.AUDIT_ITEM_EMPTY)
    return value


@call("GET")
def get_latest_auditstatus(request: HttpRequest) -> dict[str, Any]:
    """How the audit that was asked for last has ended, or that it has not."""
    caller = _caller(request)
    with _refusals(english=wants_english(request)):
        version = queries.latest_audit(caller.appid)
    assert version.submitted_at is not None
    return {
        "auditid": version.pk, **_audit_result(version), "user_version": version.user_version,
        "user_desc": version.user_desc, "submit_audit_time": int(version.submitted_at.timestamp()),
    }


@call("POST")
def get_auditstatus(request: HttpRequest) -> dict[str, Any]:
    """How one audit has ended, or that it has not."""
    caller = _caller(request)
    audit_id = _number(_posted(request).get("auditid"), otherwise=codes.AUDIT_UNKNOWN)
    with _refusals(english=wants_english(request)):
        return _audit_result(queries.audit(audit_id, appid=caller.appid))


@call("GET")
def undocodeaudit(request: HttpRequest) -> dict[str, Any]:
    """Take the version under audit back."""
    caller = _caller(request)
    with _refusals(english=wants_english(request)):
        verbs.withdraw_audit(appid=caller.appid, actor=caller.actor)
    return {}


@call("POST")
def release(request: HttpRequest) -> dict[str, Any]:
    """Let the version that passed last go live, if the gate lets the mini program stand on the shelf."""
    caller = _caller(request)
    _posted(request)
    with _refusals(english=wants_english(request), never_audited=codes.NO_AUDITED_VERSION):
        verbs.release_version(appid=caller.appid, actor=caller.actor)
    return {}


@call("POST")
def change_visitstatus(request: HttpRequest) -> dict[str, Any]:
    """Close the service to visitors, or open it again. What the platform has taken down, only a filing opens."""
    caller = _caller(request)
    action = _posted(request).get("action")
    if action not in ("open", "close"):
        raise Refused(codes.VISIT_ACTION_INVALID)
    change = shelf_verbs.open_app if action == "open" else shelf_verbs.close_app
    with _refusals(english=wants_english(request), gate=codes.VISIT_STATUS_FIXED):
        change(appid=caller.appid, actor=caller.actor)
    return {}


@call("POST")
def getvisitstatus(request: HttpRequest) -> dict[str, Any]:
    """1: people can use the mini program; 0: its organizer has closed it, the platform has, or it was never listed."""
    caller = _caller(request)
    _posted(request)
    with _refusals(english=wants_english(request)):
        return {"status": int(shelf.is_open(caller.appid))}
