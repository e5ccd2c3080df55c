"""The desk's decisions on an order: approving, and returning with several findings; and what is no decision."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from typer.testing import CliRunner

from openbeian.accounts.models import User
from openbeian.authority.models import Challenge, Upload
from openbeian.filings.errors import Conflict
from openbeian.filings.models import FaceCheck, FaceCheckState, Finding, Order
from openbeian.filings.queries import findings_of, submitted_dossier
from openbeian.ledger.models import Event
from openbeian.review.commands import review_app
from openbeian.review.verbs import ClaimedByAnother, approve
from openbeian.wechat.hints import audit_data
from tests.accounts.people import APPID, lin  # noqa: F401
from tests.desk.test_link_pages import visitor
from tests.orders import DAMAGES, REVIEWER, damage_snapshot, submitted  # noqa: F401
from tests.portal.test_transfers_and_claims import browser, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db: None, submitted: Callable[..., Order]) -> Order:  # noqa: F811
    return submitted(APPID)


@pytest.fixture
def reviewer(order: Order) -> Client:
    """At the desk, with the order in hand."""
    client = visitor("reviewer")
    client.post(f"/desk/orders/{order.pk}/claim/")
    return client


def state_of(order: Order) -> str:
    order.refresh_from_db()
    return order.state


def rows(*findings: tuple[str, str, str]) -> dict[str, list[str]]:
    """What a browser posts of the rows of a return."""
    return {name: list(column) for name, column in zip(("field", "reason", "remedy"), zip(*findings, strict=True), strict=True)}


def test_a_return_takes_every_row(order: Order, reviewer: Client) -> None:
    page = reviewer.post(f"/desk/orders/{order.pk}/return/", follow=True, data={
        "version": order.version, **rows(
            ("service.description", " 描述过于简单 ", "写明实际业务"),
            ("organizer.certificate.photo", "四角不全\0", "重新拍摄"))})
    assert f"订单 {order.pk} 已退回，共 2 条意见。" in text(page)
    assert state_of(order) == "returned"
    assert [(f.field, f.reason_zh, f.remedy_zh) for f in findings_of(order).filter(source="reviewer")] == [
        ("service.description", "描述过于简单", "写明实际业务"), ("organizer.certificate.photo", "四角不全", "重新拍摄")]


GOOD = ("service.description", "太简单", "写明实际业务")


@pytest.mark.parametrize(("post", "incomplete"), [
    ({}, ""), ({"field": "service.description"}, "1"), ({"reason": ["太简单"]}, "1"), ({"remedy": "写明实际业务"}, "1"),
    (rows(GOOD, ("no.such.field", "x", "y")), "2"), (rows(GOOD, ("organizer.name", "", " "), GOOD), "2"),
    ({**rows(GOOD, ("organizer.name", "不符", "改正")), "remedy": ["写明实际业务"]}, "2"),
    ({**rows(GOOD), "field": ["service.description", "organizer.name", "organizer.address"]}, "2、3"),
    (rows(("\0", "\0", "\0")), "1"), (rows(("service.description", "\0x", "\0")), "1")])
def test_an_incomplete_return_is_refused_and_what_was_typed_stays(
    order: Order, reviewer: Client, post: dict[str, object], incomplete: str
) -> None:
    page = text(reviewer.post(f"/desk/orders/{order.pk}/return/", post))
    assert "退回时须至少填写一条意见，每条须有字段、原因和修改建议。" in page
    assert re.findall("第 (.*?) 条意见不完整，请补全或删除。", page) == ([incomplete] if incomplete else [])
    assert "太简单" in page or "太简单" not in str(post)
    assert state_of(order) == "platform_review"


def test_a_passed_face_check_is_shown_with_its_time(order: Order, reviewer: Client) -> None:
    shown = "人脸核身 已通过，2023-09-05 10:00"
    assert shown in text(reviewer.get(f"/desk/orders/{order.pk}/"))
    reviewer.cookies["django_language"] = "en"
    assert "Passed at 2023-09-05 10:00" in text(reviewer.get(f"/desk/orders/{order.pk}/"))
    FaceCheck.objects.update(state=FaceCheckState.FAILED)
    assert "Failed at 2023-09-05 10:00" in text(reviewer.get(f"/desk/orders/{order.pk}/"))
    FaceCheck.objects.update(appid="wx0000000000000009")
    assert "Asked for, not completed" in text(reviewer.get(f"/desk/orders/{order.pk}/"))


@pytest.mark.parametrize("decision", ["approve", "return"])
@pytest.mark.parametrize("version", ["x", "1.5", "1\0", "9" * 5000])
def test_a_version_that_is_no_number_decides_nothing(order: Order, reviewer: Client, decision: str, version: str) -> None:
    post = {"version": version, **rows(("service.description", "太简单", "写明实际业务"))}
    assert reviewer.post(f"/desk/orders/{order.pk}/{decision}/", post).status_code == 404
    assert state_of(order) == "platform_review"


@pytest.mark.parametrize("version", ["-1", "9" * 30])
def test_a_version_that_no_order_has_is_out_of_date(order: Order, reviewer: Client, version: str) -> None:
    page = reviewer.post(f"/desk/orders/{order.pk}/approve/", {"version": version}, follow=True)
    assert "不能执行此操作。请刷新后再试。" in text(page)
    assert state_of(order) == "platform_review"


@pytest.mark.parametrize(("post", "looks_for_the_next"), [({}, False), ({"next": "1"}, True)])
def test_a_decision_leads_to_the_queue_or_to_the_next_order(
    order: Order, reviewer: Client, post: dict[str, str], looks_for_the_next: bool
) -> None:
    page = text(reviewer.post(f"/desk/orders/{order.pk}/approve/", {"version": order.version, **post}, follow=True))
    assert ("队列中没有待领取的订单。" in page) == looks_for_the_next
    assert f"订单 {order.pk} 已通过，将提交管局。" in page


# A finding in the language it was written in


def test_a_finding_is_kept_in_its_language_and_read_everywhere(order: Order, reviewer: Client, lin: object) -> None:  # noqa: F811
    reviewer.post(f"/desk/orders/{order.pk}/return/", rows(
        ("service.description", "描述过于简单", "Say what the service really does"),))
    [kept] = Finding.objects.filter(order=order, source="reviewer")
    assert (kept.reason_zh, kept.reason_en, kept.remedy_zh, kept.remedy_en) == (
        "描述过于简单", "", "", "Say what the service really does")
    for language in ("zh-hans", "en"):
        page = text(browser(lin, language).get(f"/portal/orders/{order.pk}/"))  # type: ignore[arg-type]
        assert "描述过于简单" in page and "Say what the service really does" in page
    assert audit_data([kept]) == [{
        "key_name": "服务描述", "error": "描述过于简单", "suggest": "Say what the service really does"}]
    shown = CliRunner().invoke(review_app, ["show", str(order.pk)]).output
    assert "service.description: 描述过于简单 → Say what the service really does" in shown


@pytest.mark.parametrize("address", ["/desk/shelf/?appid=a%00b", "/desk/shelf/?after=%00", "/desk/?after=%00&state=%00&mine"])
def test_nonsense_in_a_search_breaks_nothing(reviewer: Client, address: str) -> None:
    assert reviewer.get(address).status_code == 200


# A damaged snapshot


@pytest.mark.parametrize("where", DAMAGES)
def test_the_page_of_a_damaged_order_says_so_and_compares_nothing(order: Order, reviewer: Client, where: str) -> None:
    damage_snapshot(order, where=where)
    page = text(reviewer.get(f"/desk/orders/{order.pk}/"))
    assert "第 1 次提交的存档已损坏，内容无法显示" in page
    reviewer.cookies["django_language"] = "en"
    assert "What is stored of submission 1 is damaged and cannot be shown" in text(
        reviewer.get(f"/desk/orders/{order.pk}/"))


def test_a_damaged_account_is_told_on_the_queue_and_on_the_page(order: Order, reviewer: Client) -> None:
    Order.objects.update(account_sealed=bytes(order.account_sealed)[:-1] + b"\0")
    assert "账号信息存档已损坏" in text(reviewer.get("/desk/"))
    page = text(reviewer.get(f"/desk/orders/{order.pk}/"))
    assert "提交时的账号信息存档已损坏" in page and f"{APPID} · " in page
    reviewer.post(f"/desk/orders/{order.pk}/approve/", {"version": order.version})
    assert state_of(order) == "handover"


def test_only_the_comparison_needs_the_snapshot_before(
    order: Order, reviewer: Client, submitted: Callable[..., Order]  # noqa: F811
) -> None:
    reviewer.post(f"/desk/orders/{order.pk}/return/", rows(("service.description", "描述过于简单", "写明实际业务")))
    assert submitted(APPID).dossier_number == 2
    damage_snapshot(order, 1)
    page = text(reviewer.get(f"/desk/orders/{order.pk}/"))
    assert "第 1 次提交的存档已损坏，内容无法显示" in page and "第 2 次提交的存档" not in page
    assert "与上次提交不同" not in page and "杭州青禾示例科技有限公司" in page


def test_a_damaged_order_that_waits_for_the_sms_has_its_page(order: Order, reviewer: Client) -> None:
    damage_snapshot(order)
    Challenge.objects.create(
        order=order, principal="subject", due_at=order.state_since, at=order.state_since,
        upload=Upload.objects.create(
            province="330000", sequence=1, order=order, operation=1, record_key="1", sealed=b"", created_at=order.state_since))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no trigger fires
        cursor.execute("UPDATE filings_order SET state = 'sms_pending' WHERE id = %s", [order.pk])
        cursor.execute("SET session_replication_role = origin")
    page = reviewer.get(f"/desk/orders/{order.pk}/")
    assert page.status_code == 200 and "主体负责人" in text(page)


def test_a_file_of_a_damaged_order_is_not_shown(order: Order, reviewer: Client) -> None:
    [digest, *_] = [digest for _, digest in submitted_dossier(order).media]
    assert reviewer.get(f"/desk/orders/{order.pk}/materials/{digest}/").status_code == 200
    damage_snapshot(order)
    assert reviewer.get(f"/desk/orders/{order.pk}/materials/{digest}/").status_code == 404


@pytest.mark.parametrize("where", DAMAGES)
def test_a_damaged_order_can_be_returned_and_not_approved(order: Order, reviewer: Client, where: str) -> None:
    damage_snapshot(order, where=where)
    said = "该订单的备案资料存档已损坏，不能提交管局。请退回，由主办者重新提交。"
    assert said in text(reviewer.post(f"/desk/orders/{order.pk}/approve/", {"version": order.version}, follow=True))
    reviewer.cookies["django_language"] = "en"
    assert "The stored dossier of this order is damaged and cannot go to the administration." in text(
        reviewer.post(f"/desk/orders/{order.pk}/approve/", {"version": order.version}, follow=True))
    assert state_of(order) == "platform_review"
    assert not Event.objects.filter(subject=order.subject, tag="order:approve").exists()
    reviewer.post(f"/desk/orders/{order.pk}/return/", rows(("organizer.name", "存档已损坏", "请重新提交")))
    assert state_of(order) == "returned"


def test_what_else_forbids_an_approval_is_said_first(order: Order, reviewer: Client) -> None:
    damage_snapshot(order)
    with pytest.raises(ClaimedByAnother):
        approve(order_id=order.pk, reviewer=REVIEWER)
    with pytest.raises(Conflict):
        approve(order_id=order.pk, reviewer=User.objects.get(username="the-reviewer").actor, version=order.version - 1)
