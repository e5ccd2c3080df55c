"""The main road, walked by hand in a browser: filled, refused with everything at once, corrected, returned, approved."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from openbeian.accounts.models import User
from openbeian.filings.models import Finding, Order
from openbeian.filings.queries import submitted_dossier
from tests import samples
from tests.browser.sitting import APPID, Sitting, people, sit_down  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

NOT_TYPED = {"photo", "photo_front", "photo_back", "authorization_letter", "face_check"}


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every typed field of a dossier with its dotted path."""
    if isinstance(value, dict):
        return [leaf for name, part in value.items() if name not in NOT_TYPED
                for leaf in leaves(part, f"{path}.{name}" if path else name)]
    return [(path, value)]


def name_is(path: str) -> str:
    return f'[name="{path}"]'


def save_after(page: Any, act: Callable[[], object]) -> None:
    """Do something that posts a part of the form, and wait until the answer is on the page."""
    with page.expect_response(lambda answer: answer.url.endswith("/form/part/")):
        act()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def choose(page: Any, path: str, code: object) -> None:
    """Choose an option on which further inputs depend."""
    save_after(page, lambda: page.select_option(name_is(path), str(code)))


def upload(page: Any, path: str, file: Path) -> None:
    save_after(page, lambda: page.set_input_files(name_is(f"file:{path}"), str(file)))
    page.wait_for_selector(f'input[type=hidden]{name_is(path)}', state="attached")


def fill_in(sitting: Sitting, dossier: dict[str, Any], picture: Path) -> None:
    """Type the whole sample dossier, as a person would: from top to bottom."""
    page = sitting.page
    for path in ("organizer.type", "organizer.province", "organizer.city"):
        value: Any = dossier
        for part in path.split("."):
            value = value[part]
        choose(page, path, value)
    for path, value in leaves({key: dossier[key] for key in ("organizer", "service")}):
        control = page.locator(name_is(path)).first
        if path == "service.contents":
            for code in value:
                box = page.locator(f'{name_is(path)}[value="{code}"]')
                box.locator("xpath=ancestor::details").evaluate("details => details.open = true")
                box.check()
        elif path == "service.prior_approvals":
            choose(page, "service.prior_approvals.0.type", value[0]["type"])
        elif control.evaluate("control => control.tagName") == "SELECT":
            if control.input_value() != str(value):
                control.select_option(str(value))
        elif path.endswith((".valid_from", ".valid_until")):
            control.fill(f"{value[:4]}-{value[4:6]}-{value[6:]}")
        else:
            control.fill(str(value))
    for path in ("organizer.certificate.photo", "organizer.principal.authorization_letter",
                 "service.principal.authorization_letter",
                 *(f"{owner}.principal.certificate.photo_{side}" for owner in ("organizer", "service")
                   for side in ("front", "back"))):
        upload(page, path, picture)


def take_face_check(sitting: Sitting) -> None:
    """The administrator opens the page from the form, in another tab, and confirms."""
    save_after(sitting.page, lambda: sitting.page.click("text=发起人脸核身"))
    with sitting.page.expect_popup() as popup:
        sitting.page.click("#face-check-state a")
    popup.value.click("text=确认通过")
    popup.value.wait_for_selector("text=已通过")
    popup.value.close()
    sitting.page.wait_for_selector("#face-check-state .ob-state-good")


def test_a_filing_walks_the_road_through_a_browser(
    people: dict[str, User], sit_down: Callable[..., Sitting], tmp_path: Path
) -> None:
    picture = tmp_path / "licence.png"
    picture.write_bytes(samples.png())

    # The organizer opens a first filing and submits it empty: everything that is missing is named at once.
    organizer = sit_down("organizer")
    page = organizer.page
    page.click("text=青禾文具")
    page.click("text=发起备案")
    page.click("text=提交平台审核")
    page.wait_for_selector("#summary")
    named = page.locator("#summary li").count()
    assert named > 20
    assert page.locator(".ob-note").count() >= named - 2
    assert Order.objects.get(appid=APPID).state == "draft"

    # It is filled in, with one slip: the mobile number lacks a digit. Only that is left, told twice over.
    dossier = samples.enterprise_dossier()
    fill_in(organizer, dossier, picture)
    page.locator(name_is("organizer.principal.mobile")).fill("1390000000")
    take_face_check(organizer)
    page.click("text=提交平台审核")
    page.wait_for_selector("#summary")
    assert page.locator("#summary li a").all_inner_texts() == ["主体负责人手机号码"]
    assert page.locator("#f-organizer-principal-mobile[aria-invalid]").count() == 1

    # Corrected and submitted.
    page.locator(name_is("organizer.principal.mobile")).fill("13900000001")
    page.click("text=提交平台审核")
    page.wait_for_selector("text=已提交，等待平台初审")
    order = Order.objects.get(appid=APPID)
    assert (order.state, order.dossier_number) == ("platform_review", 1)
    kept = submitted_dossier(order)
    assert (kept.organizer.name, kept.service.contents) == (dossier["organizer"]["name"], (163, 164))
    assert page.locator("text=撤回").count() == 1

    # A reviewer takes it and returns it with two findings.
    reviewer = sit_down("reviewer")
    desk = reviewer.page
    desk.click("text=领取下一单")
    desk.wait_for_selector(f"text={dossier['organizer']['certificate']['number']}")
    for row, (path, reason, remedy) in enumerate((
        ("service.description", "服务描述与营业范围不符", "请说明实际销售的商品"),
        ("organizer.certificate.photo", "营业执照照片反光", "请重新拍摄并上传"),
    )):
        desk.click("text=添加一条意见")
        expect(desk.locator(".ob-finding-row")).to_have_count(row + 1)
        desk.locator("[name=field]").nth(row).select_option(path)
        desk.locator("[name=reason]").nth(row).fill(reason)
        desk.locator("[name=remedy]").nth(row).fill(remedy)
    desk.get_by_role("button", name="退回修改", exact=True).click()
    desk.wait_for_selector("text=已退回，共 2 条意见")
    assert list(Finding.objects.filter(source="reviewer").values_list("field", flat=True).order_by("id")) == [
        "service.description", "organizer.certificate.photo"]

    # The organizer reads both beside their fields, corrects, and submits again.
    page.reload()
    page.wait_for_selector("text=营业执照照片反光")
    page.click("text=填写备案信息")
    assert page.locator("#summary li").count() == 2
    page.wait_for_selector(".ob-wrong >> text=服务描述与营业范围不符")
    photo = "organizer.certificate.photo"
    first = page.locator(f'input[type=hidden]{name_is(photo)}').input_value()
    save_after(page, lambda: page.locator(f'.ob-upload:has({name_is(photo)}) >> text=移除').click())
    sharper = tmp_path / "sharper.png"
    sharper.write_bytes(samples.png(width=721))
    upload(page, photo, sharper)
    assert page.locator(f'input[type=hidden]{name_is(photo)}').input_value() != first
    page.locator(name_is("service.description")).fill("在线销售本公司自产的笔记本、文件夹等办公文具，提供下单和订单查询。")
    page.click("text=提交平台审核")
    page.wait_for_selector("text=已提交，等待平台初审")

    # The reviewer approves; the order leaves for the administration and can no longer be withdrawn.
    desk.click("text=领取下一单")
    desk.wait_for_selector("text=第 2 次提交的内容")
    desk.get_by_role("button", name="通过", exact=True).click()
    desk.wait_for_selector("text=将提交管局")
    order.refresh_from_db()
    assert (order.state, order.dossier_number) == ("handover", 2)
    page.reload()
    page.wait_for_selector("text=待提交管局")
    assert page.locator("text=撤回").count() == 0


def test_drafts_are_kept_without_a_button(people: dict[str, User], sit_down: Callable[..., Sitting]) -> None:
    """What is typed survives leaving the page, and an upload that is no picture is refused where it was chosen."""
    organizer = sit_down("organizer", width=390)
    page = organizer.page
    organizer.go(f"/portal/apps/{APPID}/")
    page.click("text=发起备案")
    save_after(page, lambda: (page.fill(name_is("organizer.name"), "杭州青禾示例科技有限公司"), page.keyboard.press("Tab")))
    page.wait_for_selector("text=草稿已自动保存")
    save_after(page, lambda: page.set_input_files(name_is("file:organizer.certificate.photo"), {
        "name": "licence.png", "mimeType": "image/png", "buffer": b"not a picture at all"}))
    page.wait_for_selector(".ob-upload .ob-note >> text=不是 JPG 或 PNG")
    page.reload()
    assert page.input_value(name_is("organizer.name")) == "杭州青禾示例科技有限公司"


def test_an_older_tab_overwrites_nothing(people: dict[str, User], sit_down: Callable[..., Sitting]) -> None:
    """Two tabs of one form: the newer one goes on saving, the older one is told so and keeps what was typed in it."""
    older, newer = sit_down("organizer"), sit_down("organizer", width=390)
    older.go(f"/portal/apps/{APPID}/")
    older.page.click("text=发起备案")
    newer.go(older.page.url.removeprefix(older.base))
    for name in ("新的名称", "更新的名称"):
        save_after(newer.page, lambda name=name: (  # type: ignore[misc]
            newer.page.fill(name_is("organizer.name"), name), newer.page.keyboard.press("Tab")))
    save_after(older.page, lambda: (older.page.fill(name_is("organizer.name"), "旧的名称"), older.page.keyboard.press("Tab")))
    older.page.wait_for_selector("#save-mark >> text=订单已在别处")
    older.page.click("text=保存并返回")
    older.page.wait_for_selector("[role=alert] >> text=订单已在别处")
    assert older.page.input_value(name_is("organizer.name")) == "旧的名称"
    assert [complaint for complaint in older.complaints if "409" not in complaint] == []
    older.complaints.clear()
    newer.page.reload()
    assert newer.page.input_value(name_is("organizer.name")) == "更新的名称"


def test_a_box_pulled_larger_survives_the_policy(people: dict[str, User], sit_down: Callable[..., Sitting]) -> None:
    """Pulling a text box larger gives it a style; htmx would copy it on a redraw, which the policy forbids."""
    organizer = sit_down("organizer")
    organizer.go(f"/portal/apps/{APPID}/")
    organizer.page.click("text=发起备案")
    organizer.page.locator("#f-service-description").evaluate("box => { box.style.height = '12em' }")
    choose(organizer.page, "organizer.type", 5)


def test_a_page_is_no_wider_than_a_phone(people: dict[str, User], sit_down: Callable[..., Sitting]) -> None:
    organizer = sit_down("organizer", width=390)
    organizer.go(f"/portal/apps/{APPID}/")
    organizer.page.click("text=发起备案")
    for path in ("/portal/", f"/portal/apps/{APPID}/", organizer.page.url.removeprefix(organizer.base)):
        organizer.go(path)
        assert organizer.page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_the_language_is_switched_with_one_click(people: dict[str, User], sit_down: Callable[..., Sitting]) -> None:
    organizer = sit_down("organizer")
    organizer.page.click("text=English")
    organizer.page.wait_for_selector("text=My mini programs")
    assert organizer.page.get_attribute("html", "lang") == "en"
