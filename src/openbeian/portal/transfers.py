"""The organizers' screens of transfers (转移): offering a mini program to another account, and answering an offer."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from openbeian.accounts import transfers
from openbeian.accounts.errors import AccountError, NotFound
from openbeian.accounts.permissions import user_of
from openbeian.ledger import clock
from openbeian.portal import queries
from openbeian.portal.permissions import screen
from openbeian.web.pages import OneOf, Text, read_form, show_error

_ANSWERS = {
    "accept": transfers.accept_transfer, "decline": transfers.decline_transfer, "withdraw": transfers.withdraw_offer,
}


@screen("GET", "POST")
def transfer(request: HttpRequest, appid: str) -> HttpResponse:
    """What a transfer brings about, and the form to offer it. The answer is the same for every name."""
    user = user_of(request)
    if appid not in queries.appids(user):
        raise Http404
    addressee = read_form(request.POST, addressee=Text())["addressee"]
    if request.method == "POST":
        try:
            transfers.offer_transfer(appid=appid, user=user, addressee=addressee)
        except AccountError as error:
            show_error(request, error)
        else:
            messages.success(request, _("已提出转移。对方在 7 天内接受后生效，之前可随时撤回。"))
            return redirect("portal:mini_program", appid)
    return render(request, "portal/transfer.html", {
        "account": queries.account(appid), "addressee": addressee,
        "offer": transfers.open_offer_by(user, appid, clock.now()),
    })


@screen("POST")
def answer_offer(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Accept or decline what one is offered; take back what one has offered."""
    act = read_form(request.POST, act=OneOf(*_ANSWERS))["act"]
    try:
        offer = _ANSWERS[act](offer_id=offer_id, user=user_of(request))
    except NotFound:
        raise Http404 from None
    except AccountError as error:
        show_error(request, error)
        return redirect("portal:home")
    told = {"accept": _("小程序现由您管理。"), "decline": _("已拒绝，对方将收到通知。"), "withdraw": _("已撤回，管理员不变。")}
    messages.success(request, told[act])
    return redirect("portal:home") if act == "decline" else redirect("portal:mini_program", offer.appid)
