"""Tickets, tokens and authorizations: handed out, expired, taken back."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from openbeian.accounts.app_secrets import create_app_secret, rotate_app_secret
from openbeian.accounts.clients import message_token
from openbeian.accounts.models import ApiClient, AppSecret
from openbeian.ledger import clock
from openbeian.wechat import verbs
from openbeian.wechat.models import AppToken, Authorization, Credential, CredentialKind
from openbeian.wechat.queries import authorization_of, find_app_token
from tests.wechat.platform import APPID, OPERATOR, Platform, catalogue, read

pytestmark = pytest.mark.django_db


def ticket(platform: Platform) -> str:
    return verbs.issue(kind=CredentialKind.TICKET, client=platform.made.client)


def component_token(platform: Platform, **changes: str) -> dict[str, Any]:
    body = {"component_appsecret": platform.made.secret, "component_verify_ticket": ticket(platform), **changes}
    return platform.component("api_component_token", **body)


def test_a_ticket_and_the_secret_give_a_token_without_errcode(platform: Platform) -> None:
    answer = component_token(platform)
    assert sorted(answer) == ["component_access_token", "expires_in"]
    assert answer["expires_in"] == 7200


def test_a_ticket_serves_many_times_until_it_expires(platform: Platform, at: Callable) -> None:
    one = ticket(platform)
    for _ in range(2):
        assert "component_access_token" in component_token(platform, component_verify_ticket=one)
    at("2023-09-05T21:59:59+08:00")
    assert "component_access_token" in component_token(platform, component_verify_ticket=one)
    at("2023-09-05T22:00:00+08:00")
    assert component_token(platform, component_verify_ticket=one)["errcode"] == 61005


@pytest.mark.parametrize(("changes", "errcode"), [
    ({"component_appsecret": "0" * 32}, 40125),
    ({"component_appsecret": ""}, 41004),
    ({"component_appid": "wx0000000000000000"}, 61011),
    ({"component_appid": ""}, 41018),
    ({"component_verify_ticket": "ticket@@@invented"}, 61006),
    ({"component_verify_ticket": ""}, 61006),
])
def test_what_is_wrong_with_a_token_request_is_said(platform: Platform, changes: dict, errcode: int) -> None:
    assert component_token(platform, **changes)["errcode"] == errcode


def test_a_ticket_of_another_platform_is_worth_nothing(platform: Platform) -> None:
    other = Platform.create(appid=APPID)
    assert component_token(platform, component_verify_ticket=ticket(other))["errcode"] == 61006


@pytest.mark.parametrize("name", ["component_access_token", "access_token"])
def test_the_component_token_is_taken_under_both_names(platform: Platform, name: str) -> None:
    answer = platform.component("api_create_preauthcode", token_name=name)
    assert sorted(answer) == ["expires_in", "pre_auth_code"]
    assert 600 <= answer["expires_in"] <= 1800


def test_an_authorization_code_gives_both_tokens(platform: Platform) -> None:
    code = verbs.authorize(client=platform.made.client, appid=APPID, actor=OPERATOR)
    info = platform.component("api_query_auth", authorization_code=code)["authorization_info"]
    assert sorted(info) == ["authorizer_access_token", "authorizer_appid", "authorizer_refresh_token", "expires_in",
                            "func_info"]
    assert (info["authorizer_appid"], info["expires_in"]) == (APPID, 7200)
    assert info["func_info"] == [{"funcscope_category": {"id": 18}}]
    again = platform.component("api_query_auth", authorization_code=code)["authorization_info"]
    assert again["authorizer_refresh_token"] == info["authorizer_refresh_token"]


def test_an_authorization_code_expires_and_is_one_platforms_own(platform: Platform, at: Callable) -> None:
    code = verbs.authorize(client=platform.made.client, appid=APPID, actor=OPERATOR)
    other = Platform.create(appid=APPID)
    assert other.component("api_query_auth", authorization_code=code)["errcode"] == 61009
    assert platform.component("api_query_auth", authorization_code="invented")["errcode"] == 61009
    at("2023-09-05T11:00:00+08:00")
    assert platform.component("api_query_auth", authorization_code=code)["errcode"] == 61010


def test_a_refresh_token_gives_new_access_tokens_and_stays(platform: Platform, at: Callable) -> None:
    refresh = platform.component("api_get_authorizer_list", offset=0, count=10)["list"][0]["refresh_token"]
    at("2023-09-05T12:00:00+08:00")
    assert platform.get("get_icp_entrance_info")["errcode"] == 42001
    assert platform.component("api_authorizer_token", authorizer_appid=APPID)["errcode"] == 42001
    platform.component_token = component_token(platform)["component_access_token"]
    answer = platform.component("api_authorizer_token", authorizer_appid=APPID, authorizer_refresh_token=refresh)
    assert sorted(answer) == ["authorizer_access_token", "authorizer_refresh_token", "expires_in"]
    assert answer["authorizer_refresh_token"] == refresh
    platform.token = answer["authorizer_access_token"]
    assert platform.get("get_icp_entrance_info")["errcode"] == 0


def test_a_wrong_refresh_token_or_a_stranger_gets_nothing(platform: Platform) -> None:
    wrong = platform.component("api_authorizer_token", authorizer_appid=APPID, authorizer_refresh_token="错")
    assert wrong["errcode"] == 61023
    unknown = platform.component(
        "api_authorizer_token", authorizer_appid="wx0000000000000009", authorizer_refresh_token="x")
    assert unknown["errcode"] == 61003


def test_tokens_of_the_wrong_kind_are_told_apart_from_invented_ones(platform: Platform) -> None:
    component, authorizer = platform.component_token, platform.token
    platform.token, platform.component_token = component, authorizer
    assert platform.get("get_icp_entrance_info")["errcode"] == 61015
    assert platform.component("api_create_preauthcode")["errcode"] == 61014
    platform.token = platform.component_token = "invented"
    assert platform.get("get_icp_entrance_info")["errcode"] == 40001
    assert platform.component("api_create_preauthcode")["errcode"] == 40001
    platform.token = ""
    assert platform.get("get_icp_entrance_info")["errcode"] == 41001


def test_a_token_acts_for_its_own_platform_only(platform: Platform) -> None:
    other = Platform.create(appid=APPID)
    assert platform.component("api_create_preauthcode", component_appid=other.made.client.pk)["errcode"] == 40013


def test_without_permission_set_18_or_156_filing_is_refused(platform: Platform) -> None:
    for granted, errcode in ([], 61007), ([17], 61007), ([156], 0), ([17, 18], 0):
        verbs.authorize(client=platform.made.client, appid=APPID, permission_sets=granted, actor=OPERATOR)
        assert platform.get("get_icp_entrance_info")["errcode"] == errcode


def test_revoking_ends_every_token_at_once_and_a_new_authorization_begins_afresh(platform: Platform) -> None:
    client = platform.made.client
    code = verbs.authorize(client=client, appid=APPID, actor=OPERATOR)
    old = platform.component("api_query_auth", authorization_code=code)["authorization_info"]
    assert verbs.revoke(client=client, appid=APPID, actor=OPERATOR) is True
    assert verbs.revoke(client=client, appid=APPID, actor=OPERATOR) is False
    assert platform.get("get_icp_entrance_info")["errcode"] == 61003
    assert platform.component("api_query_auth", authorization_code=code)["errcode"] == 61009
    assert platform.component("api_get_authorizer_list", offset=0, count=10) == {"total_count": 0, "list": []}
    verbs.authorize(client=client, appid=APPID, actor=OPERATOR)
    stale = platform.component("api_authorizer_token", authorizer_appid=APPID,
                               authorizer_refresh_token=old["authorizer_refresh_token"])
    assert stale["errcode"] == 61023


def test_tokens_from_before_a_revocation_do_not_revive(platform: Platform) -> None:
    verbs.revoke(client=platform.made.client, appid=APPID, actor=OPERATOR)
    verbs.authorize(client=platform.made.client, appid=APPID, actor=OPERATOR)
    assert platform.get("get_icp_entrance_info")["errcode"] == 40001


def test_the_list_of_authorizations_is_paged(platform: Platform) -> None:
    catalogue(*((f"wx{number:016d}", "示例", "示例公司", "330000") for number in range(3)))
    for number in range(3):
        verbs.authorize(client=platform.made.client, appid=f"wx{number:016d}", actor=OPERATOR)
    page = platform.component("api_get_authorizer_list", offset=1, count=2)
    assert page["total_count"] == 4
    assert [sorted(row) for row in page["list"]] == [["auth_time", "authorizer_appid", "refresh_token"]] * 2
    assert platform.component("api_get_authorizer_list", offset=-1, count=2)["errcode"] == 40097


def test_authorizer_info_names_the_account(platform: Platform) -> None:
    answer = platform.component("api_get_authorizer_info", authorizer_appid=APPID)
    assert answer["authorizer_info"]["nick_name"] == "青禾文具"
    assert answer["authorizer_info"]["principal_name"] == "杭州青禾示例科技有限公司"
    assert answer["authorizer_info"]["register_type"] == 0
    assert answer["authorizer_info"]["basic_config"] == {"is_phone_configured": True, "is_email_configured": True}
    assert answer["authorization_info"]["func_info"] == [{"funcscope_category": {"id": 18}}]


def test_no_secret_is_stored_in_clear(platform: Platform) -> None:
    stored = b"".join(bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
                      for model in (ApiClient, Credential, Authorization) for row in model.objects.values_list()
                      for value in row)
    authorization = authorization_of(platform.made.client, APPID)
    assert authorization is not None
    refresh = platform.component("api_get_authorizer_list", offset=0, count=1)["list"][0]["refresh_token"]
    for secret in (platform.token, platform.component_token, platform.made.secret, platform.made.encoding_aes_key,
                   message_token(platform.made.client), refresh):
        assert secret.encode() not in stored


def test_expired_secrets_are_forgotten_after_a_day(platform: Platform, at: Callable) -> None:
    kept = Credential.objects.count()
    at("2023-09-06T11:00:01+08:00")
    assert verbs.forget_expired() == 1  # the authorization code, of one hour
    at("2023-09-08T10:00:00+08:00")
    assert verbs.forget_expired() == kept - 1


def test_a_damaged_token_is_told_apart_from_an_unknown_one(platform: Platform) -> None:
    damaged = [(token, 40014) for token in ("错", "a b", "a\0", "<token>")]
    for token, errcode in ("A" * 64, 40001), *damaged, ("A" * 513, 40001):
        filing = read(Client().get("/wxa/icp/get_icp_entrance_info", {"access_token": token}))
        component = read(Client().post(
            f"/cgi-bin/component/api_create_preauthcode?{urlencode({'component_access_token': token})}",
            {"component_appid": platform.made.client.pk}, content_type="application/json"))
        assert (filing["errcode"], component["errcode"]) == (errcode, errcode)


def test_a_ticket_stolen_after_its_day_opens_nothing(platform: Platform, at: Callable) -> None:
    stolen = ticket(platform)
    at("2023-09-06T10:00:00+08:00")
    assert component_token(platform, component_verify_ticket=stolen)["errcode"] == 61005
    at("2023-09-07T10:00:00+08:00")
    verbs.forget_expired()
    assert component_token(platform, component_verify_ticket=stolen)["errcode"] == 61006


def test_every_secret_opens_its_own_door_only(platform: Platform) -> None:
    client = platform.made.client
    code = verbs.authorize(client=client, appid=APPID, actor=OPERATOR)
    preauth = verbs.issue(kind=CredentialKind.PREAUTH_CODE, client=client)
    for secret in ticket(platform), code, preauth, platform.made.secret:
        assert read(Client().get("/wxa/icp/get_icp_entrance_info", {"access_token": secret}))["errcode"] == 40001
    for secret in ticket(platform), preauth, platform.token, platform.component_token:
        assert platform.component("api_query_auth", authorization_code=secret)["errcode"] == 61009
    for secret in code, preauth, platform.token, platform.component_token:
        assert component_token(platform, component_verify_ticket=secret)["errcode"] == 61006


def test_authorizing_again_keeps_the_tokens_and_changes_what_they_may(platform: Platform) -> None:
    verbs.authorize(client=platform.made.client, appid=APPID, permission_sets=[156], actor=OPERATOR)
    assert platform.get("get_icp_entrance_info")["errcode"] == 0
    assert read(platform.http.post(f"/wxa/getvisitstatus?access_token={platform.token}", "{}",
                                   content_type="application/json"))["errcode"] == 61007


def test_an_authorization_code_from_before_a_revocation_is_worth_nothing_afterwards(platform: Platform) -> None:
    client = platform.made.client
    before = verbs.authorize(client=client, appid=APPID, actor=OPERATOR)
    verbs.revoke(client=client, appid=APPID, actor=OPERATOR)
    after = verbs.authorize(client=client, appid=APPID, actor=OPERATOR)
    assert platform.component("api_query_auth", authorization_code=before)["errcode"] == 61009
    assert "authorization_info" in platform.component("api_query_auth", authorization_code=after)


class MiniProgram:
    """A mini program that calls for itself, with an AppSecret."""

    def __init__(self, appid: str = APPID) -> None:
        self.appid, self.secret = appid, create_app_secret(appid=appid, actor=OPERATOR)

    def token(self, **changes: str) -> dict[str, Any]:
        return read(Client().get("/cgi-bin/token", {
            "grant_type": "client_credential", "appid": self.appid, "secret": self.secret, **changes}))

    def stable_token(self, **more: Any) -> dict[str, Any]:
        body = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret, **more}
        return read(Client().post("/cgi-bin/stable_token", body, content_type="application/json"))


def known(token: str) -> AppToken | None:
    """The token, while it is good for anything."""
    found = find_app_token(token)
    return found if found and found.expires_at > clock.now() else None


@pytest.fixture
def own(platform: Platform) -> MiniProgram:
    return MiniProgram()


def test_an_app_secret_gives_a_new_token_each_time_and_the_former_lasts_five_more_minutes(
    own: MiniProgram, at: Callable,
) -> None:
    first, second = own.token(), own.token()
    assert [sorted(answer) for answer in (first, second)] == [["access_token", "expires_in"]] * 2
    assert [answer["expires_in"] for answer in (first, second)] == [7200, 7200]
    assert first["access_token"] != second["access_token"]
    at("2023-09-05T10:04:59+08:00")
    assert known(first["access_token"]) and known(second["access_token"])
    at("2023-09-05T10:05:00+08:00")
    assert known(first["access_token"]) is None and known(second["access_token"])


def test_the_stable_token_stays_until_it_is_about_to_expire(own: MiniProgram, at: Callable) -> None:
    first = own.stable_token()
    assert first["expires_in"] == 7200
    at("2023-09-05T11:54:59+08:00")
    assert own.stable_token() == {"access_token": first["access_token"], "expires_in": 301}
    at("2023-09-05T11:55:00+08:00")
    second = own.stable_token()
    assert second["access_token"] != first["access_token"]
    assert known(first["access_token"]) and known(second["access_token"])
    assert own.stable_token() == second


def test_a_forced_stable_token_ends_the_former_at_once_and_leaves_plain_ones_alone(own: MiniProgram) -> None:
    plain, first = own.token()["access_token"], own.stable_token(force_refresh=False)["access_token"]
    second = own.stable_token(force_refresh=True)["access_token"]
    assert known(first) is None and known(second) and known(plain)
    assert own.stable_token()["access_token"] == second


def test_a_stable_token_is_not_renewed_by_a_switch_that_is_neither_on_nor_off(own: MiniProgram) -> None:
    first = own.stable_token()
    assert own.stable_token(force_refresh="x")["errcode"] == 40097
    assert own.stable_token(force_refresh="false") == first


def test_the_stable_token_is_renewed_by_force_twenty_times_a_day(own: MiniProgram, at: Callable) -> None:
    assert [own.stable_token(force_refresh=True).get("errcode", 0) for _ in range(21)] == [0] * 20 + [45009]
    assert "access_token" in own.stable_token()
    at("2023-09-06T00:00:00+08:00")
    assert "access_token" in own.stable_token(force_refresh=True)


def test_filing_with_a_mini_programs_own_token_is_refused(platform: Platform, own: MiniProgram) -> None:
    for token in own.token()["access_token"], own.stable_token()["access_token"]:
        platform.token = platform.component_token = token
        assert platform.get("get_icp_entrance_info")["errcode"] == 48001
        assert platform.post("apply_icp_filing", {})["errcode"] == 48001
        assert platform.component("api_create_preauthcode")["errcode"] == 61014


def test_a_new_app_secret_ends_the_old_one_and_its_tokens(own: MiniProgram) -> None:
    former, tokens = own.secret, [own.token()["access_token"], own.stable_token()["access_token"]]
    own.secret = rotate_app_secret(appid=APPID, actor=OPERATOR)
    assert own.token(secret=former)["errcode"] == 40125
    assert [known(token) for token in tokens] == [None, None]
    assert "access_token" in own.token()
    stored = b"".join(bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
                      for model in (AppSecret, AppToken) for row in model.objects.values_list() for value in row)
    for secret in own.secret, own.token()["access_token"], own.stable_token()["access_token"]:
        assert secret.encode() not in stored


@pytest.mark.parametrize("address", ["/cgi-bin/token", "/cgi-bin/stable_token"])
def test_what_is_wrong_with_a_request_for_an_own_token_is_said(platform: Platform, address: str) -> None:
    def errcode(**parameters: str) -> int:
        return read(Client().get(address, parameters))["errcode"]

    assert errcode() == 40002
    assert errcode(grant_type="client_credential") == 41002
    assert errcode(grant_type="client_credential", appid=APPID) == 41004
    assert errcode(grant_type="client_credential", appid=APPID, secret="x") == 40125
    assert errcode(grant_type="client_credential", appid="wx0000000000000009", secret="x") == 40013
    assert errcode(grant_type="client_credential", appid=platform.made.client.pk, secret="x") == 61024
