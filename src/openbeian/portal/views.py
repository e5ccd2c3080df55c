"""The organizers' screens: their mini programs, the filing form, and the way of each order."""

import io
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import qrcode  # type: ignore[import-untyped]
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]

from openbeian.accounts.models import UserRole
from openbeian.accounts.permissions import user_of
from openbeian.accounts.transfers import addressee_of, open_offer_by, open_offers_to
from openbeian.authority.queries import verifications_of
from openbeian.filings import orders, submission
from openbeian.filings.errors import Conflict, FilingError, MaterialRefused, SubmissionRefused
from openbeian.filings.evidence import create_face_check, finish_face_check, keep_material
from openbeian.filings.materials import VIDEO_BYTES_MAX, CheckedFile, check_file
from openbeian.filings.models import FaceCheckState, Order
from openbeian.filings.queries import (
    current_document,
    face_check_of,
    findings_of,
    intact_dossier,
    material_content,
    timeline,
    working_copy,
)
from openbeian.ledger import clock
from openbeian.notices.queries import inbox
from openbeian.notices.verbs import mark_read
from openbeian.portal import queries
from openbeian.portal.form import (
    APPROVALS,
    FACE_CHECK,
    Dossier,
    FormIncomplete,
    bind,
    bind_one,
    find_input,
    from_post,
    sections,
)
from openbeian.portal.journey import CONFIRMED, DONE
from openbeian.portal.permissions import screen
from openbeian.portal.sheet import sheet
from openbeian.regime.code_tables import NONE_OF_THE_ABOVE
from openbeian.regime.lifecycle import Action, OrderKind, State, available_actions
from openbeian.regime.numbers import whole_number
from openbeian.regime.paths import put, read
from openbeian.regime.pictures import certificate_type_at, is_video
from openbeian.register.claims import waiting_claims
from openbeian.web.pages import OneOf, read_form, show_error

#: Actions offered as buttons beside an order, and the view each leads to.
_IN_FORM = {Action.SAVE: "portal:form"}
_VERBS = {
    Action.WITHDRAW: orders.withdraw, Action.ABANDON: orders.abandon, Action.AMEND: orders.amend,
    Action.REACTIVATE: orders.reactivate,
}


@screen("GET")
def start(request: HttpRequest) -> HttpResponse:
    """To one's own first page."""
    return redirect("portal:home" if user_of(request).role == UserRole.ORGANIZER else "desk:queue")


@screen("GET")
def home(request: HttpRequest) -> HttpResponse:
    """My mini programs: shelf, filing, and what to do now."""
    user, now = user_of(request), clock.now()
    return render(request, "portal/home.html", {
        "page": queries.mini_programs(user, now=now, after=request.GET.get("after", "")),
        "offers": [(offer, queries.account(offer.appid)) for offer in open_offers_to(user, now)],
        "claims": waiting_claims().filter(claimant=user),
    })


@screen("GET")
def mini_program(request: HttpRequest, appid: str) -> HttpResponse:
    """One mini program: its shelf state, its current order, and earlier ones."""
    user, now = user_of(request), clock.now()
    program = queries.mini_program(user, appid, now=now)
    orders = list(queries.visible_orders(user).filter(appid=appid)[:20])
    offer = open_offer_by(user, appid, now)
    return render(request, "portal/mini_program.html", {
        "program": program, "earlier": orders[1:],
        "offer": offer, "addressee": addressee_of(offer) if offer else "",
        **(_order_context(request, program.order) if program.order else {}),
    })


@screen("POST")
def open_order(request: HttpRequest, appid: str) -> HttpResponse:
    """Open an order of the posted kind and go to its form."""
    if appid not in queries.appids(user_of(request)):
        raise Http404
    kind = read_form(request.POST, kind=OneOf(*OrderKind))["kind"]
    try:
        order = submission.open_order(
            kind=kind, appid=appid, account=queries.account(appid), actor=user_of(request).actor)
    except FilingError as error:
        show_error(request, error)
        return redirect("portal:mini_program", appid)
    return redirect("portal:form", order.pk)


@screen("GET")
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order: where it stands, what was found, what happened, what was submitted."""
    found = queries.visible_order(user_of(request), order_id)
    dossier = current_document(found)
    return render(request, "portal/order.html", {
        **_order_context(request, found),
        "account": queries.account(found.appid),
        "sheet": sheet(order=found, dossier=dossier or {}, in_clear=False),
        "damaged_snapshots": [found.dossier_number] if dossier is None else [],
    })


def _order_context(request: HttpRequest, order: Order) -> dict[str, Any]:
    offered = available_actions(user_of(request).actor, order)
    return {
        "order": order,
        "verifications": verifications_of(order),
        "events": timeline(order),
        "findings": findings_of(order) if order.dossier_number else [],
        "buttons": [
            *((action, reverse(_IN_FORM[action], args=[order.pk]), False) for action in offered if action in _IN_FORM),
            *sorted(((action, reverse("portal:act", args=[order.pk, action]), CONFIRMED[action].grave)
                     for action in offered if action in CONFIRMED), key=lambda button: button[2]),
        ],
    }


@screen("GET", "POST")
def act(request: HttpRequest, order_id: int, action: str) -> HttpResponse:
    """Say what an action brings about; on confirmation, take it."""
    found = queries.visible_order(user_of(request), order_id)
    if action not in CONFIRMED:
        raise Http404
    chosen, actor, account = Action(action), user_of(request).actor, queries.account(found.appid)
    findings: Sequence[Any] = ()
    if request.method == "POST":
        seen = read_form(request.POST, version=forms.IntegerField(required=False))
        try:
            if chosen == Action.RESUBMIT:
                moved = submission.resubmit(order_id=order_id, account=account, actor=actor, **seen)
            else:
                moved = _VERBS[chosen](order_id=order_id, actor=actor, **seen)
        except SubmissionRefused as refused:
            findings = refused.findings
        except FilingError as error:
            show_error(request, error)
            return redirect("portal:mini_program", found.appid)
        else:
            messages.success(request, str(DONE.get(State(moved.state), _("已办理。"))))
            if Action.SAVE in available_actions(actor, moved):
                return redirect("portal:form", order_id)
            return redirect("portal:mini_program", found.appid)
    return render(request, "portal/act.html", {
        "order": found, "account": account, "action": chosen, "offered": chosen in available_actions(actor, found),
        "consequences": CONFIRMED[chosen], "findings": findings,
    })


@screen("GET", "POST")
def form(request: HttpRequest, order_id: int) -> HttpResponse:
    """The filing form. A post saves, and submits if the submit button was pressed; all findings show at once.

    A post that is older than the order is refused (409) and shown again as it was typed, one without the form's inputs is
    refused (400).
    """
    found = queries.visible_order(user_of(request), order_id)
    actor = user_of(request).actor
    if request.method == "GET":
        if Action.SAVE not in available_actions(actor, found):
            return redirect("portal:mini_program", found.appid)
        earlier = findings_of(found).exclude(source="rule") if found.dossier_number else ()
        return _form_page(request, found, working_copy(found), list(earlier))
    try:
        posted = _posted(request, found)
    except FormIncomplete as error:
        return render(request, "400.html", {"error": error}, status=400)
    try:
        if "submit" not in request.POST:
            submission.save(**posted)
            messages.success(request, _("草稿已保存。"))
            return redirect("portal:mini_program", found.appid)
        try:
            submission.submit(**posted, account=queries.account(found.appid))
        except Conflict:
            raise
        except FilingError as refused:
            saved = submission.save(**posted)
            if not isinstance(refused, SubmissionRefused):
                show_error(request, refused)
                return _form_page(request, saved, working_copy(saved), ())
            return _form_page(request, saved, working_copy(saved), refused.findings, refused=True)
    except Conflict as error:
        found.version = posted["version"]  # until the page is loaded anew nothing on it can be saved
        return _form_page(request, found, posted["document"], (), conflict=error, status=409)
    messages.success(request, _("已提交，等待平台初审。"))
    return redirect("portal:mini_program", found.appid)


def _posted(request: HttpRequest, order: Order) -> dict[str, Any]:
    """What a posted form asks to be saved: of which order, in which version, by whom. Raises :class:`FormIncomplete`."""
    try:
        seen = read_form(request.POST, version=forms.IntegerField())
    except Http404:
        raise FormIncomplete() from None
    return {"order_id": order.pk, "document": from_post(request.POST, order.kind), "actor": user_of(request).actor, **seen}


def _form_page(
    request: HttpRequest, order: Order, dossier: Dossier, findings: Sequence[Any], *, refused: bool = False,
    conflict: Conflict | None = None, status: int = 200,
) -> HttpResponse:
    response = render(request, "portal/form.html", {
        "account": queries.account(order.appid), "findings": findings, "refused": refused, "conflict": conflict,
        "damaged_snapshots": [order.dossier_number] if order.dossier_number and intact_dossier(order) is None else [],
        **_form_context(request, order, dossier, findings),
    }, status=status)
    response["Cache-Control"] = "no-store"  # going back to it shows the order as it is, and not an older version
    return response


def _form_context(
    request: HttpRequest, order: Order, dossier: Dossier, findings: Sequence[Any] = ()
) -> dict[str, Any]:
    return {
        "order": order, "sections": bind(order.kind, dossier, findings), "dossier": dossier,
        "none_of_the_above": NONE_OF_THE_ABOVE, **_face_check_context(request, order, dossier),
    }


@screen("POST")
def form_part(request: HttpRequest, order_id: int) -> HttpResponse:
    """Keep the draft as it stands on the page, do one step (``do``) to it, and answer the part that changed.

    Steps: ``save`` answers the save mark; ``upload`` and ``remove`` (with ``path``, ``media``) answer one input;
    ``redraw``, ``add``, ``drop`` (with ``row``), ``copy`` (with ``section``) and ``face_check`` answer the form; ``switch``
    goes on with the other draft. Each answer brings the order's new version. Refused as :func:`form` refuses.
    """
    found = saved = queries.visible_order(user_of(request), order_id)
    step, path = request.POST.get("do", "save"), request.POST.get("path", "")
    problem = None
    try:
        posted = _posted(request, found)
        dossier = posted["document"]
        file = _checked_file(request, found, path) if step == "upload" else None  # may wait, so in no transaction
        with transaction.atomic():
            if file is not None:
                _keep_file(request, found, dossier, path, file)
            elif step in _STEPS:
                _STEPS[step](request, found, dossier)
            saved = submission.save(**posted, switch=step == "switch")
    except MaterialRefused as refused:
        problem = refused.finding
    except (FilingError, FormIncomplete) as error:
        status = 409 if isinstance(error, Conflict) else 400 if isinstance(error, FormIncomplete) else 200
        response = render(request, "portal/parts/save_mark.html", {"error": error, "order": found}, status=status)
        response["HX-Retarget"], response["HX-Reswap"] = "#save-mark", "innerHTML"
        return response
    if step == "switch":
        return HttpResponse(headers={"HX-Refresh": "true"})
    answer: dict[str, Any] = {"order": saved, "at": clock.now()}
    if step in ("upload", "remove"):
        one = find_input(found.kind, path)
        if one is None:
            raise Http404
        bound = bind_one(one, dossier, {path: [problem]} if problem else {})
        answer |= {"part": bound.template, "f": bound}
    elif step == "save":
        answer |= {"part": "portal/parts/save_mark.html"}
    else:
        answer |= {"part": "portal/parts/form_body.html", **_form_context(request, saved, dossier)}
    return render(request, "portal/parts/answer.html", answer)


def _checked_file(request: HttpRequest, order: Order, path: str) -> CheckedFile:
    file = request.FILES.get(f"file:{path}")
    if find_input(order.kind, path) is None or file is None:
        raise Http404
    return check_file(file.read(VIDEO_BYTES_MAX + 1), kind="video" if is_video(path) else "image", field=path)


def _keep_file(request: HttpRequest, order: Order, dossier: Dossier, path: str, file: CheckedFile) -> None:
    if path.startswith(f"{APPROVALS}."):
        rows, position = read(dossier, APPROVALS) or [], int(path.split(".")[2])
        put(dossier, APPROVALS, [*rows, *({} for _row in range(len(rows), position + 1))])
    material = keep_material(
        file, appid=order.appid, field=path, certificate_type=certificate_type_at(dossier, path),
        actor=user_of(request).actor)
    one = find_input(order.kind, path)
    if one is not None and one.widget == "uploads":
        put(dossier, path, [*(read(dossier, path) or []), material.digest][-one.count:])
    else:
        put(dossier, path, material.digest)


def _remove(request: HttpRequest, order: Order, dossier: Dossier) -> None:
    path, media_id = request.POST.get("path", ""), request.POST.get("media", "")
    value = read(dossier, path)
    if find_input(order.kind, path) is not None and value:
        put(dossier, path, [m for m in value if m != media_id] if isinstance(value, list) else "")


def _add_approval(request: HttpRequest, order: Order, dossier: Dossier) -> None:
    put(dossier, APPROVALS, [*(read(dossier, APPROVALS) or [{}]), {}])


def _drop_approval(request: HttpRequest, order: Order, dossier: Dossier) -> None:
    row = whole_number(request.POST.get("row"))
    put(dossier, APPROVALS, [item for i, item in enumerate(read(dossier, APPROVALS) or []) if i != row])


def _copy_person(request: HttpRequest, order: Order, dossier: Dossier) -> None:
    for part in sections(order.kind):
        if part.key == request.POST.get("section") and part.copies:
            target = part.inputs[0].path.rsplit(".", 1)[0]
            kept = read(dossier, FACE_CHECK)
            put(dossier, target, {**(read(dossier, part.copies) or {}), **({"face_check": kept} if kept else {})})


def _ask_for_face_check(request: HttpRequest, order: Order, dossier: Dossier) -> None:
    put(dossier, FACE_CHECK, create_face_check(appid=order.appid, actor=user_of(request).actor).task_id)


_STEPS = {
    "remove": _remove, "add": _add_approval, "drop": _drop_approval, "copy": _copy_person,
    "face_check": _ask_for_face_check,
}


@screen("GET")
def face_check_state(request: HttpRequest, order_id: int) -> HttpResponse:
    """The face check of a draft, asked for every few seconds while it is open."""
    found = queries.visible_order(user_of(request), order_id)
    dossier = working_copy(found)
    return render(request, "portal/parts/face_check.html", {
        "order": found, **_face_check_context(request, found, dossier)})


def _face_check_context(request: HttpRequest, order: Order, dossier: Dossier) -> dict[str, Any]:
    task_id = read(dossier, FACE_CHECK)
    found = face_check_of(order.appid, task_id) if task_id else None
    waiting = found is not None and found.state < FaceCheckState.FAILED and found.usable_until > clock.now()
    link = settings.OPENBEIAN_BASE_URL + reverse("portal:face_check", args=[found.task_id]) if found and waiting else ""
    return {
        "face_check": found, "face_check_waiting": waiting, "face_check_link": link,
        "face_check_passed": found is not None and found.state == FaceCheckState.PASSED,
        "face_check_qr": _qr(link) if link else "",
    }


def _qr(text: str) -> str:
    """A QR code as a ``data:`` address."""
    out = io.BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, box_size=12, border=2).save(out)
    return "data:image/svg+xml;base64," + b64encode(out.getvalue()).decode()


@screen("GET")
def material(request: HttpRequest, media_id: str) -> HttpResponse:
    """An uploaded file, decrypted on the fly, kept by no cache."""
    found = queries.visible_material(user_of(request), media_id)
    response = HttpResponse(material_content(found), content_type=found.content_type)
    response["Cache-Control"] = "no-store"
    return response


@screen("GET", "POST")
def messages_page(request: HttpRequest) -> HttpResponse:
    """Notices; a post marks them all as read."""
    if request.method == "POST":
        mark_read(user=user_of(request))
        return redirect("portal:messages")
    return render(request, "portal/messages.html", {
        "inbox": inbox(user_of(request), language=get_language() or "zh-hans")})


@screen("GET", "POST")
def face_check(request: HttpRequest, task_id: str) -> HttpResponse:
    """The administrator's own page for a face check: what it is for, and how it ended."""
    found = queries.visible_face_check(user_of(request), task_id)
    if request.method == "POST":
        try:
            passed = read_form(request.POST, result=OneOf(passed=True, failed=False))["result"]
            found = finish_face_check(task_id=task_id, passed=passed, actor=user_of(request).actor)
        except FilingError as error:
            show_error(request, error)
        return redirect("portal:face_check", task_id)
    return render(request, "portal/face_check.html", {
        "face_check": found, "account": queries.account(found.appid),
        "open": found.state < FaceCheckState.FAILED and found.usable_until > clock.now(),
        "passed": found.state == FaceCheckState.PASSED, "failed": found.state == FaceCheckState.FAILED,
    })
