"""The authorization page in a real browser: log in, choose, agree, and arrive at the provider's."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

pytestmark = pytest.mark.django_db(transaction=True)
OTHER_APPID = "wx2222222222222222"


@pytest.mark.parametrize(("width", "language", "agree"), [(390, "zh-hans", "同意授权"), (1280, "en", "Authorize")])
def test_an_administrator_agrees_and_returns_to_the_provider(
    services: Any, chromium: Any, at: Callable, width: int, language: str, agree: str,
) -> None:
    from openbeian.accounts.clients import create_client
    from openbeian.accounts.verbs import appoint_administrator, create_user
    from openbeian.wechat import verbs
    from openbeian.wechat.models import CredentialKind
    from openbeian.wechat.queries import authorization_of
    from tests.wechat.platform import APPID, OPERATOR, catalogue

    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"),
              (OTHER_APPID, "青禾课堂", "杭州青禾示例科技有限公司", "330000"))
    back = f"{services.simulator_url}/back"  # another origin, as a provider's is
    client = create_client(name="示例服务商", actor=OPERATOR, permission_sets=(18, 156),
                           redirect_hosts=[urlsplit(back).netloc]).client
    chen = create_user(username="chen", password="Secret-77", role="organizer", actor=OPERATOR)
    for appid in APPID, OTHER_APPID:
        appoint_administrator(user=chen, appid=appid, actor=OPERATOR)
    code = verbs.issue(kind=CredentialKind.PREAUTH_CODE, client=client)
    context = chromium.new_context(viewport={"width": width, "height": 844})
    context.add_cookies([{"name": "django_language", "value": language, "url": services.web_url}])
    page = context.new_page()
    page.goto(f"{services.web_url}/cgi-bin/componentloginpage?" + urlencode({
        "component_appid": client.pk, "pre_auth_code": code, "redirect_uri": f"{back}?state=1"}))
    page.fill("[name=login]", "chen")
    page.fill("[name=password]", "Secret-77")
    page.press("[name=password]", "Enter")
    page.wait_for_selector("[name=appid]")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name=agree).click()
    page.wait_for_selector("[role=alert]")  # nothing chosen yet
    page.check(f"[value={OTHER_APPID}]")
    page.get_by_role("button", name=agree).click()
    page.wait_for_url(f"{back}**")
    assert page.url.startswith(f"{back}?state=1&auth_code=queryauthcode%40%40%40")
    assert page.url.endswith("&expires_in=3600")
    assert authorization_of(client, OTHER_APPID) is not None
    assert authorization_of(client, APPID) is None
    context.close()
