"""Tickets, tokens and authorizations: handed out, expired, taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from openbeian.accounts.models import ApiClient
from openbeian.wechat import verbs
from openbeian.wechat.models import Authorization, Credential, CredentialKind
from openbeian.wechat.queries import authorization_of
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
    assert answer["authorization_info"]["func_info"] == [{"funcscope_category": {"id": 18}}]


def test_no_secret_is_stored_in_clear(platform: Platform) -> None:
    stored = b"".join(bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
                      for model in (ApiClient, Credential, Authorization) for row in model.objects.values_list()
                      for value in row)
    authorization = authorization_of(platform.made.client, APPID)
    assert authorization is not None
    refresh = platform.component("api_get_authorizer_list", offset=0, count=1)["list"][0]["refresh_token"]
    for secret in (platform.token, platform.component_token, platform.made.secret, platform.made.encoding_aes_key,
                   refresh):
        assert secret.encode() not in stored


def test_expired_secrets_are_forgotten_after_a_day(platform: Platform, at: Callable) -> None:
    kept = Credential.objects.count()
    at("2023-09-06T11:00:01+08:00")
    assert verbs.forget_expired() == 1  # the authorization code, of one hour
    at("2023-09-08T10:00:00+08:00")
    assert verbs.forget_expired() == kept - 1


@pytest.mark.parametrize("address", ["/cgi-bin/token", "/cgi-bin/stable_token"])
def test_mini_programs_hold_no_secret_here(platform: Platform, address: str) -> None:
    def errcode(**parameters: str) -> int:
        return read(Client().get(address, parameters))["errcode"]

    assert errcode() == 40002
    assert errcode(grant_type="client_credential") == 41002
    assert errcode(grant_type="client_credential", appid=APPID) == 41004
    assert errcode(grant_type="client_credential", appid=APPID, secret="x") == 40125
    assert errcode(grant_type="client_credential", appid="wx0000000000000009", secret="x") == 40013
    assert errcode(grant_type="client_credential", appid=platform.made.client.pk, secret="x") == 61024
