"""The page where a merchant pays the certification fee. Who has its address may open it; it names nobody."""

from contextlib import suppress

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openbeian.certification import queries, verbs
from openbeian.certification.errors import Conflict, NotFound
from openbeian.certification.lifecycle import ProcedureState
from openbeian.certification.models import Procedure
from openbeian.ledger.clock import settable
from openbeian.regime.actors import Actor, Role
from openbeian.shelf.queries import mini_program

PAYMENT_PAGE = Actor(Role.OPERATOR, "payment:page")


def pay_url(procedure: Procedure) -> str:
    """``pay_url``: the page's full address."""
    return settings.OPENBEIAN_BASE_URL + reverse("certification:pay", args=[procedure.procedure_id])


@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, procedure_id: str) -> HttpResponse:
    """What is to be paid for. In demonstrations a click pays; in production the operator's payment service does."""
    try:
        procedure = queries.procedure(procedure_id)
    except NotFound:
        raise Http404 from None
    if request.method == "POST":
        if not settable():
            return HttpResponse(status=405, headers={"Allow": "GET"})
        with suppress(Conflict):  # paid already, in another window
            verbs.pay(procedure=procedure, actor=PAYMENT_PAGE)
        return redirect("certification:pay", procedure_id)
    app = mini_program(procedure.appid)
    response = render(request, "certification/pay.html", {
        "procedure": procedure, "name": app.name if app else procedure.appid,
        "waiting": procedure.state == ProcedureState.WAITING_FOR_FEE, "paid": procedure.paid_at is not None,
        "pretend": settable(),
    })
    response["Cache-Control"] = "no-store"
    return response
