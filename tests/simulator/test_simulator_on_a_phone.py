"""The pages on a telephone: nothing is wider than the screen, and an answer to an SMS is two taps away."""

from collections.abc import Iterator

import pytest

from openbeian.simulator.models import Access, Service, Subject
from tests.browser.conftest import chromium  # noqa: F401  the fixture
from tests.simulator.simulated_platform import (
    SERVICE_PRINCIPAL,
    SUBJECT_PRINCIPAL,
    change,
    new_filing,
)

WIDTH = 390


@pytest.fixture
def simulator(transactional_db) -> Iterator[str]:
    """The address of the simulator process."""
    from openbeian.runtime.processes import serve

    with serve(web=False, worker=False) as running:
        yield running.simulator_url


@pytest.fixture
def page(chromium):  # noqa: F811
    context = chromium.new_context(viewport={"width": WIDTH, "height": 844})
    yield context.new_page()
    context.close()


def wider_than_the_screen(page) -> list[str]:
    """What would have to be scrolled sideways: the page, or a box in it."""
    return page.evaluate("""width => [document.documentElement, ...document.querySelectorAll('body, body *')]
        .filter(node => node.scrollWidth > Math.max(node.clientWidth, 1) && node.clientWidth > 0
                && getComputedStyle(node).overflowX !== 'visible' || node.getBoundingClientRect().right > width + 1)
        .map(node => `${node.tagName} ${node.className}`)""", WIDTH)


def test_pages_fit_a_telephone(simulator, platform, enter, client, page):
    platform.upload(new_filing(picture=b"\xff\xd8\xffpicture"))
    enter("13900000001", SUBJECT_PRINCIPAL)
    enter("13900000002", SERVICE_PRINCIPAL)
    filed = client.get("/api/records").json()["records"][0]["id"]
    client.post(f"/records/{filed}/decision", {"decision": "approve"})
    for block in ("XGTZ", "HMDLB", "FFJRHMD", "WBAWZLB", "HSRW"):
        client.post("/provinces/110000/issue", {"block": block})
    platform.fetch()
    subject, service, access = Subject.objects.get(), Service.objects.get(), Access.objects.get()
    platform.upload(change(
        subject.pk, subject.number, service.pk, access.pk, service.number, scope="both", street="示例路2号"))
    client.post("/provinces/440000", {"hours": "08:00-20:00"})
    changing = client.get("/api/records").json()["records"][0]["id"]
    assert changing != filed
    for path in ("/", f"/records/{filed}", f"/records/{changing}", "/phone", "/phone?mobile=13900000001", "/settings",
                 "/sms-verification", "/provinces", "/provinces/110000", "/nope"):
        page.goto(simulator + path)
        assert wider_than_the_screen(page) == [], path


def test_a_code_is_answered_with_two_taps_and_six_characters(simulator, platform, page):
    platform.upload(new_filing())
    page.goto(f"{simulator}/phone")
    page.get_by_role("button", name="Answer with this code").last.click()
    mobile = page.get_by_label("手机号码 Mobile").input_value()
    assert mobile not in page.url and page.get_by_label("验证码 Code").input_value() not in page.url
    page.keyboard.type({"13900000001": SUBJECT_PRINCIPAL, "13900000002": SERVICE_PRINCIPAL}[mobile][-6:])
    page.get_by_role("button", name="提交核验 Verify").click()
    assert "核验通过" in page.get_by_role("status").inner_text()
