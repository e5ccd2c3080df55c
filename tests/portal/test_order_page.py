"""The organizer's page of an order."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from openbeian.accounts.models import User
from openbeian.filings.models import Order
from openbeian.regime.lifecycle import Action
from tests.accounts.people import APPID, lin  # noqa: F401
from tests.authority.province import ProvinceSystem
from tests.authority.road import approved, handed_over, province, receive_now, reports, result, sms, state_of  # noqa: F401
from tests.desk.test_link_pages import visitor
from tests.orders import DAMAGES, REVIEWER, damage_snapshot, submitted, take_action  # noqa: F401
from tests.portal.test_transfers_and_claims import browser, text
from tests.wechat.platform import catalogue

pytestmark = pytest.mark.django_db
NOTICES = {
    "zh-hans": "第 1 次提交的存档已损坏，内容无法显示",
    "en": "What is stored of submission 1 is damaged and cannot be shown",
}


@pytest.mark.parametrize("where", DAMAGES)
def test_the_page_of_a_damaged_order_says_so(lin: User, submitted: Callable[..., Order], where: str) -> None:  # noqa: F811
    order = submitted(APPID)
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    for language, notice in NOTICES.items():
        page = text(browser(lin, language).get(f"/portal/orders/{order.pk}/"))
        assert notice not in page
    damage_snapshot(order, where=where)
    for language, notice in NOTICES.items():
        assert notice in text(browser(lin, language).get(f"/portal/orders/{order.pk}/"))
    take_action(order_id=order.pk, action=Action.RETURN, actor=REVIEWER, at=order.state_since)
    assert NOTICES["zh-hans"] in text(browser(lin).get(f"/portal/orders/{order.pk}/form/"))


def test_who_has_verified_stays_on_both_pages_while_the_administration_reviews(
    lin: User, handed_over: Callable[..., Order], province: ProvinceSystem  # noqa: F811
) -> None:
    order = handed_over(appid=APPID)
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))

    def shown(client: Client, page: str) -> list[tuple[str, str]]:
        return re.findall(r"(主体负责人|小程序负责人) 13\*{7}01 (\S+)", text(client.get(f"/{page}/orders/{order.pk}/")))

    def reported(principal: str) -> bytes:
        return reports(sms(order.pk, principal, "verified", "2023-09-05T10:10:00+08:00"))

    for answer, *marks in (
        (result(order.pk), "待核验", "待核验"), (reported("subject"), "已核验", "待核验"),
        (reported("service"), "已核验", "已核验"),
    ):
        receive_now(province, answer)
        expected = list(zip(("主体负责人", "小程序负责人"), marks, strict=True))
        assert (shown(browser(lin), "portal"), shown(visitor("reviewer"), "desk")) == (expected, expected)
    assert state_of(order) == "authority_review"
