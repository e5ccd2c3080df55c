"""The organizers' screens of transfers (转移): offering a mini program to another account, and answering an offer."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from openbeian.accounts import transfers
from openbeian.accounts.errors import AccountError, NotFound
from openbeian.accounts.models import User
from openbeian.ledger import clock
from openbeian.portal import queries
from openbeian.portal.permissions import screen

_ANSWERS = {
    "accept": transfers.accept_transfer, "decline": transfers.decline_transfer, "withdraw": transfers.withdraw_offer,
}


@screen
@require_http_methods(["GET", "POST"])
def transfer(request: HttpRequest, appid: str) -> HttpResponse:
    """What a transfer brings about, and the form to offer it. The answer is the same for every name."""
    user = _user(request)
    if appid not in queries.appids(user):
        raise Http404
    addressee = request.POST.get("addressee", "")
    if request.method == "POST":
        try:
            transfers.offer_transfer(appid=appid, user=user, addressee=addressee)
        except AccountError as error:
            _say(request, error)
        else:
            messages.success(request, _("已提出转移。对方在 7 天内接受后生效，之前可随时撤回。"))
            return redirect("portal:mini_program", appid)
    return render(request, "portal/transfer.html", {
        "account": queries.account(appid), "addressee": addressee,
        "offer": transfers.open_offer_by(user, appid, clock.now()),
    })


@screen
@require_POST
def answer_offer(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Accept or decline what one is offered; take back what one has offered."""
    act = request.POST.get("act", "")
    if act not in _ANSWERS:
        raise Http404
    try:
        offer = _ANSWERS[act](offer_id=offer_id, user=_user(request))
    except NotFound:
        raise Http404 from None
    except AccountError as error:
        _say(request, error)
        return redirect("portal:home")
    told = {"accept": _("小程序现由您管理。"), "decline": _("已拒绝，对方将收到通知。"), "withdraw": _("已撤回，管理员不变。")}
    messages.success(request, told[act])
    return redirect("portal:home") if act == "decline" else redirect("portal:mini_program", offer.appid)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _say(request: HttpRequest, error: AccountError) -> None:
    messages.error(request, error.en if (get_language() or "").startswith("en") else error.zh)
