"""The authorization page (授权页): a mini program's administrator lets a third-party platform act for it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from openbeian.accounts.clients import find_client
from openbeian.accounts.models import ApiClient, UserRole
from openbeian.accounts.permissions import guard, user_of
from openbeian.accounts.queries import administered_by
from openbeian.ledger import clock
from openbeian.shelf.queries import mini_program, organizer_name
from openbeian.web.pages import OneOf, Text, read_form
from openbeian.wechat import queries, redirects, verbs
from openbeian.wechat.models import CredentialKind
from openbeian.wechat.permission_sets import described

SCREENS: Mapping[str, frozenset[str]] = {"componentloginpage": frozenset({UserRole.ORGANIZER})}

_PARAMETERS = ("component_appid", "redirect_uri", "pre_auth_code", "auth_type", "biz_appid")
_OFFICIAL_ACCOUNTS_ONLY = "1"


@require_http_methods(["GET", "POST"])
@guard(SCREENS)
def componentloginpage(request: HttpRequest) -> HttpResponse:
    """Who asks for what; choose the mini program, agree or decline. Agreeing returns to ``redirect_uri``.

    ``biz_appid`` leaves one mini program to agree for. What is wrong with the address is said in words, with status 400.
    """
    link = read_form(request.GET, **{name: Text() for name in _PARAMETERS})
    client = find_client(link["component_appid"])
    if client is None:
        return _broken(request, "component")
    target = redirects.allowed_redirect(client, link["redirect_uri"])
    if target is None:
        return _broken(request, "redirect", client=client)
    if not _is_open(client, link["pre_auth_code"]):
        return _broken(request, "code", client=client)
    if link["auth_type"] == _OFFICIAL_ACCOUNTS_ONLY:
        return _broken(request, "type", client=client)
    if request.method == "GET":
        return _asked(request, client, target, link)
    return _decided(request, client, target, link)


def _decided(request: HttpRequest, client: ApiClient, target: SplitResult, link: dict[str, str]) -> HttpResponse:
    code, posted = link["pre_auth_code"], read_form(request.POST, answer=OneOf("agree", "decline"), appid=Text())
    try:
        if posted["answer"] == "decline":
            verbs.spend_preauth_code(client=client, preauth_code=code)
            return _page(request, "declined", client=client)
        if posted["appid"] not in [offer["appid"] for offer in _offers(request, link["biz_appid"])]:
            return _asked(request, client, target, link, nothing_chosen=True)
        granted = verbs.authorize_with_preauth_code(
            client=client, appid=posted["appid"], preauth_code=code, actor=user_of(request).actor)
    except verbs.PreauthCodeSpent:
        return _broken(request, "code", client=client)
    return HttpResponseRedirect(redirects.with_code(
        target, auth_code=granted, expires_in=verbs.lifetime_seconds(CredentialKind.AUTHORIZATION_CODE)))


def _is_open(client: ApiClient, code: str) -> bool:
    """Whether the pre_auth_code is this platform's, unused and not expired."""
    found = queries.find_credential(CredentialKind.PREAUTH_CODE, code)
    return found is not None and found.client_id == client.pk and found.expires_at > clock.now()


def _offers(request: HttpRequest, only: str) -> list[dict[str, Any]]:
    """The mini programs the person may agree for, named as the catalogue names them."""
    rows = administered_by(user_of(request))
    if only:
        rows = rows.filter(appid=only)
    apps = [(row.appid, mini_program(row.appid)) for row in rows]
    return [{"appid": appid, "name": app.name, "organizer_name": organizer_name(app)} for appid, app in apps if app]


def _asked(
    request: HttpRequest, client: ApiClient, target: SplitResult, link: dict[str, str], *, nothing_chosen: bool = False
) -> HttpResponse:
    offers = _offers(request, link["biz_appid"])
    response = _page(
        request, "asked", client=client, offers=offers, nothing_chosen=nothing_chosen, host=target.netloc,
        chosen=offers[0]["appid"] if len(offers) == 1 else "", biz_appid=link["biz_appid"],
        permission_sets=[described(number) for number in client.permission_sets],
        status=400 if nothing_chosen else 200)
    response.form_origin = redirects.origin(target)  # type: ignore[attr-defined]
    return response


def _broken(request: HttpRequest, reason: str, *, client: ApiClient | None = None) -> HttpResponse:
    return _page(request, reason, client=client, status=400)


def _page(request: HttpRequest, shown: str, *, status: int = 200, **context: Any) -> HttpResponse:
    response = render(request, "wechat/authorization.html", {"shown": shown, **context}, status=status)
    response["Cache-Control"] = "no-store"
    return response
