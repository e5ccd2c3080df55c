"""The organizer's page of an order."""

from collections.abc import Callable

import pytest

from openbeian.accounts.models import User
from openbeian.filings.models import Order
from openbeian.regime.lifecycle import Action
from tests.accounts.people import APPID, lin  # noqa: F401
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
