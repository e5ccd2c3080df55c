"""The organizers' buttons: opening an order, confirming an action, ending a face check; and posts that make no sense."""

from typing import Any

import pytest
from django.test import Client

from openbeian.accounts.models import User
from openbeian.filings.evidence import create_face_check
from openbeian.filings.models import FaceCheck, FaceCheckState, Order
from tests.accounts.people import APPID, lin  # noqa: F401
from tests.portal.test_transfers_and_claims import browser, text

pytestmark = pytest.mark.django_db

NO_NUMBER = ["x", "1.5", "1\0", "9" * 5000]


@pytest.fixture
def organizer(lin: User) -> Client:  # noqa: F811
    return browser(lin)


@pytest.fixture
def draft(organizer: Client) -> Order:
    organizer.post(f"/portal/apps/{APPID}/orders/", {"kind": "first_filing"})
    return Order.objects.get()


@pytest.mark.parametrize("post", [{}, {"kind": ""}, {"kind": "x"}, {"kind": "first_filing\0"}, {"kind": "9" * 5000}])
def test_a_kind_that_is_none_opens_no_order(organizer: Client, post: dict[str, str]) -> None:
    assert organizer.post(f"/portal/apps/{APPID}/orders/", post).status_code == 404
    assert not Order.objects.exists()


def test_confirming_an_action_on_the_version_that_was_shown(organizer: Client, draft: Order) -> None:
    address = f"/portal/orders/{draft.pk}/do/abandon/"
    assert f'name="version" value="{draft.version}"' in organizer.get(address).text
    assert "已办理。" in text(organizer.post(address, {"version": draft.version}, follow=True))
    draft.refresh_from_db()
    assert draft.state == "withdrawn"


@pytest.mark.parametrize("version", NO_NUMBER)
def test_a_version_that_is_no_number_confirms_nothing(organizer: Client, draft: Order, version: str) -> None:
    assert organizer.post(f"/portal/orders/{draft.pk}/do/abandon/", {"version": version}).status_code == 404
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize("version", ["-1", "9" * 30])
def test_a_version_that_no_order_has_is_out_of_date(organizer: Client, draft: Order, version: str) -> None:
    page = organizer.post(f"/portal/orders/{draft.pk}/do/abandon/", {"version": version}, follow=True)
    assert "不能执行此操作。请刷新后再试。" in text(page)
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize("post", [{}, {"result": ""}, {"result": "\0"}, {"result": "1"}])
def test_a_face_check_ends_by_a_button_only(organizer: Client, lin: User, post: dict[str, Any]) -> None:  # noqa: F811
    check = create_face_check(appid=APPID, actor=lin.actor)
    address = f"/face-check/{check.task_id}"
    assert organizer.post(address, post).status_code == 404
    assert FaceCheck.objects.get().state < FaceCheckState.FAILED
    organizer.post(address, {"result": "passed"})
    assert FaceCheck.objects.get().state == FaceCheckState.PASSED


@pytest.mark.parametrize("address", ["/portal/?after=%00", "/portal/?after=" + "x" * 5000])
def test_nonsense_in_an_address_breaks_nothing(organizer: Client, address: str) -> None:
    assert organizer.get(address).status_code == 200
