"""The desk's screens of claims (认领): which wait, and one to decide."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from openbeian.accounts.models import User
from openbeian.accounts.queries import administrators_of
from openbeian.desk import queries
from openbeian.desk.permissions import READS_PERSONAL_DATA, admits, screen
from openbeian.register import claims as register
from openbeian.register.errors import NotFound, ReasonMissing, RegisterError
from openbeian.register.models import Claim
from openbeian.register.queries import public_name

#: Rows of one list.
ROWS = 200


@screen
@require_GET
def claims(request: HttpRequest) -> HttpResponse:
    """The claims that wait, the one due first at the head; or those that have ended."""
    ended = "ended" in request.GET
    found = register.decided_claims() if ended else register.waiting_claims()
    return render(request, "desk/claims.html", {"rows": found[:ROWS], "ended": ended})


@screen
@require_GET
def claim_page(request: HttpRequest, claim_id: int) -> HttpResponse:
    """One claim, beside what is on file, and the form to decide it."""
    return _page(request, _found(claim_id))


def _page(request: HttpRequest, claim: Claim, reason: str = "") -> HttpResponse:
    role, service = _user(request).role, claim.service
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


@screen
@require_POST
def decide_claim(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Approve a claim, or refuse it with a reason. What was typed stays on the page if it is not enough."""
    claim, reviewer = _found(claim_id), _user(request).actor
    act, reason = request.POST.get("act"), request.POST.get("reason", "")
    try:
        if act == "approve":
            register.approve_claim(claim_id=claim.pk, reviewer=reviewer)
            messages.success(request, _("认领 %(claim)s 已通过。") % {"claim": claim.pk})
        elif act == "refuse":
            register.refuse_claim(claim_id=claim.pk, reviewer=reviewer, reason=reason)
            messages.success(request, _("认领 %(claim)s 已驳回。") % {"claim": claim.pk})
        else:
            raise Http404
    except ReasonMissing as error:
        _say(request, error)
        return _page(request, claim, reason)
    except RegisterError as error:
        _say(request, error)
        return redirect("desk:claim_page", claim.pk)
    return redirect("desk:claims")


def _found(claim_id: int) -> Claim:
    try:
        return register.claim(claim_id)
    except NotFound:
        raise Http404 from None


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _say(request: HttpRequest, error: RegisterError) -> None:
    messages.error(request, error.en if (get_language() or "").startswith("en") else error.zh)
