"""The filing calls (小程序备案): face check, materials, application, status, withdrawal, deregistration."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from openbeian.filings.errors import MaterialRefused, Overloaded
from openbeian.filings.evidence import create_face_check, upload_material
from openbeian.filings.models import FaceCheckState, Material
from openbeian.filings.queries import face_check_of, material_content
from openbeian.ledger import clock
from openbeian.wechat import codes, filing
from openbeian.wechat.answers import (
    application_body,
    call,
    json_body,
    number_of,
    switch_of,
    text_in,
    text_of,
    wants_english,
)
from openbeian.wechat.callers import authorizer_caller
from openbeian.wechat.dossier import UPLOAD_FIELDS, with_one_applet
from openbeian.wechat.errors import Refused
from openbeian.wechat.multipart import read_form
from openbeian.wechat.online_order import online_order

#: ``along_with_auth_result`` once the certification's SMS check has passed.
_CERTIFICATION_PASSED = 9
_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "video/mp4": "mp4"}


@call("POST", "GET")
def create_icp_verifytask(request: HttpRequest) -> dict[str, Any]:
    """Ask the mini program's administrator for a face check."""
    caller = authorizer_caller(request)
    with_certification = switch_of(json_body(request).get("along_with_auth"), "along_with_auth")
    task = create_face_check(appid=caller.appid, actor=caller.actor, with_certification=with_certification)
    answer: dict[str, Any] = {"task_id": task.task_id}
    if with_certification:
        answer["verify_url"] = f"{settings.OPENBEIAN_BASE_URL}/face-check/{task.task_id}"
    return answer


@call("POST", "GET")
def query_icp_verifytask(request: HttpRequest) -> dict[str, Any]:
    """How a face check stands. ``face_status`` is final once ``is_finish`` is true."""
    caller = authorizer_caller(request)
    task = face_check_of(caller.appid, text_in(request, "task_id"))
    if task is None:
        raise Refused(codes.NOT_FOUND)
    finished = task.state >= FaceCheckState.FAILED
    if not finished and task.usable_until <= clock.now():
        raise Refused(codes.TASK_EXPIRED)
    answer: dict[str, Any] = {"is_finish": finished, "face_status": int(task.state)}
    if task.with_certification:
        answer["along_with_auth_result"] = _CERTIFICATION_PASSED if task.state == FaceCheckState.PASSED else 0
    return answer


@call("POST")
def upload_icp_media(request: HttpRequest) -> dict[str, Any]:
    """Keep a picture or video. The other parameters are form parts with most clients, in the query with some."""
    caller = authorizer_caller(request)
    texts, files = read_form(request)
    kind, field, certificate_type = (
        text_of(texts.get(name)) or text_of(request.GET.get(name))
        for name in ("type", "icp_order_field", "certificate_type"))
    content = files.get("media")
    if content is None:
        raise Refused(codes.MISSING_MEDIA, "media data must not be empty")
    if kind not in ("image", "video"):
        raise Refused(codes.INVALID_MEDIA_TYPE)
    if field not in UPLOAD_FIELDS:
        raise Refused(codes.INVALID_ARGS, "icp_order_field")
    certificate = number_of(certificate_type, "certificate_type", least=0, most=9999, default=0)
    try:
        material = upload_material(
            appid=caller.appid, content=content, kind=kind, field=UPLOAD_FIELDS[field],
            certificate_type=certificate or None, actor=caller.actor)
    except Overloaded:
        raise Refused(codes.BUSY) from None
    except MaterialRefused as refusal:
        raise Refused(codes.UPLOAD_FAILED, refusal.en if wants_english(request) else refusal.zh) from None
    created_at = int(material.created_at.timestamp())
    return {"type": kind, "media_id": material.media_id, "created_at": created_at, "create_at": created_at}


@call("GET", "POST")
def get_icp_media(request: HttpRequest) -> HttpResponse:
    """The bytes of an uploaded file, as they are kept."""
    caller = authorizer_caller(request)
    media_id = text_of(request.GET.get("media_id")) or text_of(json_body(request).get("media_id"))
    if not media_id:
        raise Refused(codes.MISSING_MEDIA_ID)
    material = (Material.objects.filter(pk=media_id, appid=caller.appid).select_related("blob").first()
                if len(media_id) <= 80 else None)
    if material is None:
        raise Refused(codes.MEDIA_ID_INVALID)
    content = material_content(material)
    name = f"{material.media_id}.{_SUFFIXES[material.content_type]}"
    return HttpResponse(content, content_type=material.content_type, headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(len(content))})


@call("POST")
def apply_icp_filing(request: HttpRequest) -> dict[str, Any]:
    """File, or file again. Success means the platform's review has begun."""
    caller = authorizer_caller(request)
    body = with_one_applet(application_body(request), caller.online_applets_shape)
    filing.apply(caller=caller, body=body, english=wants_english(request))
    return {}


@call("POST", "GET")
def cancel_apply_icp_filing(request: HttpRequest) -> dict[str, Any]:
    """Withdraw an application that the platform reviews, or abandon a draft or one that came back."""
    caller = authorizer_caller(request)
    json_body(request)  # says nothing, but a broken one was meant to
    filing.withdraw(caller=caller)
    return {}


@call("POST")
def cancel_icp_filing(request: HttpRequest) -> dict[str, Any]:
    """Deregister. Cannot be taken back; unanswered SMS verification ends it."""
    caller = authorizer_caller(request)
    body = json_body(request)
    cancel_type = number_of(body.get("cancel_type"), "cancel_type", least=1, most=3)
    # Typed clients send 0 for a number that was not set.
    reason = number_of(body.get("reason_type"), "reason_type", least=0, most=2, default=1) or 1
    filing.cancel(caller=caller, cancel_type=cancel_type, reason=reason)
    return {}


@call("GET", "POST")
def get_icp_entrance_info(request: HttpRequest) -> dict[str, Any]:
    """Where the filing stands, and why it was returned or rejected."""
    return {"info": filing.entrance_info(caller=authorizer_caller(request))}


@call("GET", "POST")
def get_online_icp_order(request: HttpRequest) -> dict[str, Any]:
    """The filing in force."""
    return online_order(authorizer_caller(request))
