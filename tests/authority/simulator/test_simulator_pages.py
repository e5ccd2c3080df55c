"""The simulated administration's pages and JSON doors."""

import pytest

from tests.authority.simulator.simulated_platform import (
    COMPANY,
    SERVICE_PRINCIPAL,
    SUBJECT_PRINCIPAL,
    new_filing,
)


@pytest.fixture
def in_review(platform, enter, client):
    platform.upload(new_filing())
    enter("13900000001", SUBJECT_PRINCIPAL)
    enter("13900000002", SERVICE_PRINCIPAL)
    return client.get("/api/records").json()["records"][0]["id"]


def test_the_list_masks_and_the_record_shows(in_review, client):
    listing = client.get("/").content.decode()
    assert "示例点餐" in listing and "北京市通信管理局" in listing
    for personal in ("北京示例科技有限公司", "示例甲", "13900000001", COMPANY):
        assert personal not in listing
    page = client.get(f"/records/{in_review}").content.decode()
    assert "示例甲" in page and COMPANY in page


def test_the_list_filters_by_state_and_province(in_review, client):
    assert "示例点餐" in client.get("/?state=review&province=110000").content.decode()
    assert "示例点餐" not in client.get("/?state=sms").content.decode()
    assert "示例点餐" not in client.get("/?province=310000").content.decode()
    assert client.get("/?state=nonsense&province=x&page=-1").status_code == 200


def test_a_clerk_decides_on_the_page(in_review, client):
    refused = client.post(f"/records/{in_review}/decision", {"decision": "refuse", "opinion": " "})
    assert refused.status_code == 409 and "退回时须填写审核意见" in refused.content.decode()
    assert client.post(f"/records/{in_review}/decision", {"decision": "approve"}).status_code == 302
    page = client.get(f"/records/{in_review}").content.decode()
    assert "京ICP备2024000001号-1X" in page and 'name="opinion"' not in page
    missing = client.get("/records/999")
    assert missing.status_code == 404 and "没有这一页" in missing.content.decode()
    assert client.post("/records/999/decision", {"decision": "approve"}).status_code == 404


def test_a_principal_reads_the_code_and_enters_it_on_the_page(platform, phone, client):
    platform.upload(new_filing())
    code = phone("13900000001")[0]["code"]
    assert code in client.get("/phone?mobile=13900000001").content.decode()
    form = {"code": code, "mobile": "13900000001", "certificate_last6": "000000"}
    assert "还可输错 4 次" in client.post("/sms-verification", form).content.decode()
    form["certificate_last6"] = SUBJECT_PRINCIPAL[-6:].lower()
    assert "核验通过" in client.post("/sms-verification", form).content.decode()


def test_settings_on_the_page(db, client):
    assert client.get("/settings").status_code == 200
    assert client.post("/settings", {"automatic_decision_after": "90.5"}).status_code == 302
    assert client.get("/api/settings").json() == {"automatic_decision_after": 90.5, "refuse_calls_with": None}
    for bad in ({"automatic_decision_after": "soon"}, {"automatic_decision_after": "nan"}, {"refuse_calls_with": "²"}):
        assert client.post("/settings", bad).status_code == 400
    assert client.post("/settings", {}).status_code == 302
    assert client.get("/api/settings").json()["automatic_decision_after"] is None


def test_pages_have_no_inline_script_or_style(in_review, client):
    for path in ("/", f"/records/{in_review}", "/phone", "/sms-verification", "/settings"):
        page = client.get(path).content.decode()
        for forbidden in ("<script", "<style", "style=", "onclick", "//cdn", "javascript:"):
            assert forbidden not in page, f"{forbidden} in {path}"


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/api/sms-verification", "no json", 400, "not_json"),
        ("/api/sms-verification", "[]", 400, "not_json"),
        ("/api/sms-verification", "[" * 60000, 400, "not_json"),
        ("/api/sms-verification", '{"code": 1}', 400, "field_missing"),
        ("/api/records/1/decide", '{"decision": "maybe"}', 400, "bad_decision"),
        ("/api/records/1/decide", '{"decision": "approve"}', 404, "unknown_record"),
        ("/api/records/1/decide", '{"decision": "refuse", "opinion": 3}', 400, "bad_opinion"),
        ("/api/settings", '{"automatic_decision_after": "1"}', 400, "bad_number"),
        ("/api/settings", '{"automatic_decision_after": -1}', 400, "bad_delay"),
        ("/api/settings", '{"automatic_decision_after": NaN}', 400, "bad_delay"),
        ("/api/settings", '{"refuse_calls_with": 1.5}', 400, "bad_number"),
        ("/api/settings", '{"refuse_calls_with": 0}', 400, "bad_code"),
        ("/api/records", "{}", 405, "method"),
        ("/api/phone", "{}", 405, "method"),
    ],
)
def test_bad_json_gets_a_documented_error(at, client, path, body, status, error):
    at("2024-01-10T10:00:00+08:00")
    answer = client.post(path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, error)


def test_bad_queries_get_a_documented_error(at, client):
    at("2024-01-10T10:00:00+08:00")
    assert client.get("/api/phone").json()["error"]["code"] == "mobile_missing"
    assert client.get("/api/records?state=x").json()["error"]["code"] == "bad_state"
    assert client.get("/api/records?province=x").json() == {"records": []}
