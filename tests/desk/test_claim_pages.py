"""The desk's pages of claims: who sees what, who decides, what stays hidden."""

from collections.abc import Callable
from typing import Any

import pytest

from openbeian.accounts.models import User
from openbeian.register.models import Claim, ClaimState, Service
from openbeian.register.verbs import cancel
from tests.accounts.people import APPID, administrators, chen, lin, zhou  # noqa: F401
from tests.desk.test_link_pages import visitor
from tests.portal.test_transfers_and_claims import text
from tests.register.test_claims import AUTHORITY, NUMBER, ask, damage, service  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(service: Service, chen: User) -> Claim:  # noqa: F811
    return ask(chen, remark="本人林示例，手机 13900000001")


def test_the_list_and_the_menu_show_what_waits(claim: Claim) -> None:
    page = visitor("reviewer").get("/desk/claims/")
    said = text(page)
    assert all(word in said for word in (NUMBER, "青禾文具", APPID, "chen", "2023-09-05 10:00", "2023-09-08 00:00"))
    assert "认领审核 1 上架管理" in said, "the menu counts it"
    assert "没有已办结的认领" in text(visitor("auditor").get("/desk/claims/?ended=1"))


def test_overdue_and_provisional_are_marked_in_the_list_and_among_the_overdue(
    service: Service, chen: User, at: Callable[[str], Any]  # noqa: F811
) -> None:
    at("2098-03-03T10:00:00+08:00")
    made = ask(chen)
    operator = visitor("operator")
    assert "2098-03-06 00:00 （暂定）" in text(operator.get("/desk/claims/"))
    assert f"/desk/claims/{made.pk}/" not in operator.get("/desk/overdue/").text
    at("2098-03-06T00:00:01+08:00")
    assert "2098-03-06 00:00 已超期 （暂定）" in text(operator.get("/desk/claims/"))
    overdue = operator.get("/desk/overdue/")
    assert f"/desk/claims/{made.pk}/" in overdue.text and "超期 1" in text(overdue)


def test_one_claim_beside_what_is_on_file(claim: Claim) -> None:
    said = text(visitor("reviewer").get(f"/desk/claims/{claim.pk}/"))
    assert all(word in said for word in (
        NUMBER, "杭州青禾示例科技有限公司", "现有管理员 lin", "申请人 chen", "手机 13900000001", "通过", "驳回原因"))


def test_a_claim_of_a_damaged_record_is_shown_without_what_is_damaged(claim: Claim) -> None:
    damage(claim, "remark_sealed")
    damage(claim.service.subject, "sealed")
    said = text(visitor("reviewer").get(f"/desk/claims/{claim.pk}/"))
    assert all(word in said for word in (NUMBER, "备案主体 –", "申请人 chen", "存档已损坏，无法显示。", "驳回原因"))


def test_only_reviewers_read_the_remark_and_decide(claim: Claim) -> None:
    for role in ("operator", "auditor"):
        page = visitor(role).get(f"/desk/claims/{claim.pk}/")
        assert "林示例" not in page.text and 'name="act"' not in page.text and NUMBER in page.text
        assert visitor(role).post(f"/desk/claims/{claim.pk}/decide/", {"act": "approve"}).status_code == 403
    assert visitor("organizer").get(f"/desk/claims/{claim.pk}/").status_code == 403
    claim.refresh_from_db()
    assert claim.state == ClaimState.WAITING


def test_approving(claim: Claim) -> None:
    page = visitor("reviewer").post(f"/desk/claims/{claim.pk}/decide/", {"act": "approve"}, follow=True)
    assert f"认领 {claim.pk} 已通过。" in text(page)
    assert administrators() == ["lin", "chen"]
    after = visitor("operator").get(f"/desk/claims/{claim.pk}/")
    assert "办理人 the-reviewer" in text(after) and 'name="act"' not in after.text


def test_refusing_needs_a_reason_and_keeps_what_was_typed(claim: Claim) -> None:
    reviewer = visitor("reviewer")
    address = f"/desk/claims/{claim.pk}/decide/"
    assert "须填写 1 至 300 字的原因" in text(reviewer.post(address, {"act": "refuse", "reason": " "}))
    long = reviewer.post(address, {"act": "refuse", "reason": "太长" * 200})
    assert "须填写" in text(long) and "太长太长" in text(long)
    assert f"认领 {claim.pk} 已驳回。" in text(reviewer.post(address, {"act": "refuse", "reason": "不相符"}, follow=True))
    assert "驳回原因 不相符" in text(reviewer.get(f"/desk/claims/{claim.pk}/"))
    assert "不相符" not in text(visitor("operator").get(f"/desk/claims/{claim.pk}/"))
    assert "已由" not in text(reviewer.get("/desk/claims/?ended=1")) and administrators() == ["lin"]


def test_a_decision_that_comes_too_late_or_makes_no_sense(claim: Claim, service: Service) -> None:  # noqa: F811
    reviewer = visitor("reviewer")
    address = f"/desk/claims/{claim.pk}/decide/"
    assert [reviewer.post(address, post).status_code for post in ({}, {"act": "x"}, {"act": "\0"})] == [404] * 3
    assert "须填写 1 至 300 字的原因" in text(reviewer.post(address, {"act": "refuse", "reason": "\0"}))
    assert reviewer.post("/desk/claims/" + "9" * 30 + "/decide/", {"act": "approve"}).status_code == 404
    cancel(appid=APPID, number=NUMBER, order_id=7, actor=AUTHORITY, at=claim.made_at)
    page = text(reviewer.post(address, {"act": "approve"}, follow=True))
    assert "该备案号已注销" in page and "已于 2023-09-05 10:00 注销" in page
    reviewer.post(address, {"act": "refuse", "reason": "已注销"})
    assert "这次认领已被驳回。" in text(reviewer.post(address, {"act": "approve"}, follow=True))
    assert administrators() == ["lin"]
