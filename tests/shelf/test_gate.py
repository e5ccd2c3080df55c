"""The gate over HTTP and the shelf's own verbs."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openbeian.ledger.models import Event
from openbeian.regime.shelf_policy import POLICY
from openbeian.shelf import queries
from openbeian.shelf.errors import GateClosed, NotFound
from openbeian.shelf.models import MiniProgram
from openbeian.shelf.signals import apps_put_back, apps_taken_offline
from openbeian.shelf.verbs import grant_waiver, put_on
from tests.shelf.catalogue import OPERATOR, cancelled, filed, stock

pytestmark = pytest.mark.django_db
SWEPT = "2024-04-01T00:00:00+08:00"


@pytest.fixture
def now(at) -> datetime:
    return at("2024-04-02T12:00:00+08:00")


@pytest.fixture
def heard():
    """What the rooms further down hear: (signal, appids, codes)."""
    told: list[tuple[str, list[str], list[str]]] = []

    def off(*, appids, codes, **_) -> None:
        told.append(("off", appids, codes))

    def back(*, appids, codes, **_) -> None:
        told.append(("back", appids, codes))

    apps_taken_offline.connect(off)
    apps_put_back.connect(back)
    yield told
    apps_taken_offline.disconnect(off)
    apps_put_back.disconnect(back)


def check(**parameters: str) -> tuple[int, dict[str, object]]:
    answer = Client().get("/gate/check", parameters)
    return answer.status_code, json.loads(answer.content)


def test_the_answer_says_why_and_for_how_long(now) -> None:
    stock(("wx01", "2022-05-01"))
    ground = POLICY.grounds["unfiled_after_deadline"]
    assert check(appid="wx01") == (200, {
        "appid": "wx01", "at": "2024-04-02T12:00:00+08:00", "allowed": False, "code": "unfiled_after_deadline",
        "clause": ground.clause, "since": "2024-04-01T00:00:00+08:00", "until": None,
        "reason_zh": ground.reason_zh, "reason_en": ground.reason_en,
    })
    before = check(appid="wx01", at="2024-03-31T23:59:59+08:00")[1]
    assert (before["allowed"], before["code"], before["since"], before["until"]) == (
        True, "listed_before_start_until_deadline", "2023-09-01T00:00:00+08:00", "2024-04-01T00:00:00+08:00")


@pytest.mark.parametrize("at_text", [
    "2024-03-31T23:59:59+08:00", "2024-03-31T23:59:59 08:00", "2024-03-31T15:59:59Z", "2024-03-31T15:59:59z"])
def test_an_instant_may_be_written_in_several_ways(now, at_text: str) -> None:
    stock(("wx01", "2022-05-01"))
    assert check(appid="wx01", at=at_text)[1]["at"] == "2024-03-31T23:59:59+08:00"


def test_an_app_outside_the_catalogue_is_denied(now) -> None:
    assert check(appid="wx99")[1]["code"] == "unknown_app"


@pytest.mark.parametrize(("query", "code", "field"), [
    ("", "appid_missing", "appid"), ("appid=", "appid_missing", "appid"), ("appid=a%00b", "appid_malformed", "appid"),
    ("appid=" + "x" * 33, "appid_malformed", "appid"), ("appid=%E5%B0%8F", "appid_malformed", "appid"),
    ("appid=a&appid=b", "appid_ambiguous", "appid"), ("appid=a&at=b&at=c", "at_ambiguous", "at"),
    ("appid=a&at=tomorrow", "instant_malformed", "at"), ("appid=a&at=2024-02-30", "instant_malformed", "at"),
    ("appid=a&at=2024-04-01T00:00:00", "instant_without_offset", "at"),
    ("appid=a&at=0001-01-01T00:00:00%2B08:00", "instant_malformed", "at"),
    ("appid=a&at=9999-12-31T23:59:59-08:00", "instant_malformed", "at"),
    ("appid=a&at=0001-01-01", "instant_malformed", "at"), ("appid=a&at=1711900800", "instant_malformed", "at"),
    ("appid=a&at=2024-04-01T00:00:00%2B99:00", "instant_malformed", "at"), ("appid=a&at=%FF", "instant_malformed", "at"),
    ("appid=a&at=٢٠٢٤-04-01", "instant_malformed", "at"),
])
def test_bad_input_is_a_documented_error(now, query: str, code: str, field: str) -> None:
    answer = Client().get(f"/gate/check?{query}")
    error = json.loads(answer.content)
    assert (answer.status_code, error["code"], error["field"]) == (400, code, field)
    assert set(error) == {"code", "field", "reason_zh", "reason_en", "remedy"}


@pytest.mark.parametrize(("at_text", "status"), [
    ("9999-12-31T23:59:59+00:00", 400), ("9999-12-31T23:59:59+08:00", 200),
    ("0001-01-01T00:00:00+00:00", 200), ("0001-01-01", 400), ("0001-01-02", 200),
])
def test_the_ends_of_time_are_no_fault(now, at_text: str, status: int) -> None:
    stock(("wx01", "2022-05-01"))
    assert check(appid="wx01", at=at_text)[0] == status


def test_a_proxy_is_told_yes_or_no(now) -> None:
    stock(("wx01", "2022-05-01"), ("wx02", "2022-05-01"))
    filed("wx02", now)
    denied = Client().get("/gate/auth", {"appid": "wx01"})
    assert (denied.status_code, denied["X-Gate-Code"], denied["X-Gate-Since"]) == (
        403, "unfiled_after_deadline", "2024-04-01T00:00:00+08:00")
    assert denied["X-Gate-Reason"].isascii()
    allowed = Client().get("/gate/auth", {"appid": "wx02"})
    assert (allowed.status_code, allowed["X-Gate-Code"], allowed.content) == (200, "filed", b"")


@pytest.mark.parametrize(("path", "headers", "status"), [
    ("/gate/auth", {"X-Appid": "wx02"}, 200),
    ("/gate/auth", {"X-Original-URI": "/app/start?x=1&appid=wx02"}, 200),
    ("/gate/auth/app/start?appid=wx02", {}, 200),  # as Envoy asks
    ("/gate/auth?appid=wx02", {"X-Appid": "wx02"}, 200),
    ("/gate/auth?appid=wx02", {"X-Appid": "wx01"}, 403),  # two different apps named
    ("/gate/auth?appid=wx02&appid=wx01", {}, 403),
    ("/gate/auth", {"X-Original-URI": "/app?appid=wx02&appid=wx01"}, 403),
    ("/gate/auth", {"X-Original-URI": "//[/?appid=wx02"}, 403),
    ("/gate/auth", {}, 403),
    ("/gate/auth?appid=%00", {}, 403),
])
def test_the_app_may_be_named_in_three_places_but_only_one_app(now, path, headers, status) -> None:
    stock(("wx01", "2022-05-01"), ("wx02", "2022-05-01"))
    filed("wx02", now)
    assert Client().get(path, headers=headers).status_code == status
    assert Client(enforce_csrf_checks=True).post(path, headers=headers).status_code == status


def test_the_gate_asks_the_database_once(now) -> None:
    stock(("wx01", "2022-05-01"))
    filed("wx01", now)
    with CaptureQueriesContext(connection) as asked:
        queries.gate("wx01", now)
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as asked:  # a production instance does not even ask for the clock
        Client().get("/gate/auth", {"appid": "wx01"})
    assert [query["sql"].split()[0] for query in asked if "ledger_clocksetting" not in query["sql"]] == ["SELECT"]


def test_a_number_opens_the_shelf_at_once_and_its_end_closes_it(at, heard) -> None:
    swept = at(SWEPT)
    stock(("wx01", "2022-05-01"))
    service = filed("wx01", swept)
    assert (queries.gate("wx01").code, heard) == ("filed", [])  # it was on the shelf all the time
    ended = at("2024-04-10T09:00:00+08:00")
    cancelled(service, ended)
    app = MiniProgram.objects.get()
    assert (queries.gate("wx01").code, app.offline_since, app.offline_code, app.offline_clause) == (
        "filing_cancelled", ended, "filing_cancelled", POLICY.grounds["filing_cancelled"].clause)
    again = at("2024-04-20T09:00:00+08:00")
    filed("wx01", again)
    app.refresh_from_db()
    assert (queries.gate("wx01").code, app.is_standing, app.offline_code, app.offline_clause) == ("filed", True, "", "")
    assert heard == [("off", ["wx01"], ["filing_cancelled"]), ("back", ["wx01"], ["filed"])]
    assert [(e.tag, e.data.get("code")) for e in Event.objects.filter(tag__startswith="shelf:app").order_by("id")] == [
        ("shelf:app:taken_offline", "filing_cancelled"), ("shelf:app:put_back", "filed")]


def test_an_app_never_listed_is_not_taken_offline_when_its_filing_ends(now, heard) -> None:
    stock(("wx01", None))
    cancelled(filed("wx01", now), now)
    assert (MiniProgram.objects.get().offline_since, heard) == (None, [])
    assert queries.gate("wx01").code == "filing_cancelled"


def test_a_number_for_an_app_outside_the_catalogue_is_no_fault(now) -> None:
    filed("wx77", now)
    assert queries.gate("wx77").code == "unknown_app"


def test_a_waiver_keeps_an_app_on_the_shelf_for_its_time(now, heard) -> None:
    stock(("wx01", "2022-05-01"))
    until = now + timedelta(days=3)
    grant_waiver(appid="wx01", since=now, until=until, reason="法院裁定", actor=OPERATOR)
    decision = queries.gate("wx01", now)
    assert (decision.code, decision.since, decision.until) == ("waived", now, until)
    assert queries.gate("wx01", until).code == "unfiled_after_deadline"
    assert Event.objects.filter(tag="shelf:waiver:granted").get().data["until"] == until.isoformat()
    with pytest.raises(NotFound):
        grant_waiver(appid="wx99", since=now, until=until, reason="x", actor=OPERATOR)
    with pytest.raises(IntegrityError), transaction.atomic():
        grant_waiver(appid="wx01", since=now, until=now, reason="x", actor=OPERATOR)


def test_an_app_is_first_listed_through_the_gate(now) -> None:
    stock(("wx01", None))
    with pytest.raises(GateClosed) as closed:
        put_on(appid="wx01", actor=OPERATOR)
    assert closed.value.decision.code == "unfiled_never_listed"
    filed("wx01", now)
    put_on(appid="wx01", actor=OPERATOR)
    put_on(appid="wx01", actor=OPERATOR)
    assert MiniProgram.objects.get().first_listed_at == now
    assert Event.objects.filter(tag="shelf:app:listed").count() == 1
    with pytest.raises(NotFound):
        put_on(appid="wx99", actor=OPERATOR)


def test_what_the_filing_verbs_are_told(now) -> None:
    stock(("wx01", None))
    filed("wx01", now)
    account, standing = queries.account("wx01"), queries.standing("wx01")
    assert (account.name, account.organizer_name, standing.subject_number) == (
        "青禾文具", "杭州青禾示例科技有限公司", "浙ICP备2023000001号")
    with pytest.raises(NotFound):
        queries.account("wx99")
