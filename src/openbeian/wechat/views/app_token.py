"""Tokens of mini programs that call for themselves (获取接口调用凭据)."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from openbeian.accounts.addresses import caller_address, within
from openbeian.accounts.app_secrets import app_secret_matches, find_app_secret
from openbeian.accounts.clients import find_client
from openbeian.accounts.models import AppSecret
from openbeian.ledger import clock
from openbeian.shelf.queries import mini_program
from openbeian.wechat import app_tokens, callers, codes
from openbeian.wechat.answers import call, json_body, reply, switch_of, text_of
from openbeian.wechat.errors import Refused

#: The name under which forced renewals have their daily limit.
FORCE_REFRESH = "stable_token_force_refresh"


@call("GET", "POST")
def token(request: HttpRequest) -> HttpResponse:
    """/cgi-bin/token: a new token."""
    return _answer(*app_tokens.plain_token(secret=_secret(request, _parameters(request))))


@call("POST", "GET")
def stable_token(request: HttpRequest) -> HttpResponse:
    """/cgi-bin/stable_token: the same token until it is about to expire, unless ``force_refresh`` asks for another."""
    parameters = _parameters(request)
    secret = _secret(request, parameters)
    force_refresh = switch_of(parameters.get("force_refresh"), "force_refresh")
    if force_refresh:
        callers.spend_day(secret.appid, FORCE_REFRESH, clock.now())
    return _answer(*app_tokens.stable_token(secret=secret, force_refresh=force_refresh))


def _parameters(request: HttpRequest) -> dict[str, Any]:
    return {**request.GET.dict(), **(json_body(request) if request.method == "POST" else {})}


def _secret(request: HttpRequest, parameters: dict[str, Any]) -> AppSecret:
    """The AppSecret of the mini program that shows it, from an address in its list."""
    appid, shown = text_of(parameters.get("appid")), text_of(parameters.get("secret"))
    if text_of(parameters.get("grant_type")) != "client_credential":
        raise Refused(codes.INVALID_GRANT_TYPE)
    if not appid:
        raise Refused(codes.MISSING_APPID)
    if not shown:
        raise Refused(codes.MISSING_SECRET)
    secret = find_app_secret(appid)
    if secret is None:
        if find_client(appid) is not None:
            raise Refused(codes.COMPONENT_ACCOUNT)
        raise Refused(codes.INVALID_APPID if mini_program(appid) is None else codes.INVALID_SECRET)
    if not app_secret_matches(secret, shown):
        raise Refused(codes.INVALID_SECRET)
    if secret.allowed_addresses and not within(address := caller_address(request), secret.allowed_addresses):
        raise Refused(codes.ADDRESS_NOT_LISTED, f"requestIP: {address}")
    callers.spend_minute(appid, callers.call_name(request))
    callers.spend_day(appid, callers.call_name(request), clock.now())
    return secret


def _answer(token: str, seconds: int) -> HttpResponse:
    return reply({"access_token": token, "expires_in": seconds})
