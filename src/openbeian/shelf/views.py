"""``/gate/…``: the gate over HTTP. No log-in; it says nothing that the shelf itself does not show."""

from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse

from openbeian.ledger import clock
from openbeian.regime.shelf_policy import Decision
from openbeian.shelf import queries
from openbeian.web.machines import (
    Refused,
    answer,
    for_machines,
    instant,
    read_appid,
    read_instant,
    reads_only,
)


@for_machines
@reads_only
def check(request: HttpRequest) -> HttpResponse:
    """``GET /gate/check?appid=…[&at=…]``: the decision and its grounds, 200 for yes and no; 400 for bad input."""
    appid = read_appid(_only(request.GET.getlist("appid"), "appid"))
    text = _only(request.GET.getlist("at"), "at")
    at = read_instant(text) if text else clock.now()
    return answer(shown(appid, queries.gate(appid, at), at=instant(at)))


def shown(appid: str, decision: Decision, *, at: str | None) -> dict[str, object]:
    """A decision as every JSON answer of the gate shows it."""
    return {
        "appid": appid, "at": at, "allowed": decision.allowed, "code": decision.code, "clause": decision.clause,
        "since": instant(decision.since), "until": instant(decision.until),
        "reason_zh": decision.reason_zh, "reason_en": decision.reason_en,
    }


@for_machines
def auth(request: HttpRequest) -> HttpResponse:
    """``/gate/auth`` for nginx ``auth_request`` and Envoy ``ext_authz``: 200 to let pass, 403 not to.

    nginx takes any 2xx for a yes, Envoy 200 alone.

    The appid comes from the query, the header ``X-Appid`` or the query of ``X-Original-URI``; if they name two
    apps, or none, the answer is 403 with ``X-Gate-Code: bad_request``, since a proxy understands no 400.
    ``X-Gate-Code``, ``-Since``, ``-Until`` and ``-Reason`` (English) say why.
    """
    named = {*request.GET.getlist("appid"), *_original_appids(request)}
    if header := request.headers.get("X-Appid"):
        named.add(header)
    try:
        decision = queries.gate(read_appid(_only(sorted(named), "appid")))
    except Refused as error:
        return HttpResponse(status=403, headers={"X-Gate-Code": "bad_request", "X-Gate-Reason": error.en})
    headers = {"X-Gate-Code": decision.code, "X-Gate-Reason": decision.reason_en, "Cache-Control": "no-store"}
    for name, value in (("X-Gate-Since", decision.since), ("X-Gate-Until", decision.until)):
        if shown_at := instant(value):
            headers[name] = shown_at
    return HttpResponse(status=200 if decision.allowed else 403, headers=headers)


def _original_appids(request: HttpRequest) -> list[str]:
    uri = request.headers.get("X-Original-URI")
    if not uri:
        return []
    try:
        return parse_qs(urlsplit(uri).query, keep_blank_values=True, max_num_fields=100).get("appid", [])
    except ValueError:
        return [""]  # an address that cannot be read names no app


def _only(values: list[str], field: str) -> str | None:
    """The one value of a parameter. Raises :class:`Refused` if there are several."""
    if len(values) > 1:
        raise Refused(
            code=f"{field}_ambiguous", field=field, zh=f"{field} 出现多次。", en=f"{field} is given more than once.",
            remedy=f"只提供一个 {field}。Give one {field}.")
    return values[0] if values else None
