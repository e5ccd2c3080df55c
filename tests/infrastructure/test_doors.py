"""Calls of machines go straight to their views; pages go through what people need."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", [
    "/wxa/icp/get_icp_entrance_info", "/cgi-bin/never-heard-of", "/gate/check?appid=wx0000000000000001",
    "/gate/auth/some/path?appid=wx0000000000000001",
])
def test_a_machine_is_answered_without_what_pages_need(path: str) -> None:
    answer = Client().get(path)
    assert "Content-Security-Policy" not in answer and "X-Frame-Options" not in answer  # of later middleware
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == str(len(answer.content))


@pytest.mark.parametrize("path", ["/accounts/login/", "/never-heard-of", "/cgi-bin/componentloginpage"])
def test_a_person_is_not(path: str) -> None:
    assert "frame-ancestors 'none'" in Client().get(path)["Content-Security-Policy"]


def test_a_change_by_a_machine_needs_no_csrf_token() -> None:
    answer = Client(enforce_csrf_checks=True).post("/wxa/icp/apply_icp_filing", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["errcode"]) == (200, 41001)
