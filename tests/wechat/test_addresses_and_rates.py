"""Where calls may come from, and how often they may be made."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from openbeian.accounts.app_secrets import create_app_secret, set_app_addresses
from openbeian.accounts.clients import ClientRefused, configure
from openbeian.wechat import callers
from openbeian.wechat.models import DailyCount
from tests.wechat.platform import APPID, OPERATOR, Platform, catalogue, read

OFFICE, ELSEWHERE, PROXY = "203.0.113.7", "198.51.100.9", "192.0.2.1"


def calls_from(platform: Platform, address: str, **headers: str) -> list[int]:
    """The errcodes of a filing call, a component call and a call with the secret, made from this address."""
    platform.http = Client(REMOTE_ADDR=address, headers=headers or None)
    answers = (
        platform.get("get_icp_entrance_info"),
        platform.component("api_get_authorizer_list", offset=0, count=1),
        platform.component("api_start_push_ticket", component_secret=platform.made.secret),
    )
    return [answer.get("errcode", 0) for answer in answers]


@pytest.mark.django_db
def test_without_a_list_a_platform_may_call_from_everywhere(platform: Platform) -> None:
    assert calls_from(platform, ELSEWHERE) == [0, 0, 0]


@pytest.mark.django_db
@pytest.mark.parametrize(("listed", "allowed", "refused"), [
    (["203.0.113.7"], "203.0.113.7", "203.0.113.8"),
    (["203.0.113.0/24"], "203.0.113.255", "203.0.114.0"),
    (["2001:db8::/32"], "2001:db8::1", "2001:db9::1"),
    (["203.0.113.7"], "::ffff:203.0.113.7", "::ffff:203.0.113.8"),
    (["203.0.113.7", "2001:db8::/32"], "2001:db8::1", ""),
])
def test_a_platform_with_a_list_calls_from_there_only(
    platform: Platform, listed: list[str], allowed: str, refused: str,
) -> None:
    configure(client=platform.made.client, actor=OPERATOR, allowed_addresses=listed)
    assert calls_from(platform, allowed) == [0, 0, 0]
    assert calls_from(platform, refused) == [61004, 61004, 61004]


@pytest.mark.django_db
def test_the_refusal_names_the_address_and_a_wrong_secret_comes_first(platform: Platform) -> None:
    configure(client=platform.made.client, actor=OPERATOR, allowed_addresses=[OFFICE])
    platform.http = Client(REMOTE_ADDR=ELSEWHERE)
    assert f"requestIP: {ELSEWHERE} rid:" in platform.get("get_icp_entrance_info")["errmsg"]
    assert platform.component("api_start_push_ticket", component_secret="x")["errcode"] == 40125


@pytest.mark.django_db
def test_what_a_caller_writes_about_itself_is_not_believed(platform: Platform) -> None:
    configure(client=platform.made.client, actor=OPERATOR, allowed_addresses=[OFFICE])
    assert calls_from(platform, ELSEWHERE, x_forwarded_for=OFFICE) == [61004, 61004, 61004]


@pytest.mark.django_db
@pytest.mark.parametrize(("written", "errcode"), [
    (OFFICE, 0),
    (f"{ELSEWHERE}, {OFFICE}", 0),                  # the caller made up the first one
    (f"{OFFICE}, {ELSEWHERE}", 61004),
    (f"{OFFICE}, 10.1.2.3", 0),                     # through a second proxy of ours
    (f"{OFFICE}, nonsense", 61004),
    ("", 61004),
])
def test_behind_a_trusted_proxy_the_last_address_that_is_not_its_own_counts(
    platform: Platform, settings: Any, written: str, errcode: int,
) -> None:
    settings.OPENBEIAN_TRUSTED_PROXIES = [PROXY, "10.0.0.0/8"]
    configure(client=platform.made.client, actor=OPERATOR, allowed_addresses=[OFFICE])
    assert calls_from(platform, PROXY, x_forwarded_for=written) == [errcode] * 3
    assert calls_from(platform, ELSEWHERE, x_forwarded_for=OFFICE) == [61004] * 3


@pytest.mark.django_db
@pytest.mark.parametrize("entry", ["", "service.example", "203.0.113.300", "203.0.113.0/33", "*"])
def test_a_list_holds_addresses_and_networks_only(platform: Platform, entry: str) -> None:
    with pytest.raises(ClientRefused, match="neither an IP address nor a network"):
        configure(client=platform.made.client, actor=OPERATOR, allowed_addresses=[OFFICE, entry])


@pytest.mark.django_db
def test_a_mini_programs_own_token_is_given_to_its_addresses_only(platform: Platform) -> None:
    secret = create_app_secret(appid=APPID, actor=OPERATOR, allowed_addresses=[OFFICE])
    asked = {"grant_type": "client_credential", "appid": APPID, "secret": secret}

    def errcodes(address: str) -> list[int]:
        http = Client(REMOTE_ADDR=address)
        answers = http.get("/cgi-bin/token", asked), http.post(
            "/cgi-bin/stable_token", asked, content_type="application/json")
        return [read(answer).get("errcode", 0) for answer in answers]

    assert errcodes(OFFICE) == [0, 0]
    assert errcodes(ELSEWHERE) == [40164, 40164]
    set_app_addresses(appid=APPID, actor=OPERATOR, allowed_addresses=[])
    assert errcodes(ELSEWHERE) == [0, 0]


@pytest.mark.django_db
def test_too_many_calls_within_a_minute_are_refused_for_that_platform_and_call(
    platform: Platform, settings: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(callers, "_minute", callers.PerMinute(lambda: 0.0))
    settings.OPENBEIAN_CALLS_PER_MINUTE = 3
    other = Platform.create()
    assert [platform.get("get_icp_entrance_info")["errcode"] for _ in range(5)] == [0, 0, 0, 45011, 45011]
    assert platform.get("query_icp_subject_types")["errcode"] == 0
    assert other.get("get_icp_entrance_info")["errcode"] == 0
    settings.OPENBEIAN_CALLS_PER_MINUTE = 0
    assert platform.get("get_icp_entrance_info")["errcode"] == 0


def test_the_count_begins_anew_with_the_next_minute() -> None:
    seconds = iter([0.0, 59.9, 60.0, 61.0])
    minute = callers.PerMinute(lambda: next(seconds))
    assert [minute.spend("a platform", "a call", limit=1) for _ in range(4)] == [True, False, True, False]


@pytest.mark.django_db
def test_too_many_calls_on_one_day_are_refused_for_that_mini_program(
    platform: Platform, settings: Any, at: Callable,
) -> None:
    settings.OPENBEIAN_DAILY_LIMITS = {"create_icp_verifytask": 2}
    catalogue(("wx2222222222222222", "青禾课堂", "杭州青禾示例科技有限公司", "330000"))
    other = Platform.create(appid="wx2222222222222222")
    assert [platform.post("create_icp_verifytask")["errcode"] for _ in range(4)] == [0, 0, 45009, 45009]
    assert platform.post("query_icp_verifytask", {"task_id": "x"})["errcode"] == 86328
    assert other.post("create_icp_verifytask")["errcode"] == 0
    second_platform = Platform.create()
    assert second_platform.post("create_icp_verifytask")["errcode"] == 45009  # the mini program's day, not the platform's
    at("2023-09-05T11:59:59+08:00")
    assert platform.post("create_icp_verifytask")["errcode"] == 45009
    at("2023-09-06T00:00:00+08:00")
    platform.log_in()
    assert platform.post("create_icp_verifytask")["errcode"] == 0
    assert sorted(DailyCount.objects.values_list("appid", "day__day", "used")) == [
        (APPID, 5, 2), (APPID, 6, 1), ("wx2222222222222222", 5, 1)]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["apply_icp_filing", "upload_icp_media", "create_icp_verifytask", "submit_audit"])
def test_each_limited_call_is_counted(platform: Platform, settings: Any, name: str) -> None:
    assert settings.OPENBEIAN_DAILY_LIMITS[name] > 0
    address = f"/wxa/{name}" if name == "submit_audit" else f"/wxa/icp/{name}"
    platform.http.post(f"{address}?access_token={platform.token}", {}, content_type="application/json")
    assert list(DailyCount.objects.values_list("call", "used")) == [(name, 1)]


@pytest.mark.django_db(transaction=True)
def test_the_daily_count_is_exact_when_many_call_at_once(platform: Platform, settings: Any) -> None:
    settings.OPENBEIAN_DAILY_LIMITS = {"create_icp_verifytask": 25}
    platform.http = Client()
    answers: list[int] = []

    def call_ten_times() -> None:
        try:
            for _ in range(10):
                answer = Client().post(f"/wxa/icp/create_icp_verifytask?access_token={platform.token}", "{}",
                                       content_type="application/json")
                answers.append(read(answer)["errcode"])
        finally:
            connection.close()

    threads = [threading.Thread(target=call_ten_times) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers.count(0), answers.count(45009)) == (25, 15)


@pytest.mark.django_db
def test_a_call_asks_the_database_once_who_it_is(platform: Platform, django_assert_num_queries: Callable) -> None:
    with django_assert_num_queries(1):
        assert platform.get("query_icp_subject_types")["errcode"] == 0


@pytest.mark.django_db
def test_the_counts_of_days_gone_by_are_forgotten(platform: Platform, at: Callable) -> None:
    from openbeian.wechat.tasks import forget_expired

    platform.post("create_icp_verifytask")
    at("2023-09-06T23:59:00+08:00")
    forget_expired(timestamp=0)
    assert DailyCount.objects.count() == 1
    at("2023-09-07T00:00:00+08:00")
    forget_expired(timestamp=0)
    assert DailyCount.objects.count() == 0
