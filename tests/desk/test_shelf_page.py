"""The shelf as reviewers and operators see it: the catalogue, what was taken offline, and why."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from openbeian.accounts.models import User, UserRole
from openbeian.desk.queries import SHELF_PAGE
from openbeian.regime.actors import Actor, Role
from openbeian.shelf.verbs import sweep
from tests.shelf.catalogue import stock

OPERATOR = Actor(Role.OPERATOR, "user:1")
LISTED = "2022-06-01"


@pytest.fixture
def operator(db: None) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(User.objects.create_user(username="operator", role=UserRole.OPERATOR),
                       backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_catalogue_is_shown_page_by_page_with_the_gates_word(
    operator: Client, at: Callable[[str], datetime]
) -> None:
    at("2024-03-31T23:59:59+08:00")
    stock(*((f"wx{number:016}", LISTED) for number in range(SHELF_PAGE + 1)))
    first = operator.get("/desk/shelf/").text
    assert first.count("须在 2024 年 3 月 31 日前完成备案") == SHELF_PAGE
    assert f"?appid=wx{SHELF_PAGE:016}" not in first and f"?after=wx{SHELF_PAGE - 1:016}" in first
    second = operator.get("/desk/shelf/", {"after": f"wx{SHELF_PAGE - 1:016}"}).text
    assert second.count("须在 2024 年 3 月 31 日前完成备案") == 1 and "下一页" not in second


def test_what_a_sweep_took_offline_is_listed_with_the_clause(operator: Client, at: Callable[[str], datetime]) -> None:
    assert "没有下架的小程序" in operator.get("/desk/shelf/?offline").text
    stock(("wx1111111111111111", LISTED), ("wx2222222222222222", None))
    deadline = at("2024-04-01T00:00:00+08:00")
    assert sweep(at=deadline, actor=OPERATOR).taken_offline == 1
    page = operator.get("/desk/shelf/?offline").text
    assert page.count("青禾文具") == 1 and "wx1111111111111111" in page
    assert "已于 2024-04-01 00:00 下架" in page and "第四条" in page
