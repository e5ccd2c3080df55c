"""The organizers' screen of claims (认领): asking for the mini program of a number that is one's own."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from openbeian.accounts.permissions import user_of
from openbeian.portal.permissions import screen
from openbeian.register import claims as register
from openbeian.register.errors import ClaimIncomplete, NotFound, RegisterError
from openbeian.web.pages import Text, read_form, show_error

#: Claims listed on the page.
ROWS = 50


@screen("GET", "POST")
def claims(request: HttpRequest) -> HttpResponse:
    """The form to claim a filing, and what became of earlier claims."""
    user, findings = user_of(request), {}
    typed = read_form(request.POST, number=Text(), certificate_number=Text(), remark=Text())
    if request.method == "POST":
        try:
            register.claim_filing(user=user, **typed)
        except RegisterError as error:
            show_error(request, error)
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


@screen("POST")
def withdraw_claim(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Take one's own claim back."""
    try:
        register.withdraw_claim(claim_id=claim_id, user=user_of(request))
    except NotFound:
        raise Http404 from None
    except RegisterError as error:
        show_error(request, error)
    else:
        messages.success(request, _("已撤回。"))
    return redirect("portal:claims")
