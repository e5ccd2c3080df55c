"""The organizer's page of an order."""

from collections.abc import Callable

import pytest

from openbeian.accounts.models import User
from openbeian.filings.models import Order
from tests.accounts.people import APPID, lin  # noqa: F401
from tests.orders import DAMAGES, damage_snapshot, submitted  # noqa: F401
from tests.portal.test_transfers_and_claims import browser, text
from tests.wechat.platform import catalogue

pytestmark = pytest.mark.django_db
NOTICES = {
    "zh-hans": "第 1 次提交的存档与其摘要不符，未予使用。",
    "en": "The stored content of snapshot 1 does not match its digest and was not used.",
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
