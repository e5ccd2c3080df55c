"""The public look-up: what everyone may know, and no more."""

import json
from datetime import datetime, timedelta

import pytest
from django.test import Client

from openbeian.regime.actors import Actor, Role
from openbeian.regime.facts import Account, Approval
from openbeian.register.verbs import cancel, issue

AUTHORITY = Actor(Role.AUTHORITY, "authority:330000")
FILED = datetime.fromisoformat("2023-10-10T09:00:00+08:00")
UNIT, PERSON = "杭州青禾示例科技有限公司", "林示范"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def register() -> None:
    for order_id, appid, kind, name, serial in ((1, "wx01", 4, UNIT, 1), (2, "wx02", 5, PERSON, 2)):
        subject = f"浙ICP备{2023000000 + serial}号"
        issue(
            order_id=order_id, account=Account(appid, f"小程序{serial}", name), certificate_digest=bytes([serial]) * 32,
            dossier={"organizer": {"type": kind, "name": name, "province": "330000"}},
            approval=Approval(subject, f"{subject}-1X", f"ZJ{serial}", f"ZJ{serial}-1", FILED), actor=AUTHORITY, at=FILED)


def ask(**parameters: str) -> tuple[int, dict[str, object]]:
    answer = Client().get("/register/lookup", parameters)
    assert answer["Content-Type"] == "application/json"
    return answer.status_code, json.loads(answer.content)


SERVICE = {
    "number": "浙ICP备2023000001号-1X", "subject_number": "浙ICP备2023000001号", "organizer_name": UNIT,
    "service_name": "小程序1", "kind": "mini_program", "since": "2023-10-10T09:00:00+08:00", "in_force": True,
    "cancelled_at": None,
}


def test_a_service_number() -> None:
    assert ask(number="浙ICP备2023000001号-1X") == (200, SERVICE)


def test_a_number_typed_carelessly_is_understood() -> None:
    assert ask(number=" 浙icp备２０２３０００００１号－1x ") == (200, SERVICE)


def test_a_subject_number_or_a_units_name_gives_all_its_services() -> None:
    record = {"number": "浙ICP备2023000001号", "organizer_name": UNIT, "since": "2023-10-10T09:00:00+08:00",
              "services": [SERVICE]}
    assert ask(number="浙ICP备2023000001号") == (200, record)
    assert ask(name=UNIT) == (200, record)


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
