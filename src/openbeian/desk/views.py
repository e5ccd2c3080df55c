"""The reviewers' and operators' screens: the queue, an order to decide, the shelf."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from openbeian.accounts.permissions import user_of
from openbeian.authority.queries import verifications_of
from openbeian.desk import queries
from openbeian.desk.permissions import READS_PERSONAL_DATA, admits, screen
from openbeian.filings.errors import FilingError
from openbeian.filings.models import Order
from openbeian.filings.queries import (
    findings_of,
    intact_account,
    intact_dossier,
    material_content,
    timeline,
)
from openbeian.ledger import clock
from openbeian.ledger.queries import events_of
from openbeian.regime.dossier import document
from openbeian.regime.facts import Account
from openbeian.regime.fields import FIELDS
from openbeian.regime.lifecycle import CANCELLATIONS, FINAL_STATES, Action, State
from openbeian.regime.numbers import is_digits
from openbeian.review import verbs
from openbeian.review.verbs import ReviewFinding
from openbeian.shelf import queries as shelf_queries
from openbeian.vault import mask_name
from openbeian.web.pages import Text, read_form, show_error


@screen("GET")
def queue(request: HttpRequest) -> HttpResponse:
    """Orders of one state, longest there first, a page at a time."""
    states = [state for state in State if state != State.DRAFT]
    states.sort(key=lambda state: state in FINAL_STATES)
    wanted = request.GET.get("state", "")
    state = State(wanted) if wanted in states else State.PLATFORM_REVIEW
    mine = "mine" in request.GET
    page = queries.page(
        state=state, after=request.GET.get("after", ""), claimed_by=user_of(request).actor.id if mine else "")
    return render(request, "desk/queue.html", {
        "page": page, "state": state, "mine": mine, "paged": "after" in request.GET,
        "states": states,
        "rows": [
            (row, queries.name_of(row.claimed_by) if row.claimed_by else "", intact_account(row)) for row in page.orders],
        "reviews": admits(user_of(request).role, "take_next"),
    })


@screen("GET")
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order to look at and, for the reviewer who took it, to decide."""
    return _order_page(request, queries.visible_order(order_id))


def _order_page(request: HttpRequest, found: Order, drafted: Sequence[ReviewFinding] = ()) -> HttpResponse:
    user = user_of(request)
    decides = queries.may(user, Action.APPROVE, found)
    mine = decides and found.claimed_by == user.actor.id
    kept, dossier, in_clear = intact_account(found), intact_dossier(found), user.role in READS_PERSONAL_DATA
    account = kept or Account(appid=found.appid, name=found.appid, organizer_name="")
    return render(request, "desk/order.html", {
        "order": found, "account": account, "dossier": document(dossier) if dossier else {},
        "damaged_account": kept is None, "findings": findings_of(found), "in_clear": in_clear,
        "organizer_name": account.organizer_name if in_clear else mask_name(account.organizer_name),
        "events": timeline(found), "gate": shelf_queries.gate(appid=found.appid, at=clock.now()),
        "decides": decides, "mine": mine, "claimed_by": queries.name_of(found.claimed_by) if found.claimed_by else "",
        "drafted": drafted, "fields": _fields(found.kind in CANCELLATIONS), **queries.comparisons(found),
        "verifications": verifications_of(found),
    })


def _fields(cancels: bool) -> list[Any]:
    return [field for path, field in FIELDS.items() if path.startswith("cancellation.") == cancels]


@screen("POST")
def take_next(request: HttpRequest) -> HttpResponse:
    """Take the order that waits longest and show it."""
    return _to_next(request)


def _to_next(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    for _attempt in range(5):  # somebody else may take the same one first
        found = queries.next_for(user)
        if found is None:
            messages.info(request, _("队列中没有待领取的订单。"))
            return redirect("desk:queue")
        if found.claimed_by == user.actor.id:
            return redirect("desk:order", found.pk)
        try:
            verbs.claim(order_id=found.pk, reviewer=user.actor)
        except FilingError:
            continue
        return redirect("desk:order", found.pk)
    return redirect("desk:queue")


@screen("POST")
def claim(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take one order."""
    queries.visible_order(order_id)
    try:
        verbs.claim(order_id=order_id, reviewer=user_of(request).actor)
    except FilingError as error:
        show_error(request, error)
    return redirect("desk:order", order_id)


@screen("POST")
def release(request: HttpRequest, order_id: int) -> HttpResponse:
    """Put one's own order back into the queue."""
    queries.visible_order(order_id)
    try:
        verbs.release(order_id=order_id, reviewer=user_of(request).actor)
    except FilingError as error:
        show_error(request, error)
        return redirect("desk:order", order_id)
    return redirect("desk:queue")


@screen("POST")
def approve(request: HttpRequest, order_id: int) -> HttpResponse:
    """Pass an order on to the administration."""
    found = queries.visible_order(order_id)
    try:
        verbs.approve(order_id=found.pk, reviewer=user_of(request).actor, version=_version(request.POST))
    except FilingError as error:
        show_error(request, error)
        return redirect("desk:order", order_id)
    messages.success(request, _("订单 %(order)s 已通过，将提交管局。") % {"order": order_id})
    return _after_decision(request)


@screen("POST")
def return_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Return an order with its findings. What was typed stays on the page if it is refused."""
    found = queries.visible_order(order_id)
    findings = _findings(request.POST)
    try:
        with transaction.atomic():
            verbs.return_for_completion(
                order_id=found.pk, reviewer=user_of(request).actor, findings=findings, version=_version(request.POST))
    except FilingError as error:
        show_error(request, error)
        return _order_page(request, found, findings)
    told = {"order": order_id, "count": len(findings)}
    messages.success(request, _("订单 %(order)s 已退回，共 %(count)s 条意见。") % told)
    return _after_decision(request)


def _version(post: QueryDict) -> int | None:
    version: int | None = read_form(post, version=forms.IntegerField(required=False))["version"]
    return version


def _findings(post: QueryDict) -> list[ReviewFinding]:
    """Every row, empty ones too. All rows have the same names, as the page adds and removes them."""
    columns = (post.getlist(name) for name in ("field", "reason", "remedy"))
    return [ReviewFinding(*map(Text().clean, row)) for row in zip_longest(*columns)]


def _after_decision(request: HttpRequest) -> HttpResponse:
    return _to_next(request) if "next" in request.POST else redirect("desk:queue")


@screen("GET")
def finding_row(request: HttpRequest) -> HttpResponse:
    """An empty row for one more finding, its field chosen if ``field`` names one."""
    return render(request, "desk/parts/finding_row.html", {
        "fields": _fields("cancel" in request.GET),
        "row": ReviewFinding(_field(request.GET.get("field", "")), "", ""),
    })


def _field(path: str) -> str:
    """The listed field for a path: positions of list items are left out."""
    return ".".join(part for part in path.split(".") if not is_digits(part))


@screen("GET")
def material(request: HttpRequest, order_id: int, media_id: str) -> HttpResponse:
    """A file of the dossier, decrypted on the fly, kept by no cache."""
    found = queries.visible_material(queries.visible_order(order_id), media_id)
    response = HttpResponse(material_content(found), content_type=found.content_type)
    response["Cache-Control"] = "no-store"
    return response


@screen("GET")
def shelf(request: HttpRequest) -> HttpResponse:
    """Whether a mini program may be on the shelf, why, and what happened to it; without one, the catalogue."""
    appid, after = read_form(request.GET, appid=Text(), after=Text()).values()
    offline = "offline" in request.GET
    context: dict[str, Any] = {"appid": appid, "offline": offline, "paged": bool(after)}
    if not appid:
        at = clock.now()
        context["page"] = (
            queries.taken_offline_lately(at=at) if offline else queries.catalogue(at=at, after=after))
    else:
        context |= {
            "gate": shelf_queries.gate(appid=appid, at=clock.now()),
            "program": shelf_queries.mini_programs().filter(appid=appid).first(),
            "events": events_of(f"app:{appid}").exclude(tag="material:upload"),
            "orders": queries.visible_orders().filter(appid=appid).order_by("-pk")[:20],
        }
    return render(request, "desk/shelf.html", context)
