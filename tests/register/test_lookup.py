"""The public look-up: what everyone may know, and no more."""

import json
import re
from datetime import datetime, timedelta

import pytest
from django.test import Client

from openbeian.regime.actors import Actor, Role
from openbeian.regime.dossier import parse
from openbeian.regime.facts import Approval
from openbeian.register.models import Subject
from openbeian.register.verbs import cancel, cancel_subject, issue

AUTHORITY = Actor(Role.AUTHORITY, "authority:330000")
FILED = datetime.fromisoformat("2023-10-10T09:00:00+08:00")
UNIT, PERSON = "杭州青禾示例科技有限公司", "林示范"

pytestmark = pytest.mark.django_db


def give(
    order_id: int, appid: str, serial: int, *, suffix: int = 1, kind: int = 4, name: str = UNIT, service: str = "",
    organizer: int = 0, at: datetime = FILED,
) -> None:
    """A number for a mini program; ``organizer`` tells organizers apart where their subject numbers do not."""
    subject = f"浙ICP备{2023000000 + serial}号"
    issue(
        order_id=order_id, appid=appid, certificate_digest=bytes([organizer or serial]) * 32,
        dossier=parse({
            "organizer": {"type": kind, "name": name, "province": "330000"},
            "service": {"name": service or f"小程序{serial}"}})[0],
        approval=Approval(subject, f"{subject}-{suffix}X", f"ZJ{serial}", f"ZJ{serial}-{suffix}", at),
        actor=AUTHORITY, at=at)


@pytest.fixture(autouse=True)
def register() -> None:
    give(1, "wx01", 1)
    give(2, "wx02", 2, kind=5, name=PERSON)


def ask(**parameters: str) -> tuple[int, dict[str, object]]:
    answer = Client().get("/register/lookup", parameters)
    assert answer["Content-Type"] == "application/json"
    return answer.status_code, json.loads(answer.content)


SERVICE = {
    "number": "浙ICP备2023000001号-1X", "subject_number": "浙ICP备2023000001号", "organizer_name": UNIT,
    "service_name": "小程序1", "kind": "mini_program", "since": "2023-10-10T09:00:00+08:00", "in_force": True,
    "cancelled_at": None,
}


def only(record: dict[str, object]) -> tuple[int, dict[str, object]]:
    """The answer to a name that one record has."""
    return 200, {**record, "records": [record], "more": False}


def numbers(name: str) -> list[object]:
    """The numbers of all records with a name, the first of which is the answer's own."""
    answer = ask(name=name)[1]
    assert answer["number"] == answer["records"][0]["number"]
    return [record["number"] for record in answer["records"]]


def test_a_service_number() -> None:
    assert ask(number="浙ICP备2023000001号-1X") == (200, SERVICE)


def test_a_damaged_record_is_shown_without_the_organizers_name() -> None:
    Subject.objects.update(sealed=b"damaged")
    assert ask(number="浙ICP备2023000001号-1X") == (200, {**SERVICE, "organizer_name": ""})
    page = Client().get("/register/lookup", {"number": "浙ICP备2023000001号-1X"}, headers={"accept": "text/html"})
    assert (page.status_code, "<dd>–</dd>" in page.text) == (200, True)


def test_a_number_typed_carelessly_is_understood() -> None:
    assert ask(number=" 浙icp备２０２３０００００１号－1x ") == (200, SERVICE)


def test_a_subject_number_or_a_units_name_gives_all_its_services() -> None:
    record = {"number": "浙ICP备2023000001号", "organizer_name": UNIT, "since": "2023-10-10T09:00:00+08:00",
              "in_force": True, "cancelled_at": None, "services": [SERVICE]}
    assert ask(number="浙ICP备2023000001号") == (200, record)
    assert ask(name=UNIT) == only(record)


@pytest.mark.parametrize("typed", ["浙icp备2023000001号", "浙ICP備２０２３０００００１號", " 浙 ICP 备 2023000001 号 "])
def test_a_subject_number_is_found_in_any_spelling(typed: str) -> None:
    assert ask(number=typed) == ask(number="浙ICP备2023000001号")
    assert ask(number=f"{typed.strip()}－1x") == (200, SERVICE)
    assert ask(number=f"{typed.strip()}——1×") == (200, SERVICE)


@pytest.mark.parametrize("typed", ["小程序1", "小程序１", " 小程序 1 ", "小程序1\u202c", "\u2066小程\u00ad序1\u2069"])
def test_a_mini_program_is_found_by_its_name(typed: str) -> None:
    assert ask(name=typed) == only(SERVICE)


def test_an_individuals_mini_program_too_and_the_individual_stays_masked() -> None:
    found = ask(name="小程序2")[1]
    assert (found["number"], found["organizer_name"]) == ("浙ICP备2023000002号-1X", "**范")


@pytest.mark.parametrize("typed", [
    "杭州宽窄(示例)-样本有限公司", " 杭州宽窄（示例）—样本　有限公司 ", "杭州 宽窄〔示例〕－样本有限公司"])
def test_a_unit_is_found_by_any_spelling_of_its_name(typed: str) -> None:
    own = "杭州宽窄（示例）—样本有限公司"
    give(3, "wx03", 3, name=own)
    found = ask(name=typed)[1]
    assert (found["number"], found["organizer_name"]) == ("浙ICP备2023000003号", own)


def later(days: int) -> datetime:
    return FILED + timedelta(days=days)


def subject_ends(serial: int, days: int) -> None:
    cancel_subject(number=f"浙ICP备{2023000000 + serial}号", order_id=None, actor=AUTHORITY, at=later(days))


def test_a_unit_that_was_filed_again_is_found_under_the_number_in_force() -> None:
    subject_ends(1, days=1)
    give(3, "wx01", 3, organizer=1, service="小程序1", at=later(2))
    assert numbers(UNIT) == ["浙ICP备2023000003号", "浙ICP备2023000001号"]
    assert numbers("小程序1") == ["浙ICP备2023000003号-1X", "浙ICP备2023000001号-1X"]
    assert [record["cancelled_at"] for record in ask(name=UNIT)[1]["records"]] == [None, "2023-10-11T09:00:00+08:00"]


def test_where_none_is_in_force_the_one_that_ended_last_is_shown() -> None:
    subject_ends(1, days=1)
    give(3, "wx01", 3, organizer=1, service="小程序1", at=later(2))
    subject_ends(3, days=3)
    assert ask(name=UNIT)[1]["number"] == "浙ICP备2023000003号"
    assert ask(name="小程序1")[1]["number"] == "浙ICP备2023000003号-1X"


def test_a_mini_program_in_force_goes_before_a_unit_of_the_same_name_that_is_not() -> None:
    give(3, "wx03", 3, service=UNIT, name="杭州别家示例科技有限公司")
    assert numbers(UNIT) == ["浙ICP备2023000001号", "浙ICP备2023000003号-1X"]
    subject_ends(1, days=1)
    assert numbers(UNIT) == ["浙ICP备2023000003号-1X", "浙ICP备2023000001号"]


def test_a_mini_program_that_is_called_as_its_unit_stands_under_it_only() -> None:
    give(3, "wx03", 1, suffix=2, service=UNIT)
    assert numbers(UNIT) == ["浙ICP备2023000001号"]


def test_several_mini_programs_in_force_under_one_name_are_all_found() -> None:
    for serial in (3, 4, 5):
        give(serial, f"wx0{serial}", serial, name=f"杭州示例{serial}有限公司", service="同名")
    cancel(appid="wx04", number="浙ICP备2023000004号-1X", order_id=None, actor=AUTHORITY, at=later(1))
    found = ["浙ICP备2023000005号-1X", "浙ICP备2023000003号-1X", "浙ICP备2023000004号-1X"]
    assert numbers("同名") == found
    page = Client().get("/register/lookup", {"name": "同名"}, headers={"accept": "text/html"}).content.decode()
    assert re.findall("浙ICP备[0-9]+号-1X(?=</h2>)", page) == found
    assert re.findall("杭州示例.有限公司", page) == [f"杭州示例{serial}有限公司" for serial in (5, 3, 4)]
    assert "共 3 条同名备案记录" in page


def test_of_very_many_under_one_name_twenty_are_shown_and_it_is_said_that_there_are_more() -> None:
    for serial in range(3, 23):
        give(serial, f"wx{serial:02}", serial, name=f"杭州示例{serial}有限公司", service="同名")
    answer = ask(name="同名")[1]
    assert (len(answer["records"]), answer["more"]) == (20, False)
    give(23, "wx23", 23, name="杭州示例23有限公司", service="同名")
    answer = ask(name="同名")[1]
    assert (len(answer["records"]), answer["more"]) == (20, True)
    page = Client().get("/register/lookup", {"name": "同名"}, headers={"accept": "text/html"}).content.decode()
    assert "同名备案记录超过 20 条" in page


def test_a_units_numbers_in_force_come_first() -> None:
    give(3, "wx03", 1, suffix=2, service="小程序3")
    cancel(appid="wx01", number="浙ICP备2023000001号-1X", order_id=None, actor=AUTHORITY, at=later(1))
    give(4, "wx01", 1, suffix=3, at=later(2))
    listed = ask(number="浙ICP备2023000001号")[1]["services"]
    assert [(one["number"], one["in_force"]) for one in listed] == [
        ("浙ICP备2023000001号-2X", True), ("浙ICP备2023000001号-3X", True), ("浙ICP备2023000001号-1X", False)]
    assert numbers("小程序1") == ["浙ICP备2023000001号-3X", "浙ICP备2023000001号-1X"]


def test_a_persons_name_is_masked_and_finds_nothing() -> None:
    assert ask(number="浙ICP备2023000002号-1X")[1]["organizer_name"] == "**范"
    assert ask(name=PERSON)[0] == 404


def test_a_cancelled_number_is_shown_as_cancelled() -> None:
    cancel(appid="wx01", number="浙ICP备2023000001号-1X", order_id=3, actor=AUTHORITY, at=FILED + timedelta(days=1))
    assert ask(number="浙ICP备2023000001号-1X") == (
        200, SERVICE | {"in_force": False, "cancelled_at": "2023-10-11T09:00:00+08:00"})


@pytest.mark.parametrize(("parameters", "status", "code", "field"), [
    ({}, 400, "parameter_missing", "number"),
    ({"number": "浙ICP备2023000001号", "name": UNIT}, 400, "parameter_missing", "number"),
    ({"number": "备案号"}, 400, "number_province", "number"),
    ({"number": "浙" * 5000}, 400, "number_too_long", "number"),
    ({"number": "浙ICP备\x001号"}, 400, "number_serial_filing", "number"),
    ({"name": "名" * 300}, 400, "name_too_long", "name"),
    ({"name": "无此单位"}, 404, "not_found", "name"),
    ({"name": "\x00"}, 404, "not_found", "name"),
    ({"number": "浙ICP备2023000099号-1X"}, 404, "not_found", "number"),
])
def test_every_refusal_is_documented(parameters: dict[str, str], status: int, code: str, field: str) -> None:
    got, error = ask(**parameters)
    assert (got, error["code"], error["field"]) == (status, code, field)
    assert set(error) == {"code", "field", "reason_zh", "reason_en", "remedy"}
    assert all(error[key] for key in ("reason_zh", "reason_en", "remedy"))


def test_only_reading_is_possible() -> None:
    answer = Client().post("/register/lookup", {"number": "浙ICP备2023000001号"})
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(("parameters", "status", "text"), [
    ({}, 200, "备案查询"), ({"number": "浙ICP备2023000001号"}, 200, "小程序1"),
    ({"number": "浙ICP备2023000002号-1X"}, 200, "**范"),
    ({"number": "<script>"}, 400, "&lt;script&gt;"), ({"name": "无此单位"}, 404, "未查到备案记录"),
])
def test_a_browser_gets_a_page(parameters: dict[str, str], status: int, text: str) -> None:
    answer = Client().get("/register/lookup", parameters, headers={"accept": "text/html,*/*"})
    page = answer.content.decode()
    assert (answer.status_code, text in page, PERSON in page) == (status, True, False)


@pytest.mark.parametrize(("parameters", "text"), [
    ({"number": "浙ICP备2023000001号"}, "In force"),
    ({"number": "浙ICP备2023000009号"}, "No filing record was found."),
    ({"number": "浙ICP备12号"}, "A filing number looks like 浙ICP备2023000001号-1X."),
])
def test_the_page_is_in_the_browsers_language(parameters: dict[str, str], text: str) -> None:
    headers = {"accept": "text/html", "accept-language": "en"}
    page = Client().get("/register/lookup", parameters, headers=headers).content.decode()
    assert text in page and "Filing look-up" in page and "备案查询" not in page


def test_the_language_can_be_switched_on_the_page() -> None:
    visitor = Client(enforce_csrf_checks=True)
    page = visitor.get("/register/lookup", headers={"accept": "text/html"})
    token = page.context["csrf_token"]
    visitor.post("/i18n/setlang/", {"language": "en", "next": "/register/lookup", "csrfmiddlewaretoken": str(token)})
    assert "Filing look-up" in visitor.get("/register/lookup", headers={"accept": "text/html"}).content.decode()


def test_a_change_is_refused_in_the_documented_way_also_without_a_csrf_token() -> None:
    assert Client(enforce_csrf_checks=True).post("/register/lookup").json()["code"] == "method_not_allowed"
