"""The organizers' screen of claims (认领): asking for the mini program of a number that is one's own."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from openbeian.accounts.models import User
from openbeian.portal.permissions import screen
from openbeian.register import claims as register
from openbeian.register.errors import ClaimIncomplete, NotFound, RegisterError

#: Claims listed on the page.
ROWS = 50
_FIELDS = ("number", "certificate_number", "remark")


@screen
@require_http_methods(["GET", "POST"])
def claims(request: HttpRequest) -> HttpResponse:
    """The form to claim a filing, and what became of earlier claims."""
    user = _user(request)
    typed = {name: request.POST.get(name, "") for name in _FIELDS}
    findings = {}
    if request.method == "POST":
        try:
            register.claim_filing(user=user, **typed)
        except RegisterError as error:
            _say(request, error)
            if isinstance(error, ClaimIncomplete):
                findings = {finding.field: finding for finding in error.findings}
        else:
            messages.success(request, _("已提交，等待平台审核。"))
            return redirect("portal:claims")
    return render(request, "portal/claims.html", {
        "typed": typed, "findings": findings, "working_days": register.WORKING_DAYS,
        "longest": register.TEXT_LENGTH_MAX,
        "claims": [(claim, register.reason_of(claim), register.is_open(claim))
                   for claim in register.claims_of(user)[:ROWS]],
    })


@screen
@require_POST
def withdraw_claim(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Take one's own claim back."""
    try:
        register.withdraw_claim(claim_id=claim_id, user=_user(request))
    except NotFound:
        raise Http404 from None
    except RegisterError as error:
        _say(request, error)
    else:
        messages.success(request, _("已撤回。"))
    return redirect("portal:claims")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _say(request: HttpRequest, error: RegisterError) -> None:
    messages.error(request, error.en if (get_language() or "").startswith("en") else error.zh)
