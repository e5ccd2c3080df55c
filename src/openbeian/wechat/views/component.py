"""The calls a third-party platform makes for itself: tickets, tokens, authorizations."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from openbeian.accounts.clients import find_client, secret_matches
from openbeian.accounts.models import ApiClient
from openbeian.accounts.queries import lacks_certification
from openbeian.shelf.queries import mini_program, organizer_name
from openbeian.wechat import codes, queries, verbs
from openbeian.wechat.answers import call, json_body, number_of, reply, text_of
from openbeian.wechat.callers import admit, component_caller
from openbeian.wechat.errors import Refused
from openbeian.wechat.models import Authorization, CredentialKind

_LIST_MAX = 500
_NUMBER_MAX = 2**31 - 1
_CERTIFIED, _UNCERTIFIED = 0, -1


def _client(request: HttpRequest, body: dict[str, Any], *, secret_name: str) -> ApiClient:
    """The platform that shows its appid and secret."""
    appid, secret = text_of(body.get("component_appid")), text_of(body.get(secret_name))
    if not appid:
        raise Refused(codes.MISSING_COMPONENT_APPID)
    if not secret:
        raise Refused(codes.MISSING_SECRET)
    client = find_client(appid)
    if client is None:
        raise Refused(codes.INVALID_COMPONENT)
    if not secret_matches(client, secret):
        raise Refused(codes.INVALID_SECRET)
    admit(request, client.pk, client.allowed_addresses)
    return client


def _caller(request: HttpRequest) -> tuple[ApiClient, dict[str, Any]]:
    """The platform behind the component token, which names itself in the body as well; and the body."""
    body = json_body(request)
    client = component_caller(request)
    if not text_of(body.get("component_appid")):
        raise Refused(codes.MISSING_COMPONENT_APPID)
    if text_of(body.get("component_appid")) != client.pk:
        raise Refused(codes.INVALID_APPID)
    return client, body


def _authorization(client: ApiClient, body: dict[str, Any]) -> Authorization:
    appid = text_of(body.get("authorizer_appid"))
    if not appid:
        raise Refused(codes.MISSING_APPID)
    authorization = queries.authorization_of(client, appid)
    if authorization is None:
        raise Refused(codes.NOT_AUTHORIZED)
    return authorization


def _authorization_info(authorization: Authorization) -> dict[str, Any]:
    return {
        "authorizer_appid": authorization.appid,
        "authorizer_refresh_token": queries.refresh_token(authorization),
        "func_info": [{"funcscope_category": {"id": number}} for number in authorization.permission_sets],
    }


def _expiry(kind: CredentialKind) -> dict[str, int]:
    return {"expires_in": verbs.lifetime_seconds(kind)}


@call("POST")
def start_push_ticket(request: HttpRequest) -> dict[str, Any]:
    """api_start_push_ticket: push a fresh ticket now. The secret's name here is ``component_secret``."""
    verbs.push_ticket(client=_client(request, json_body(request), secret_name="component_secret"))
    return {}


@call("POST")
def component_token(request: HttpRequest) -> HttpResponse:
    """api_component_token: ticket and secret for a token."""
    body = json_body(request)
    client = _client(request, body, secret_name="component_appsecret")
    token = verbs.component_token(client=client, ticket=text_of(body.get("component_verify_ticket")))
    return reply({"component_access_token": token, **_expiry(CredentialKind.COMPONENT_TOKEN)})


@call("POST")
def create_preauthcode(request: HttpRequest) -> HttpResponse:
    """api_create_preauthcode: a code for the authorization page."""
    client, _ = _caller(request)
    return reply({"pre_auth_code": verbs.issue(kind=CredentialKind.PREAUTH_CODE, client=client),
                  **_expiry(CredentialKind.PREAUTH_CODE)})


@call("POST")
def query_auth(request: HttpRequest) -> HttpResponse:
    """api_query_auth: an authorization code for the authorization and its tokens."""
    client, body = _caller(request)
    authorization, token = verbs.redeem_authorization_code(
        client=client, code=text_of(body.get("authorization_code")))
    return reply({"authorization_info": {
        **_authorization_info(authorization), "authorizer_access_token": token,
        **_expiry(CredentialKind.AUTHORIZER_TOKEN)}})


@call("POST")
def authorizer_token(request: HttpRequest) -> HttpResponse:
    """api_authorizer_token: a refresh token for a new access token."""
    client, body = _caller(request)
    refresh_token = text_of(body.get("authorizer_refresh_token"))
    token = verbs.refresh_authorizer_token(authorization=_authorization(client, body), token=refresh_token)
    return reply({"authorizer_access_token": token, **_expiry(CredentialKind.AUTHORIZER_TOKEN),
                  "authorizer_refresh_token": refresh_token})


@call("POST")
def get_authorizer_info(request: HttpRequest) -> HttpResponse:
    """api_get_authorizer_info: what is known of a mini program that authorized the platform."""
    authorization = _authorization(*_caller(request))
    app = mini_program(authorization.appid)
    return reply({
        "authorizer_info": {
            "nick_name": app.name if app else "", "head_img": "", "service_type_info": {"id": 0},
            "verify_type_info": {"id": _UNCERTIFIED if lacks_certification(authorization.appid) else _CERTIFIED},
            "user_name": f"gh_{authorization.appid[-12:]}", "principal_name": organizer_name(app) if app else "", "alias": "",
            "qrcode_url": "", "signature": "", "account_status": 1, "register_type": 0,
            "basic_config": {"is_phone_configured": True, "is_email_configured": True},
            "business_info": {"open_pay": 0, "open_shake": 0, "open_scan": 0, "open_card": 0, "open_store": 0},
            "MiniProgramInfo": {"network": {}, "categories": [], "visit_status": 0},
        },
        "authorization_info": _authorization_info(authorization),
    })


@call("POST")
def get_authorizer_list(request: HttpRequest) -> HttpResponse:
    """api_get_authorizer_list: the mini programs that authorized the platform, ``count`` from ``offset`` on."""
    client, body = _caller(request)
    offset = number_of(body.get("offset"), "offset", least=0, most=_NUMBER_MAX, default=0)
    count = number_of(body.get("count"), "count", least=0, most=_NUMBER_MAX, default=_LIST_MAX)
    rows = queries.authorizations_of_client(client)
    return reply({
        "total_count": rows.count(),
        "list": [
            {"authorizer_appid": row.appid, "refresh_token": queries.refresh_token(row),
             "auth_time": int(row.authorized_at.timestamp())}
            for row in rows[offset:offset + min(count, _LIST_MAX)]
        ],
    })


@call("GET", "POST")
def unknown(request: HttpRequest) -> dict[str, Any]:
    """Any other address under this API."""
    raise Refused(codes.INVALID_URL)
