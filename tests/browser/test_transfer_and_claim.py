"""A mini program changes hands, and is claimed back, in real browsers: one on a phone, one at a desk."""

from collections.abc import Callable

import pytest

from openbeian.accounts.models import User
from tests.browser.sitting import APPID, Sitting, people, sit_down  # noqa: F401
from tests.register.test_claims import CERTIFICATE_NUMBER, NUMBER, file

pytestmark = pytest.mark.django_db(transaction=True)


def fits(sitting: Sitting, path: str) -> None:
    sitting.go(path)
    assert sitting.page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_transferred_and_claimed_back(people: dict[str, User], sit_down: Callable[..., Sitting]) -> None:  # noqa: F811
    file(APPID, CERTIFICATE_NUMBER)
    organizer, stranger, reviewer = sit_down("organizer", width=390), sit_down("stranger"), sit_down("reviewer", width=390)

    organizer.go(f"/portal/apps/{APPID}/")
    organizer.page.click("text=转移给其他账号")
    fits(organizer, organizer.page.url.removeprefix(organizer.base))
    organizer.page.fill("#addressee", "stranger")
    organizer.page.click("text=提出转移")
    organizer.page.wait_for_selector("text=已向“stranger”提出")
    fits(organizer, f"/portal/apps/{APPID}/")
    stranger.go("/portal/")
    stranger.page.click("button:text-is('接受')")
    stranger.page.wait_for_selector("text=小程序现由您管理")

    organizer.go("/portal/")
    organizer.page.click("text=认领备案 >> nth=0")
    organizer.page.fill("#number", NUMBER)
    organizer.page.fill("#certificate_number", CERTIFICATE_NUMBER)
    organizer.page.click("text=提交认领")
    organizer.page.wait_for_selector("text=已提交，等待平台审核")
    for path in ("/portal/", "/portal/claims/"):
        fits(organizer, path)

    reviewer.page.click("text=认领审核")
    fits(reviewer, "/desk/claims/")
    reviewer.page.click("text=查看")
    fits(reviewer, reviewer.page.url.removeprefix(reviewer.base))
    reviewer.page.click("button:has-text('通过')")
    reviewer.page.wait_for_selector("text=已通过")
    organizer.go("/portal/")
    organizer.page.click("text=查看与办理")
    assert f"/portal/apps/{APPID}/" in organizer.page.url
    stranger.go("/portal/messages/")
    assert "增加了管理员" in stranger.page.inner_text("main")
