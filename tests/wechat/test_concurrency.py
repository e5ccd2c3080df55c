"""Many applications at once for one mini program: one wins, the rest get documented errors."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from openbeian.filings.models import Dossier, Order
from openbeian.ledger.models import Event
from tests.wechat.platform import APPID, Platform, catalogue

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 16


def all_at_once(calls: list[Any]) -> Counter[int]:
    def run(call: Any) -> int:
        try:
            return call()["errcode"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(run, calls))


def thread_of(platform: Platform) -> Platform:
    return Platform(platform.made, platform.appid, Client(), platform.component_token, platform.token)


def test_of_many_applications_for_one_mini_program_one_wins(platform: Platform) -> None:
    body = platform.complete_body()
    codes = all_at_once([
        lambda: thread_of(platform).post("apply_icp_filing", body) for _ in range(120)])
    assert codes[0] == 1
    assert set(codes) <= {0, 86324, 86358}, codes
    assert Order.objects.filter(appid=APPID).count() == 1
    assert Dossier.objects.count() == 1
    assert Event.objects.filter(tag="order:submit").count() == 1


def test_of_many_first_filings_of_one_organizer_one_wins(platform: Platform) -> None:
    appids = [f"wx{number:016d}" for number in range(5)]
    catalogue(*((appid, "青禾文具", "杭州青禾示例科技有限公司", "330000") for appid in appids))
    others = [Platform.create(appid=appid) for appid in appids]
    bodies = [other.complete_body() for other in others]
    codes = all_at_once([
        lambda other=other, body=body: thread_of(other).post("apply_icp_filing", body)
        for other, body in zip(others, bodies, strict=True)])
    assert codes == {0: 1, 86358: 4}
    assert Order.objects.count() == 1


def test_of_many_withdrawals_one_wins(platform: Platform) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    codes = all_at_once([lambda: thread_of(platform).post("cancel_apply_icp_filing") for _ in range(30)])
    assert codes[0] == 1
    assert set(codes) <= {0, 86330, 86368}, codes
    assert Event.objects.filter(tag="order:withdraw").count() == 1
