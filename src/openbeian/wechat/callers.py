"""Who makes a call, and whether they may make it from there and this often."""

from collections.abc import Collection, Sequence

from django.http import HttpRequest

from openbeian.accounts.addresses import caller_address, within
from openbeian.accounts.clients import FILING_PERMISSION_SETS
from openbeian.accounts.models import ApiClient
from openbeian.wechat import codes, limits, queries
from openbeian.wechat.answers import text_of
from openbeian.wechat.errors import Refused
from openbeian.wechat.queries import Caller


def authorizer_caller(request: HttpRequest, permission_sets: Collection[int] = FILING_PERMISSION_SETS) -> Caller:
    """The platform behind an authorizer_access_token and the mini program it acts for.

    One of ``permission_sets`` must have been granted. The call counts towards its limits. Raises :class:`Refused`
    (40001, 40014, 41001, 42001, 45009, 45011, 48001, 61003, 61004, 61007, 61015).
    """
    caller = queries.authorizer_caller(_token(request, "access_token"), permission_sets)
    _admit(request, caller.component_appid, caller.allowed_addresses)
    limits.spend_day(caller.appid, call_name(request), caller.at)
    return caller


def component_caller(request: HttpRequest) -> ApiClient:
    """The platform behind a component_access_token, which travels under either of two names.

    Raises :class:`Refused` (40001, 40014, 41001, 42001, 45011, 61004, 61014).
    """
    client = queries.component_caller(_token(request, "component_access_token") or _token(request, "access_token"))
    _admit(request, client.pk, client.allowed_addresses)
    return client


def check_address(request: HttpRequest, allowed_addresses: Sequence[str]) -> None:
    """Refuse a platform that calls from elsewhere (61004). Where nothing is listed, it may from anywhere."""
    if allowed_addresses:
        address = caller_address(request)
        if not within(address, allowed_addresses):
            raise Refused(codes.CLIENT_ADDRESS_NOT_LISTED, f"requestIP: {address}")


def call_name(request: HttpRequest) -> str:
    """The call as its limits name it: the last part of its address."""
    return request.path.rsplit("/", 1)[-1]


def _token(request: HttpRequest, name: str) -> str:
    value = request.GET.get(name, "")
    return value if "\0" in value else text_of(value)  # damaged, not missing


def _admit(request: HttpRequest, component_appid: str, allowed_addresses: Sequence[str]) -> None:
    check_address(request, allowed_addresses)
    limits.spend_minute(component_appid, call_name(request))
