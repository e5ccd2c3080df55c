"""The desk's screens of claims (认领): which wait, and one to decide."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from openbeian.accounts.permissions import user_of
from openbeian.accounts.queries import administrators_of
from openbeian.desk import queries
from openbeian.desk.permissions import READS_PERSONAL_DATA, admits, screen
from openbeian.register import claims as register
from openbeian.register.errors import NotFound, ReasonMissing, RegisterError
from openbeian.register.models import Claim
from openbeian.register.queries import public_name
from openbeian.web.pages import OneOf, Text, read_form, show_error

#: Rows of one list.
ROWS = 200


@screen("GET")
def claims(request: HttpRequest) -> HttpResponse:
    """The claims that wait, the one due first at the head; or those that have ended."""
    ended = "ended" in request.GET
    found = register.decided_claims() if ended else register.waiting_claims()
    return render(request, "desk/claims.html", {"rows": found[:ROWS], "ended": ended})


@screen("GET")
def claim_page(request: HttpRequest, claim_id: int) -> HttpResponse:
    """One claim, beside what is on file, and the form to decide it."""
    return _page(request, _found(claim_id))


def _page(request: HttpRequest, claim: Claim, reason: str = "") -> HttpResponse:
    role, service = user_of(request).role, claim.service
    in_clear = role in READS_PERSONAL_DATA
    return render(request, "desk/claim.html", {
        "claim": claim, "service": service, "organizer_name": public_name(service.subject),
        "administrators": administrators_of(service.appid),
        "order": queries.visible_orders().filter(pk=service.order_id).first(),
        "remark": register.remark_of(claim), "refused_for": register.reason_of(claim), "in_clear": in_clear,
        "decided_by": queries.name_of(claim.ended_by), "open": register.is_open(claim),
        "decides": register.is_open(claim) and admits(role, "decide_claim"),
        "reason": reason, "longest": register.TEXT_LENGTH_MAX,
    })


@screen("POST")
def decide_claim(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Approve a claim, or refuse it with a reason. What was typed stays on the page if it is not enough."""
    claim, reviewer = _found(claim_id), user_of(request).actor
    decision = read_form(request.POST, act=OneOf("approve", "refuse"), reason=Text())
    try:
        if decision["act"] == "approve":
            register.approve_claim(claim_id=claim.pk, reviewer=reviewer)
            messages.success(request, _("认领 %(claim)s 已通过。") % {"claim": claim.pk})
        else:
            register.refuse_claim(claim_id=claim.pk, reviewer=reviewer, reason=decision["reason"])
            messages.success(request, _("认领 %(claim)s 已驳回。") % {"claim": claim.pk})
    except ReasonMissing as error:
        show_error(request, error)
        return _page(request, claim, decision["reason"])
    except RegisterError as error:
        show_error(request, error)
        return redirect("desk:claim_page", claim.pk)
    return redirect("desk:claims")


def _found(claim_id: int) -> Claim:
    try:
        return register.claim(claim_id)
    except NotFound:
        raise Http404 from None
