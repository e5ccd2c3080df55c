"""The page on which a mini program's administrator lets a service provider act for it."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client

from openbeian.accounts.clients import configure, create_client
from openbeian.accounts.models import User
from openbeian.accounts.verbs import appoint_administrator, create_user
from openbeian.ledger.models import Event
from openbeian.notices.models import ELEMENTS, Push
from openbeian.vault import unseal_json
from openbeian.wechat import verbs
from openbeian.wechat.models import CredentialKind
from openbeian.wechat.queries import authorization_of
from tests.wechat.platform import APPID, OPERATOR, Platform, catalogue

pytestmark = pytest.mark.django_db

PAGE = "/cgi-bin/componentloginpage"
BACK = "https://service.example/authorized"
OTHER_APPID = "wx2222222222222222"


class Administrator:
    """A person at a browser, who manages one mini program."""

    def __init__(self, *appids: str, username: str = "chen") -> None:
        self.user = create_user(username=username, password="x", role="organizer", actor=OPERATOR)
        for appid in appids:
            appoint_administrator(user=self.user, appid=appid, actor=OPERATOR)
        self.browser = Client()
        self.browser.force_login(self.user)

    def open(self, address: str) -> HttpResponse:
        return self.browser.get(address)

    def answer(self, address: str, answer: str = "agree", appid: str = APPID) -> HttpResponse:
        return self.browser.post(address, {"appid": appid, "answer": answer})


class Provider(Platform):
    """The provider that sends the person to the page."""

    def link(self, **changes: str) -> str:
        asked = {"component_appid": self.made.client.pk, "pre_auth_code": self.preauth_code(), "redirect_uri": BACK}
        return f"{PAGE}?{urlencode(asked | changes)}"

    def preauth_code(self) -> str:
        return self.component("api_create_preauthcode")["pre_auth_code"]


@pytest.fixture
def provider(at: Callable) -> Provider:
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"),
              (OTHER_APPID, "青禾课堂", "杭州青禾示例科技有限公司", "330000"))
    provider = Provider(create_client(name="示例服务商", actor=OPERATOR, permission_sets=(18, 156),
                                      event_url="https://service.example/events"))
    ticket = verbs.issue(kind=CredentialKind.TICKET, client=provider.made.client)
    provider.component_token = provider.component(
        "api_component_token", component_appsecret=provider.made.secret, component_verify_ticket=ticket,
    )["component_access_token"]
    return provider


@pytest.fixture
def chen(provider: Provider) -> Administrator:
    return Administrator(APPID)


def refused(response: HttpResponse) -> str:
    """The first sentence of a page that goes nowhere."""
    assert response.status_code == 400
    found = re.search(r'<div class="card card-body">\s*<p[^>]*>([^<]+)</p>', response.content.decode())
    assert found
    return found[1]


def test_the_page_says_who_asks_for_what_and_for_which_mini_program(provider: Provider, chen: Administrator) -> None:
    page = chen.open(provider.link()).content.decode()
    for text in ("示例服务商", "开发管理与数据分析", "小程序备案服务", "青禾文具", "杭州青禾示例科技有限公司", APPID,
                 "service.example"):
        assert text in page
    assert OTHER_APPID not in page  # somebody else's
    assert re.search(rf'value="{APPID}" checked', page)


def test_agreeing_returns_with_a_code_that_gives_both_tokens(provider: Provider, chen: Administrator) -> None:
    link = provider.link()
    response = chen.answer(link)
    assert response.status_code == 302
    back = urlsplit(response["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    query = parse_qs(back.query)
    assert sorted(query) == ["auth_code", "expires_in"]
    assert query["expires_in"] == ["3600"]
    info = provider.component("api_query_auth", authorization_code=query["auth_code"][0])["authorization_info"]
    assert info["authorizer_appid"] == APPID
    assert info["func_info"] == [{"funcscope_category": {"id": 18}}, {"funcscope_category": {"id": 156}}]
    [event] = Event.objects.filter(tag="app:authorized")
    assert (event.actor_role, event.actor_id) == ("organizer", f"user:{chen.user.pk}")
    told = unseal_json(bytes(Push.objects.get(info_type="authorized").elements_sealed), purpose=ELEMENTS)
    assert (told["PreAuthCode"], told["AuthorizationCode"]) == (
        parse_qs(urlsplit(link).query)["pre_auth_code"][0], query["auth_code"][0])


def test_the_query_of_the_return_address_stays_as_it_was(provider: Provider, chen: Administrator) -> None:
    response = chen.answer(provider.link(redirect_uri=f"{BACK}?state=%E9%9D%92+1&state=2#top"))
    assert re.fullmatch(
        re.escape(f"{BACK}?state=%E9%9D%92+1&state=2&auth_code=queryauthcode%40%40%40")
        + r"[A-Za-z0-9]{64}&expires_in=3600#top", response["Location"])


def test_who_is_not_logged_in_logs_in_first_and_comes_back(provider: Provider, chen: Administrator) -> None:
    link, browser = provider.link(), Client()
    to_log_in = browser.get(link)
    assert to_log_in.status_code == 302
    assert to_log_in["Location"].startswith("/accounts/login/?next=/cgi-bin/componentloginpage")
    back = browser.post(to_log_in["Location"], {"login": "chen", "password": "x"})
    assert (back.status_code, back["Location"]) == (302, link)
    assert browser.get(link).status_code == 200


def test_a_pre_auth_code_is_good_once(provider: Provider, chen: Administrator) -> None:
    link = provider.link()
    assert chen.answer(link).status_code == 302
    assert refused(chen.open(link)).startswith("链接已失效")
    assert refused(chen.answer(link)).startswith("链接已失效")
    assert Event.objects.filter(tag="app:authorized").count() == 1


def test_a_pre_auth_code_lasts_thirty_minutes(provider: Provider, chen: Administrator, at: Callable) -> None:
    link = provider.link()
    at("2023-09-05T10:29:59+08:00")
    assert chen.open(link).status_code == 200
    at("2023-09-05T10:30:00+08:00")
    assert refused(chen.open(link)).startswith("链接已失效")
    assert refused(chen.answer(link)).startswith("链接已失效")


@pytest.mark.parametrize("code", ["", "preauthcode@@@invented", "other platform's"])
def test_a_pre_auth_code_is_one_platforms_own(provider: Provider, chen: Administrator, code: str) -> None:
    if code == "other platform's":
        code = verbs.issue(kind=CredentialKind.PREAUTH_CODE, client=create_client(name="另一家", actor=OPERATOR).client)
    assert refused(chen.open(provider.link(pre_auth_code=code))).startswith("链接已失效")


@pytest.mark.parametrize("uri", [
    "", "https://elsewhere.example/", "https://service.example.elsewhere.example/", "https://elsewhere.example/?service.example",
    "https://service.example@elsewhere.example/", "https://elsewhere.example\\@service.example/", "javascript:alert(1)",
    "//service.example/", "service.example", "https://user@service.example/", "https://service.example:99999/",
    "https://service.example/\r\nX: 1", "ftp://service.example/", "https://[::1", "https://sub.service.example/",
])
def test_the_page_returns_to_registered_hosts_only(provider: Provider, chen: Administrator, uri: str) -> None:
    for response in chen.open(provider.link(redirect_uri=uri)), chen.answer(provider.link(redirect_uri=uri)):
        assert refused(response).startswith("链接中的返回地址")
    assert authorization_of(provider.made.client, APPID) is None


def test_a_host_registered_with_its_port_stands_for_that_port(provider: Provider, chen: Administrator) -> None:
    configure(client=provider.made.client, actor=OPERATOR, redirect_hosts=["service.example:8443", "other.example:443"])
    opened = {uri: chen.open(provider.link(redirect_uri=uri)).status_code for uri in (
        "https://service.example:8443/", "https://SERVICE.example:8443/", "https://service.example/", "https://other.example/")}
    assert list(opened.values()) == [200, 200, 400, 200]


def test_the_form_may_end_at_the_return_address_and_nowhere_else(provider: Provider, chen: Administrator) -> None:
    policy = chen.open(provider.link())["Content-Security-Policy"].split("; ")
    assert "form-action 'self' https://service.example" in policy
    assert "script-src 'self'" in policy
    assert "form-action 'self'" in chen.open(provider.link(redirect_uri=""))["Content-Security-Policy"].split("; ")


def test_declining_grants_nothing_and_ends_the_link(provider: Provider, chen: Administrator) -> None:
    link = provider.link()
    response = chen.answer(link, "decline")
    assert response.status_code == 200
    assert "你已拒绝" in response.content.decode()
    assert authorization_of(provider.made.client, APPID) is None
    assert refused(chen.open(link)).startswith("链接已失效")


def test_biz_appid_leaves_that_mini_program_alone(provider: Provider) -> None:
    both = Administrator(APPID, OTHER_APPID)
    assert "checked" not in both.open(provider.link()).content.decode()
    page = both.open(provider.link(biz_appid=OTHER_APPID)).content.decode()
    assert re.findall(r'name="appid" value="(\w+)" checked', page) == [OTHER_APPID]
    assert both.answer(provider.link(biz_appid=OTHER_APPID), appid=APPID).status_code == 400
    assert both.answer(provider.link(biz_appid=OTHER_APPID), appid=OTHER_APPID).status_code == 302


def test_nobody_agrees_for_a_mini_program_of_somebody_else(provider: Provider, chen: Administrator) -> None:
    link = provider.link()
    response = chen.answer(link, appid=OTHER_APPID)
    assert response.status_code == 400
    assert "请先选择小程序" in response.content.decode()
    assert authorization_of(provider.made.client, OTHER_APPID) is None
    assert chen.answer(link).status_code == 302  # a slip does not use the link up


def test_who_manages_no_mini_program_is_told_so(provider: Provider) -> None:
    stranger = Administrator(username="wang")
    assert "没有管理的小程序" in stranger.open(provider.link()).content.decode()
    assert "你不是它的管理员" in stranger.open(provider.link(biz_appid=APPID)).content.decode()


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_only_organizers_authorize(provider: Provider, role: str) -> None:
    staff = Administrator(APPID)
    User.objects.filter(pk=staff.user.pk).update(role=role)  # an organizer who has joined the platform since
    assert staff.open(provider.link()).status_code == 403
    assert staff.answer(provider.link()).status_code == 403


def test_a_link_for_official_accounts_or_of_nobody_is_refused_in_words(provider: Provider, chen: Administrator) -> None:
    assert refused(chen.open(provider.link(auth_type="1"))).startswith("该链接只用于公众号")
    assert [chen.open(provider.link(auth_type=kind)).status_code for kind in "23"] == [200, 200]
    assert refused(chen.open(provider.link(component_appid="wx0"))).startswith("链接中的第三方平台")
    assert refused(chen.open(PAGE)).startswith("链接中的第三方平台")


@pytest.mark.parametrize("name", ["component_appid", "redirect_uri", "pre_auth_code", "biz_appid"])
@pytest.mark.parametrize("value", ["\0", "wx\0", "9" * 5000])
def test_nonsense_in_the_address_is_answered_in_words(
    provider: Provider, chen: Administrator, name: str, value: str
) -> None:
    page = chen.open(provider.link(**{name: value}))
    assert (page.status_code, "main" in page.content.decode()) == (200 if name == "biz_appid" else 400, True)


@pytest.mark.parametrize("post", [
    {}, {"appid": APPID}, {"appid": APPID, "answer": ""}, {"appid": APPID, "answer": "x"}, {"appid": APPID, "answer": "\0"}])
def test_only_the_button_agrees(provider: Provider, chen: Administrator, post: dict[str, str]) -> None:
    assert chen.browser.post(provider.link(), post).status_code == 404
    assert authorization_of(provider.made.client, APPID) is None


@pytest.mark.parametrize("appid", ["", "\0", "9" * 5000])
def test_agreeing_for_no_mini_program_asks_again(provider: Provider, chen: Administrator, appid: str) -> None:
    assert "请先选择小程序" in chen.answer(provider.link(), appid=appid).content.decode()


def test_another_site_cannot_agree_in_the_administrators_name(provider: Provider, chen: Administrator) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(username="chen"))
    assert browser.post(provider.link(), {"appid": APPID, "answer": "agree"}).status_code == 403


def test_the_page_is_read_in_english_too(provider: Provider, chen: Administrator) -> None:
    page = chen.browser.get(provider.link(), headers={"Accept-Language": "en"}).content.decode()
    inside = page.split("<main")[1].split("</main>")[0]
    for own in ("示例服务商", "青禾文具", "杭州青禾示例科技有限公司"):
        inside = inside.replace(own, "")
    assert re.findall(r"[\u4e00-\u9fff]+", inside) == []
