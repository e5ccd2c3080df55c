"""The desk's pages of the link with the administration: who sees what, what a button does, what stays hidden."""

import pytest
from django.test import Client

from openbeian.accounts.models import User
from openbeian.authority import verbs
from openbeian.authority.models import CodeDifference, InboxFile, Lane
from openbeian.authority.verbs.codes import compare_codes
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.v3.wire.answers import Answer
from tests.authority.road import (  # noqa: F401
    ZHEJIANG,
    approved,
    cancelled,
    decision,
    filed,
    handed_over,
    province,
    receive_now,
    result,
    state_of,
    submitted,
    verified,
)

PAGES = ("/desk/link/", "/desk/link/inbox/", "/desk/link/tasks/", "/desk/link/reconciliations/", "/desk/link/codes/",
         "/desk/overdue/")


def visitor(role: str) -> Client:
    user, _ = User.objects.get_or_create(username=f"the-{role}", defaults={"role": role})
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def order(db, handed_over):  # noqa: F811
    return handed_over()


@pytest.fixture
def operator(db) -> Client:
    return visitor("operator")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_the_platforms_people_and_for_nobody_else(db, page):
    answers = {role: visitor(role).get(page).status_code for role in ("operator", "reviewer", "auditor", "organizer")}
    assert answers == {"operator": 200, "reviewer": 200, "auditor": 200, "organizer": 403}
    english = visitor("operator")
    english.cookies["django_language"] = "en"
    assert english.get(page).status_code == 200


def test_a_halted_lane_shows_why_and_an_operator_resumes_it(order, province, operator):  # noqa: F811
    province.answers["isp_download"] = [Answer(5, "密码错误")]
    verbs.poll(province=ZHEJIANG)
    page = operator.get("/desk/link/").content.decode()
    assert "已停用" in page and "密码错误" in page and "浙江" in page
    assert operator.post(f"/desk/link/lanes/{ZHEJIANG}/", {"act": "resume"}).status_code == 302
    assert Lane.objects.get().halted_at is None
    assert Event.objects.get(tag="lane:resume").actor_role == "operator"
    operator.post(f"/desk/link/lanes/{ZHEJIANG}/", {"act": "halt"})
    assert Lane.objects.get().halted_at is not None


@pytest.mark.parametrize("role", ["reviewer", "auditor"])
def test_others_may_look_and_not_act(order, province, role):  # noqa: F811
    receive_now(province, cancelled("33000000099"))
    seen = visitor(role)
    assert 'name="act"' not in seen.get("/desk/link/").content.decode()
    assert seen.post(f"/desk/link/lanes/{ZHEJIANG}/", {"act": "halt"}).status_code == 403
    assert seen.post("/desk/link/inbox/act/", {"unmatched": "1", "act": "seen"}).status_code == 403


@pytest.mark.parametrize("post", [
    {}, {"act": "seen"}, {"act": "seen", "unmatched": "x"}, {"act": "apply", "unmatched": "9" * 30},
    {"act": "nonsense", "file": "1"}, {"act": "seen", "file": "1\0"}, {"act": "\0", "file": "1"},
    {"act": "reapply", "file": "9" * 5000}])
def test_a_request_that_makes_no_sense_is_not_found(order, operator, post):
    assert operator.post("/desk/link/inbox/act/", post).status_code == 404
    assert operator.post("/desk/link/lanes/999999/", {"act": "halt"}).status_code == 404
    assert operator.post(f"/desk/link/lanes/{ZHEJIANG}/", {**post, "act": "explode"}).status_code == 404


def test_each_row_of_the_inbox_has_acts_of_its_own(order, province, operator):  # noqa: F811
    receive_now(province, decision(987654, True, "2023-09-05"))
    file = InboxFile.objects.get()
    posts = ({"file": file.pk, "act": "apply"}, {"unmatched": file.unmatched_set.get().pk, "act": "reapply"})
    assert [operator.post("/desk/link/inbox/act/", post).status_code for post in posts] == [404, 404]


def test_an_answer_that_fits_nothing_is_shown_and_marked_as_dealt_with(order, province, operator):  # noqa: F811
    receive_now(province, decision(987654, True, "2023-09-05"))
    page = operator.get("/desk/link/inbox/").content.decode()
    assert "没有对应的订单" in page and "987654" in page
    row = InboxFile.objects.get().unmatched_set.get()
    operator.post("/desk/link/inbox/act/", {"unmatched": row.pk, "act": "seen"})
    assert "987654" not in operator.get("/desk/link/inbox/").content.decode()


def test_what_a_file_says_is_open_but_personal_words_are_for_reviewers(order, province, operator):  # noqa: F811
    receive_now(province, decision(987654, False, "2023-09-05", "负责人林示例电话有误"))
    address = f"/desk/link/inbox/{InboxFile.objects.get().pk}/"
    for client, reads in ((operator, False), (visitor("auditor"), False), (visitor("reviewer"), True)):
        page = client.get(address).content.decode()
        assert "987654" in page
        assert ("林示例" in page) == reads
    assert operator.get("/desk/link/inbox/999999/").status_code == 404


def test_an_unreadable_file_has_a_page_too(order, province, operator):  # noqa: F811
    receive_now(province, b"<broken")
    file = InboxFile.objects.get()
    assert "文件无法解析" in operator.get(f"/desk/link/inbox/{file.pk}/").content.decode()
    page = operator.post("/desk/link/inbox/act/", {"file": file.pk, "act": "reapply"}, follow=True)
    assert "文件仍有问题" in page.content.decode()


def test_an_overdue_order_is_listed_with_its_days(order, operator, at):
    assert "没有超期的订单" in operator.get("/desk/overdue/").content.decode()
    at("2023-09-09T09:00:00+08:00")
    page = operator.get("/desk/overdue/").content.decode()
    assert f"/desk/orders/{order.pk}/" in page and "3 天" in page


def test_differences_of_code_tables_are_judged_on_the_page(order, province, operator):  # noqa: F811
    receive_now(province, result(order.pk))
    compare_codes(rows=[("Dwxz", "77", "新的单位性质", True)], file=InboxFile.objects.get(), at=clock.now())
    row = CodeDifference.objects.get()
    assert "新的单位性质" in operator.get("/desk/link/codes/").content.decode()
    operator.post(f"/desk/link/codes/{row.pk}/", {"act": "accept"})
    row.refresh_from_db()
    assert (row.verdict, row.judged_by) == ("accepted", User.objects.get(username="the-operator").actor.id)
    assert "新的单位性质" not in operator.get("/desk/link/codes/").content.decode()
    assert "已接受" in operator.get("/desk/link/codes/?judged=1").content.decode()


def test_a_comparison_is_made_and_shown(order, province, operator):  # noqa: F811
    receive_now(province, result(order.pk))
    operator.post(f"/desk/link/reconciliations/{ZHEJIANG}/")
    page = operator.get("/desk/link/reconciliations/").content.decode()
    assert "浙江" in page and "尚未收到" in page
