"""Clients in loosely typed languages: numbers as text, lists for records, characters that no database holds."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from openbeian.accounts.models import UserRole
from openbeian.accounts.verbs import create_user
from openbeian.filings.models import FaceCheck, Order
from openbeian.regime.numbers import whole_number
from tests.certification.provider import Provider
from tests.wechat.bodies import enterprise_body, individual_body, put
from tests.wechat.platform import OPERATOR, Platform, catalogue, filed, read, reviewer_returns

pytestmark = pytest.mark.django_db


def hints(answer: dict) -> list[tuple[int, str]]:
    return [(hint["errcode"], hint["err_field"]) for hint in answer.get("hints", [])]


# Numbers


@pytest.mark.parametrize(("value", "number"), [
    (2, 2), (2.0, 2), ("2", 2), (" 2 ", 2), ("2.0", 2), ("02", 2), ("+2", 2), (-2, -2), ("-2.00", -2), (0, 0), ("0", 0),
    (True, None), (None, None), ("", None), ("two", None), (2.5, None), ("2.5", None), ("2e0", None), ("²", None),
    ("２", None), ([2], None), ({}, None), (float("inf"), None), (2.0**53, None), ("1" * 20, None),
])
def test_a_number_is_read_as_it_is_meant_or_not_at_all(value: Any, number: int | None) -> None:
    assert whole_number(value) == number
    assert not isinstance(whole_number(value), bool)


@pytest.mark.parametrize("spelled", [str, float, lambda number: f" {number} ", lambda number: f"{number}.0"])
def test_the_list_of_authorizations_takes_any_spelling_of_a_number(
    platform: Platform, spelled: Callable[[int], Any]
) -> None:
    catalogue(("wx2222222222222222", "每日记账本", "陈样本", "110000"))
    Platform.create("wx2222222222222222")
    whole = platform.component("api_get_authorizer_list", offset=0, count=100)
    assert whole["total_count"] == 1
    assert platform.component("api_get_authorizer_list", offset=spelled(0), count=spelled(100)) == whole
    assert platform.component("api_get_authorizer_list", offset=spelled(1), count=spelled(100))["list"] == []
    assert platform.component("api_get_authorizer_list", offset="", count=None) == whole


@pytest.mark.parametrize("name", ["offset", "count"])
@pytest.mark.parametrize("value", ["many", -1, "-1", 2**31, 0.5, True, [0], {}])
def test_nonsense_is_40097_and_names_the_parameter(platform: Platform, name: str, value: Any) -> None:
    answer = platform.component("api_get_authorizer_list", **{"offset": 0, "count": 1, name: value})
    assert (answer["errcode"], name in answer["errmsg"]) == (40097, True)


@pytest.mark.parametrize(("cancel_type", "reason_type"), [
    (2.0, 2.0), ("2", "2"), (" 2 ", " 2 "), ("2.0", "2.0"), (2, 0.0), (2, "0"), (2, None), (2, "null")])
def test_a_deregistration_takes_any_spelling_of_its_codes(
    platform: Platform, cancel_type: Any, reason_type: Any
) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    filed()
    answer = platform.post("cancel_icp_filing", {"cancel_type": cancel_type, "reason_type": reason_type})
    assert answer["errcode"] == 0
    assert Order.objects.latest("pk").kind == "cancel_service"


@pytest.mark.parametrize(("body", "name"), [
    ({}, "cancel_type"), ({"cancel_type": "all"}, "cancel_type"), ({"cancel_type": 0}, "cancel_type"),
    ({"cancel_type": 2.5}, "cancel_type"), ({"cancel_type": True}, "cancel_type"), ({"cancel_type": [2]}, "cancel_type"),
    ({"cancel_type": 2, "reason_type": 3}, "reason_type"), ({"cancel_type": 2, "reason_type": "-1"}, "reason_type"),
    ({"cancel_type": 2, "reason_type": []}, "reason_type"),
])
def test_a_code_that_is_none_is_40097_and_named(platform: Platform, body: dict, name: str) -> None:
    answer = platform.post("cancel_icp_filing", body)
    assert (answer["errcode"], name in answer["errmsg"]) == (40097, True)


@pytest.mark.parametrize("spelled", [str, float, lambda number: f" {number} ", lambda number: f"{number}.0"])
def test_an_application_takes_any_spelling_of_its_codes(platform: Platform, spelled: Callable[[int], Any]) -> None:
    body = platform.complete_body()
    base = body["icp_subject"]["base_info"]
    put(body, "icp_subject.base_info.type", spelled(base["type"]))
    put(body, "icp_subject.organize_info.certificate_type", spelled(1))
    put(body, "icp_subject.principal_info.certificate_type", spelled(2))
    put(body, "icp_applets.principal_info.certificate_type", spelled(2))
    put(body, "icp_applets.base_info.service_content_types", [spelled(163), spelled(164)])
    put(body, "icp_applets.base_info.nrlx_details", [{"type": spelled(24)}])
    assert platform.post("apply_icp_filing", body)["errcode"] == 0


def test_codes_that_are_texts_are_taken_as_numbers(platform: Platform) -> None:
    body = platform.complete_body()
    for name in ("province", "city", "district"):
        put(body, f"icp_subject.base_info.{name}", float(body["icp_subject"]["base_info"][name]))
    put(body, "icp_subject.principal_info.mobile", 13900000001.0)
    assert platform.post("apply_icp_filing", body)["errcode"] == 0


def test_a_number_that_has_lost_its_last_digits_is_not_taken(platform: Platform) -> None:
    body = platform.complete_body()
    put(body, "icp_subject.principal_info.certificate_number", 330106198802140010.0)
    answer = platform.post("apply_icp_filing", body)
    assert hints(answer)[0] == (86372, "icp_subject.principal_info.certificate_number")


# Switches


@pytest.mark.parametrize(("value", "on"), [
    (True, True), (1, True), ("1", True), (" True ", True), (1.0, True), (False, False), (0, False), ("0", False),
    ("false", False), (None, False), ("", False), ("null", False)])
def test_a_switch_takes_any_spelling_of_on_and_off(platform: Platform, value: Any, on: bool) -> None:
    answer = platform.post("create_icp_verifytask", {"along_with_auth": value})
    assert (answer.get("errcode", 0), "verify_url" in answer) == (0, on)


@pytest.mark.parametrize("value", ["x", "yes", 2, -1, 0.5, [], [True], {}])
def test_a_switch_that_is_neither_on_nor_off_is_40097_and_asks_for_no_face_check(platform: Platform, value: Any) -> None:
    answer = platform.post("create_icp_verifytask", {"along_with_auth": value})
    assert (answer["errcode"], "along_with_auth" in answer["errmsg"]) == (40097, True)
    assert FaceCheck.objects.count() == 0


# Records


RECORDS = [
    "icp_subject", "icp_subject.base_info", "icp_subject.organize_info", "icp_subject.principal_info",
    "icp_subject.legal_person_info", "icp_subject.personal_info", "icp_applets", "icp_applets.base_info",
    "icp_applets.principal_info", "icp_materials",
]
KINDS = [([{"x": 1}, {"x": 2}], "数组", "a list"), ([[]], "数组", "a list"), ("{}", "文本", "text"),
         (7, "数字", "a number"), (False, "布尔值", "a truth value")]


@pytest.mark.parametrize("path", RECORDS)
def test_a_record_that_is_no_object_is_one_finding(platform: Platform, path: str) -> None:
    sound = platform.complete_body()
    for value, zh, en in KINDS:
        body = json.loads(json.dumps(sound))
        put(body, path, value)
        answer = platform.post("apply_icp_filing", body)
        assert (answer["errcode"], hints(answer)) == (86202, [(86372, path)]), value
        assert f"此处应为对象（object），不能是{zh}" in answer["hints"][0]["errmsg"]
        english = platform.post("apply_icp_filing", body, language="en")["hints"][0]["errmsg"]
        assert f"An object is wanted, not {en}" in english
    assert Order.objects.count() == 0


@pytest.mark.parametrize("item", [24, "24", [{"type": 24}]])
def test_an_item_of_a_list_that_is_no_object_is_one_finding(platform: Platform, item: object) -> None:
    body = platform.complete_body()
    put(body, "icp_applets.base_info.nrlx_details", [item])
    assert hints(platform.post("apply_icp_filing", body)) == [(86372, "icp_applets.base_info.nrlx_details.0")]


def test_what_else_is_wrong_is_said_at_the_same_time(platform: Platform) -> None:
    body = platform.complete_body()
    put(body, "icp_applets", [body["icp_applets"]] * 2)
    put(body, "icp_subject.principal_info", [body["icp_subject"]["principal_info"]])
    put(body, "icp_subject.base_info.address", "")
    answer = platform.post("apply_icp_filing", body)
    assert hints(answer) == [
        (86372, "icp_subject.principal_info"), (86372, "icp_applets"), (86371, "icp_subject.base_info.address")]


@pytest.mark.parametrize(("shape", "errcode"), [("array", 0), ("object", 86202)])
def test_a_list_of_one_mini_program_is_taken_from_clients_that_read_lists(
    platform: Platform, shape: str, errcode: int
) -> None:
    platform.made.client.online_applets_shape = shape
    platform.made.client.save()
    body = platform.complete_body()
    body["icp_applets"] = [body["icp_applets"]]
    answer = platform.post("apply_icp_filing", body)
    assert (answer["errcode"], hints(answer)) == (errcode, [(86372, "icp_applets")] if errcode else [])


@pytest.mark.parametrize("value", [None, "", []])
def test_a_record_sent_empty_is_a_missing_one(platform: Platform, value: Any) -> None:
    def found(body: dict) -> list[tuple[int, str]]:
        return hints(platform.post("apply_icp_filing", body))

    for path in RECORDS:
        empty, without = individual_body(), individual_body()
        put(empty, path, value)
        put(without, path, {})
        assert found(empty) == found(without) != [], path


def test_a_record_of_the_certification_s_filing_is_one_finding_too(at: Callable) -> None:
    at("2023-09-05T10:00:00+08:00")
    catalogue(("wx1111111111111111", "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    provider = Provider.create()
    body = provider.whole_body()
    applets = body["icp_applets"]
    body["icp_applets"] = [applets, applets]
    answer = provider.submit(body)
    assert (answer["errcode"], hints(answer), "procedure_id" in answer) == (86202, [(86372, "icp_applets")], False)
    body["icp_applets"] = [applets]
    assert provider.submit(body)["errcode"] == 0


@pytest.mark.parametrize("spelled", [str, float])
def test_the_certification_takes_any_spelling_of_its_codes(at: Callable, spelled: Callable[[int], Any]) -> None:
    at("2023-09-05T10:00:00+08:00")
    catalogue(("wx1111111111111111", "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    provider = Provider.create()
    body = provider.whole_body()
    body["auth_data"].update(
        customer_type=spelled(1), account_name_type=spelled(1), pay_type=spelled(1),
        third_party_phone=13900000001.0)
    assert provider.submit(body)["errcode"] == 0


# Characters


UNSTORABLE = ["\\u0000", "a\\u0000b", "\\ud800", "a\\udfffb", "\x00"]


def texts(record: Any, path: str = "") -> Iterator[str]:
    """The paths of all texts in a body."""
    if isinstance(record, dict):
        for name, value in record.items():
            yield from texts(value, f"{path}.{name}" if path else name)
    elif isinstance(record, list):
        for position, value in enumerate(record):
            yield from texts(value, f"{path}.{position}")
    elif isinstance(record, str):
        yield path


def replaced(body: dict, path: str, value: str) -> bytes:
    """The body as JSON, with ``value`` as it is written there at one place."""
    tree: Any = json.loads(json.dumps(body))
    *parents, last = path.split(".")
    holder = tree
    for name in parents:
        holder = holder[int(name) if isinstance(holder, list) else name]
    holder[int(last) if isinstance(holder, list) else last] = "HERE"
    return json.dumps(tree, ensure_ascii=False).replace('"HERE"', f'"{value}"').encode()


def test_a_character_no_database_holds_is_a_finding_at_its_field(platform: Platform) -> None:
    body = platform.complete_body()
    for path in texts(body):
        answer = platform.post("apply_icp_filing", raw=replaced(body, path, "a\\u0000b"))
        assert (answer["errcode"], [hint for hint in hints(answer) if hint[1] == path]) == (86202, [(86372, path)]), path
    for value in UNSTORABLE:
        path = "icp_subject.base_info.name"
        answer = platform.post("apply_icp_filing", raw=replaced(body, path, value))
        assert (answer["errcode"], hints(answer)) == (86202, [(86372, path)]), value
        assert "控制字符" in answer["hints"][0]["errmsg"]
    assert Order.objects.count() == 0


def test_such_a_character_is_found_whatever_became_of_the_filing_before(platform: Platform) -> None:
    body = platform.complete_body()
    bad = replaced(body, "icp_subject.organize_info.certificate_number", "a\\ud800b")
    assert platform.post("apply_icp_filing", body)["errcode"] == 0
    reviewer_returns()
    assert hints(platform.post("apply_icp_filing", raw=bad)) == [
        (86372, "icp_subject.organize_info.certificate_number")]
    assert platform.post("apply_icp_filing", body)["errcode"] == 0
    filed()
    assert hints(platform.post("apply_icp_filing", raw=bad))[0] == (
        86372, "icp_subject.organize_info.certificate_number")


@pytest.mark.parametrize("key", ["\\u0000", "na\\u0000me", "\\ud800", "\\udc00name"])
def test_a_name_no_database_holds_is_no_field(platform: Platform, key: str) -> None:
    body = platform.complete_body()
    text = json.dumps(body)
    renamed = text.replace('"base_info": {', f'"base_info": {{"{key}": "x", "{key}2": {{"{key}": "{key}"}}, ')
    assert platform.post("apply_icp_filing", raw=renamed.encode())["errcode"] == 0


@pytest.mark.parametrize("value", UNSTORABLE)
def test_in_other_calls_the_answer_names_the_place(platform: Platform, value: str) -> None:
    for name, body, place in (
        ("create_icp_verifytask", '{"along_with_auth": "%s"}', "along_with_auth"),
        ("query_icp_verifytask", '{"task_id": "%s"}', "task_id"),
        ("cancel_icp_filing", '{"cancel_type": 2, "more": [{"reason": "%s"}]}', "more.0.reason"),
        ("cancel_icp_filing", '{"%s": 2}', "the body"),
    ):
        answer = platform.post(name, raw=(body % value).encode())
        assert (answer["errcode"], f"surrogate pair in {place} rid" in answer["errmsg"]) == (47001, True), name


@pytest.mark.parametrize("value", UNSTORABLE)
def test_no_call_of_the_api_gives_the_database_what_it_does_not_hold(platform: Platform, value: str) -> None:
    body = ('{"component_appid": "%s", "appid": "%s", "auditid": "%s", "ext_json": "%s", "user_version": "%s", '
            '"template_id": 1, "authorization_code": "%s", "procedure_id": "%s", "secret": "%s"}').replace("%s", value)
    for address in (
        "wxa/commit", "wxa/submit_audit", "wxa/get_auditstatus", "wxa/sec/query_auth_and_icp", "cgi-bin/stable_token",
        "cgi-bin/component/api_component_token", "cgi-bin/component/api_query_auth",
        "cgi-bin/component/api_get_authorizer_info", "cgi-bin/component/api_get_authorizer_list",
    ):
        token = platform.component_token if "component" in address else platform.token
        answer = read(platform.http.generic(
            "POST", f"/{address}?access_token={token}", body.encode(), content_type="application/json"))
        assert answer["errcode"] == 47001, address


@pytest.mark.parametrize("inner", ['{"a": "\\\\ud800"}', '{"\\\\udc00": 1}'])
def test_ext_json_holds_no_half_of_a_pair_either(platform: Platform, inner: str) -> None:
    raw = json.dumps({"template_id": 1, "user_version": "1", "ext_json": inner.replace("\\\\", "\\")}).encode()
    answer = read(platform.http.generic(
        "POST", f"/wxa/commit?access_token={platform.token}", raw, content_type="application/json"))
    assert answer["errcode"] == 85048


def test_the_certification_finds_such_a_character_at_its_field(at: Callable) -> None:
    at("2023-09-05T10:00:00+08:00")
    catalogue(("wx1111111111111111", "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    provider = Provider.create()
    body = provider.whole_body(taskid="x", third_party_phone="13900000001", auth_identification="x")
    for path in texts({"auth_data": body["auth_data"]}):
        for value in UNSTORABLE:
            answer = provider.sec("submit_auth_and_icp", raw=replaced(body, path, value))
            assert answer["errcode"] == 86400, (path, answer)
            assert path in [field for _, field in hints(answer)], path
    answer = provider.sec("submit_auth_and_icp", raw=replaced(
        {**body, "auth_data": provider.whole_body()["auth_data"]}, "icp_subject.base_info.name", "a\\ud800b"))
    assert (86372, "icp_subject.base_info.name") in hints(answer)


def test_the_authorization_page_says_what_is_wrong_with_such_an_address(platform: Platform) -> None:
    http = Client()
    http.force_login(
        create_user(username="lin", password="x", role=UserRole.ORGANIZER, actor=OPERATOR),
        backend="django.contrib.auth.backends.ModelBackend")
    for query in (
        "component_appid=%00", f"component_appid={platform.made.client.pk}&redirect_uri=%00",
        f"component_appid={platform.made.client.pk}%00&redirect_uri=https://a.example&biz_appid=%00",
    ):
        assert http.get(f"/cgi-bin/componentloginpage?{query}").status_code == 400, query


def test_the_samples_hold_none_of_this() -> None:
    for body in (enterprise_body(), individual_body()):
        assert all("\0" not in text for text in texts(body))
