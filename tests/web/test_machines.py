"""Views for machines are called at once, and are the ones Django finds."""

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, re_path


def view(name: str):
    def answer(request: HttpRequest, **values: object) -> HttpResponse:
        return HttpResponse(" ".join([name, request.resolver_match.route, *map(str, values.values())]))

    answer.for_machines = True
    return answer


urlpatterns = [
    path("rooms/<str:number>", view("any room")),
    path("rooms/1", view("never reached")),
    path("house/", include([path("door", view("door")), path("floor/<int:number>", view("floor"))])),
    path("door", view("first")),
    path("door", view("second")),
    path("plus+dot.", view("spelled out")),
    re_path(r"^h.*$", view("other")),
]


@pytest.fixture
def house(client: Client, settings) -> Client:
    settings.ROOT_URLCONF = __name__
    return client


@pytest.mark.parametrize(("asked", "answer"), [
    ("/rooms/1", "any room rooms/<str:number> 1"),
    ("/rooms/2", "any room rooms/<str:number> 2"),
    ("/house/door", "door house/door"),
    ("/house/floor/3", "floor house/floor/<int:number> 3"),
    ("/house/roof", "other ^h.*$"),
    ("/door", "first door"),
    ("/plus+dot.", "spelled out plus+dot."),
])
def test_each_path_finds_the_view_django_finds_for_it(house, asked, answer):
    assert house.get(asked).content.decode() == answer


def test_a_path_that_is_spelled_out_is_not_looked_for_again(house, monkeypatch):
    house.get("/house/door")
    monkeypatch.setattr("openbeian.web.machines.resolve", lambda *_: pytest.fail("looked for again"))
    assert house.get("/house/door").content == b"door house/door"


def test_answers_for_machines_say_their_length_and_carry_the_headers_of_every_answer(house):
    answer = house.get("/house/door")
    assert (answer["Content-Length"], answer["X-Content-Type-Options"]) == ("15", "nosniff")
    assert "X-Frame-Options" not in answer


def test_a_machine_is_told_in_its_own_form_that_the_database_is_away(client, monkeypatch):
    def away(appid, at=None):
        raise OperationalError("the server closed the connection, host=10.0.0.1")

    monkeypatch.setattr("openbeian.shelf.queries.gate", away)
    for door in ("/gate/auth", "/gate/check"):
        answer = client.get(door, {"appid": "wx0000000000000001", "at": "2024-04-01"})
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "10.0.0.1" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("asked", [
    "/wxa/icp/get_icp_entrance_info", "/cgi-bin/never-heard-of", "/gate/check?appid=wx0000000000000001",
    "/gate/auth/some/path?appid=wx0000000000000001",
])
def test_a_machine_is_answered_without_what_pages_need(asked: str) -> None:
    answer = Client().get(asked)
    assert "Content-Security-Policy" not in answer and "X-Frame-Options" not in answer  # of later middleware
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == str(len(answer.content))


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["/accounts/login/", "/never-heard-of", "/cgi-bin/componentloginpage"])
def test_a_person_is_not(asked: str) -> None:
    assert "frame-ancestors 'none'" in Client().get(asked)["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_change_by_a_machine_needs_no_csrf_token() -> None:
    answer = Client(enforce_csrf_checks=True).post("/wxa/icp/apply_icp_filing", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["errcode"]) == (200, 41001)
