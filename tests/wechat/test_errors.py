"""Whatever comes in, the answer is status 200, JSON, a documented errcode and a rid; never a fault of ours."""

import json
import logging
import re
from collections.abc import Callable

import pytest
from django.urls import get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openbeian.wechat import urls
from openbeian.wechat.codes import TABLE
from tests.wechat.bodies import enterprise_body, put
from tests.wechat.platform import Platform, read

pytestmark = pytest.mark.django_db
RID = re.compile(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$")
FILING = sorted(view.__name__ for view in urls.CALLS["wxa/icp/"])

MALFORMED = [
    b"{", b"[1]", b"3", b'"text"', b"\xff\xfe", b'{"a": NaN}', b'{"a": Infinity}', b"[" * 100_000,
    b'{"a":' * 50_000, b'{"a": ' + b"9" * 5000 + b"}", b"icp_subject=1&icp_applets=2", b"<xml></xml>",
]


@pytest.mark.parametrize("name", [
    "apply_icp_filing", "create_icp_verifytask", "cancel_icp_filing", "cancel_apply_icp_filing"])
def test_a_body_that_is_no_object_is_47001(platform: Platform, name: str) -> None:
    for body in MALFORMED:
        answer = platform.post(name, raw=body)
        assert answer["errcode"] == 47001, body[:40]
        assert RID.search(answer["errmsg"])


@pytest.mark.parametrize(("levels", "errcode"), [(50, 86202), (51, 47001), (900, 47001)])
def test_what_is_nested_far_deeper_than_any_application_is_47001(
    platform: Platform, levels: int, errcode: int
) -> None:
    deep = b"[" * (levels - 2) + b"]" * (levels - 2)
    for body in (b'{"icp_materials": {"commitment_letter": %s}}', b'{"icp_subject": {"base_info": %s}}'):
        assert platform.post("apply_icp_filing", raw=body % deep)["errcode"] == errcode


def test_a_wide_body_is_not_a_deep_one(platform: Platform) -> None:
    body = enterprise_body()
    put(body, "icp_applets.base_info.nrlx_details", [{"type": 24}] * 100)
    assert platform.post("apply_icp_filing", body)["errcode"] == 86202


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b"null", b"[]"])
def test_nothing_to_say_is_said_in_many_ways(platform: Platform, body: bytes) -> None:
    assert platform.post("create_icp_verifytask", raw=body)["errcode"] == 0
    assert platform.post("cancel_apply_icp_filing", raw=body)["errcode"] == 86368
    assert platform.post("apply_icp_filing", raw=body)["errcode"] == 86202


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_is_json_whatever_its_type_says(platform: Platform, content_type: str) -> None:
    raw = json.dumps(enterprise_body()).encode()
    assert platform.post("apply_icp_filing", raw=raw, content_type=content_type)["errcode"] == 86202
    assert platform.post("apply_icp_filing", raw=b"\xef\xbb\xbf" + raw, content_type=content_type)["errcode"] == 86202


@pytest.mark.parametrize("charset", ["utf-7", "no such charset", "ascii"])
def test_a_form_in_a_charset_that_is_not_taken_is_no_fault_of_ours(platform: Platform, charset: str) -> None:
    raw = b"type=image&icp_order_field=icp_materials.commitment_letter"
    answer = platform.post(
        "upload_icp_media", raw=raw, content_type=f"application/x-www-form-urlencoded; charset={charset}")
    assert answer["errcode"] in (41005, 47001)
    assert RID.search(answer["errmsg"])


def test_every_filing_call_wants_a_token(platform: Platform) -> None:
    for name in FILING:
        for token, errcode in (("", 41001), ("invented", 40001), ("错\0误", 40014), ("x" * 9000, 40001)):
            answer = read(platform.http.post(f"/wxa/icp/{name}", query_params={"access_token": token}))
            assert answer["errcode"] == errcode, (name, token)
            assert RID.search(answer["errmsg"])


BOTH_VERBS = [
    "query_icp_verifytask", "create_icp_verifytask", "cancel_apply_icp_filing", "get_icp_entrance_info",
    "get_online_icp_order", "get_icp_media", *(name for name in FILING if "types" in name or "district" in name),
]


def test_both_verbs_are_taken_where_clients_differ(platform: Platform) -> None:
    for name in BOTH_VERBS:
        codes = {platform.get(name)["errcode"], platform.post(name)["errcode"], platform.post(name, {})["errcode"]}
        assert len(codes) == 1, (name, codes)


def test_what_changes_something_is_posted(platform: Platform) -> None:
    for name in ("apply_icp_filing", "cancel_icp_filing", "upload_icp_media"):
        assert platform.get(name)["errcode"] == 43002


def test_unknown_addresses_are_answered_in_kind(platform: Platform) -> None:
    for address in ("/wxa/icp/no_such_call", "/cgi-bin/component/api_no_such_call", "/wxa/nothing", "/cgi-bin/"):
        assert read(platform.http.post(address))["errcode"] == 40066


def test_every_answer_has_a_number_of_the_table(platform: Platform) -> None:
    for name in FILING:
        for body in (None, {}, {"task_id": 3}, {"cancel_type": None}):
            answer = platform.post(name, body)
            assert answer["errcode"] in TABLE


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
    | st.sampled_from(["MEDIA", "长期", "20180510", "330000", "24"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["icp_subject", "icp_applets", "icp_materials", "base_info", "principal_info", "nrlx_details",
                         "type", "media", "certificate_type", "verify_task_id", "commitment_letter", "name"]),
        inner, max_size=5),
    max_leaves=25)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries({}, optional={
    "icp_subject": json_values, "icp_applets": json_values, "icp_materials": json_values}))
def test_no_application_is_strange_enough_for_a_fault(platform: Platform, body: dict) -> None:
    assert platform.post("apply_icp_filing", body)["errcode"] in (86202, 47001)


def test_the_log_finds_a_refusal_by_its_rid(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "openbeian"):
        refused = platform.post("apply_icp_filing", enterprise_body()), platform.get("get_icp_media", media_id="x")
    for answer, name in zip(refused, ("POST /wxa/icp/apply_icp_filing", "GET /wxa/icp/get_icp_media"), strict=True):
        rid = RID.search(answer["errmsg"])
        assert rid
        assert f"{name} refused with {answer['errcode']},{rid[0].replace(':', '')}" in caplog.text
    assert "林示例" not in caplog.text and platform.token not in caplog.text


def test_a_fault_of_ours_is_minus_one_and_the_log_names_no_one(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("林示例 13900000001")

    monkeypatch.setattr("openbeian.wechat.filing.submission.file", broken)
    with caplog.at_level(logging.ERROR):
        answer = platform.post("apply_icp_filing", enterprise_body())
    assert answer["errcode"] == -1
    rid = RID.search(answer["errmsg"])
    assert rid and rid[0].split()[-1] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "林示例" not in caplog.text and "139" not in caplog.text and platform.token not in caplog.text


def test_every_address_of_this_api_is_reached_at_the_root(platform: Platform) -> None:
    addresses = {str(pattern.pattern) for pattern in urls.urlpatterns}
    assert "wxa/icp/apply_icp_filing" in addresses and "cgi-bin/component/api_component_token" in addresses
    for name in FILING:
        assert get_resolver().resolve(f"/wxa/icp/{name}").view_name == f"wechat:{name}"


def test_the_code_tables_have_the_shape_strict_parsers_want(platform: Platform) -> None:
    def items(name: str) -> list[dict]:
        answer = platform.get(name)
        assert answer["errcode"] == 0
        return answer["items"]

    assert {"type": 163, "parent_type": 512, "name": "零售批发"} in items("query_icp_service_content_types")
    assert {"type": 500, "parent_type": 0, "name": "生活服务"} in items("query_icp_service_content_types")
    licence = next(row for row in items("query_icp_certificate_types") if row["type"] == 1)
    assert (licence["subject_type"], licence["name"]) == (4, "营业执照（个人或企业）")
    assert {"type": 24, "name": "以上都不涉及"} in items("query_icp_nrlx_types")
    assert {"type": 1, "name": "国防机构"} in items("query_icp_subject_types")
    beijing = items("query_icp_district_code")[0]
    assert (beijing["type"], beijing["code"], beijing["name"]) == (1, 110000, "北京市")
    city = beijing["sub_list"][0]
    assert (city["type"], city["code"]) == (2, 110100)
    assert city["sub_list"][0] == {"type": 3, "code": 110101, "name": "东城区"}


def collisions() -> Callable[[], None]:
    from django.db import OperationalError
    from psycopg.errors import DeadlockDetected

    error = OperationalError("deadlock detected")
    error.__cause__ = DeadlockDetected()
    calls = iter([error] * 3)

    def collide(*_: object, **__: object) -> None:
        raise next(calls)

    return collide


def test_collisions_are_tried_again_and_then_said_to_be_temporary(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("openbeian.wechat.filing.submission.file", collisions())
    assert platform.post("apply_icp_filing", enterprise_body())["errcode"] == -1
    assert caplog.text == ""
