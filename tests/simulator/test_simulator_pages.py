"""The simulated administration's pages and JSON doors."""

import lxml.html
import pytest

from openbeian.simulator.provinces import FIELDS
from tests.simulator.simulated_platform import (
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


@pytest.mark.parametrize(("path", "form", "status"), [
    ("/records/{}/decision", {"decision": "refuse", "opinion": "材料\0不清晰"}, 302),
    ("/records/{}/decision", {"decision": "\0"}, 404),
    ("/records/{}/resend", {"mobile": "139\0"}, 409), ("/sms-verification", {"code": "1\0", "mobile": "\0"}, 200),
    ("/provinces/330000", {"addresses": "10.0.0.0/8\0"}, 302), ("/provinces/330000/switch", {"switch": "maybe"}, 404),
    ("/settings/script", {"script": '[{"organizer": "\0", "outcome": "accept"}]'}, 302)])
def test_nonsense_in_a_form_breaks_nothing(in_review, client, path, form, status):
    assert client.post(path.format(in_review), form).status_code == status


def test_a_principal_reads_the_code_and_enters_it_on_the_page(platform, phone, client):
    platform.upload(new_filing())
    code = phone("13900000001")[0]["code"]
    assert code in client.get("/phone?mobile=13900000001").content.decode()
    form = {"code": code, "mobile": "13900000001", "certificate_last6": "000000"}
    assert "还可输错 4 次" in client.post("/sms-verification", form).content.decode()
    form["certificate_last6"] = SUBJECT_PRINCIPAL[-6:].lower()
    assert "核验通过" in client.post("/sms-verification", form).content.decode()


def forms(page: str, action: str) -> list[dict[str, str]]:
    """What the buttons of all forms with this action would send."""
    found = lxml.html.fromstring(page).xpath(f'//form[@method="post" and @action="{action}"]')
    return [{node.get("name"): node.get("value") for node in form.xpath(".//input[@name]|.//button[@name]")
             if node.get("name") != "csrfmiddlewaretoken"} for form in found]


def test_each_message_leads_to_its_answer(platform, phone, client):
    platform.upload(new_filing())
    for address in ("/phone", "/phone?mobile=13900000001"):
        page = client.get(address).content.decode()
        answers = {form["mobile"]: form for form in forms(page, "/sms-verification")}
        code = phone("13900000001")[0]["code"]
        assert answers["13900000001"] == {"fill": "1", "code": code, "mobile": "13900000001"}
    page = client.post("/sms-verification", answers["13900000001"]).content.decode()
    assert f'name="code" inputmode="numeric" maxlength="6" required value="{code}"' in page
    assert 'name="mobile" inputmode="numeric" maxlength="20" required value="13900000001"' in page
    assert 'maxlength="6" required autofocus' in page, "all that is left to type"
    assert 'role="status"' not in page, "nothing has been verified yet"
    typed = {"code": code, "mobile": "13900000001", "certificate_last6": "000000"}
    page = client.post("/sms-verification", typed).content.decode()
    assert "还可输错 4 次" in page and f'value="{code}"' in page, "what was right need not be typed again"
    page = client.post("/sms-verification", {**typed, "certificate_last6": SUBJECT_PRINCIPAL[-6:]}).content.decode()
    assert "核验通过" in page and f'value="{code}"' not in page
    assert forms(client.get("/phone?mobile=13900000001").content.decode(), "/sms-verification") == [
        {"fill": "1", "code": code, "mobile": "13900000001"}], "until the other principal has answered, too"


def test_every_field_of_a_form_has_a_label(in_review, client):
    for path in ("/", f"/records/{in_review}", "/phone", "/sms-verification", "/settings", "/provinces/110000"):
        page = lxml.html.fromstring(client.get(path).content.decode())
        labels = {label.get("for") for label in page.xpath("//label[@for]")}
        fields = page.xpath('//input[not(@type="hidden") and not(@type="checkbox")]|//select|//textarea')
        assert fields or path.startswith("/records"), path
        assert {field.get("id") for field in fields} <= labels, path


@pytest.mark.parametrize("path", ["/nope", "/favicon.ico", "/records/99999999", "/records/" + "9" * 30, "/records/x",
                                  "/provinces/990000", "/records/1/attachments/1"])
def test_an_address_that_leads_nowhere_gets_a_page_of_its_own(db, client, path):
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    page = answer.content.decode()
    assert "没有这一页" in page and "模拟通信管理局" in page and 'href="/"' in page


@pytest.mark.parametrize("path", [
    "/110000/ISPWebService/nope", "/999999/ISPWebService/upDownLoad", "/110000/BeianStatusWebService/",
    "/990000/BeianStatusWebService/queryBeianStatus"])
def test_a_soap_address_that_leads_nowhere_gets_a_fault(db, client, path):
    answer = client.post(path, "<x/>", content_type="text/xml")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/xml; charset=utf-8")
    assert b"<faultcode>soap:Client</faultcode>" in answer.content


def test_a_json_address_that_leads_nowhere_gets_a_documented_error(db, client):
    answer = client.get("/api/nope")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(("path", "content_type", "content"), [
    ("/", "text/html; charset=utf-8", "系统出错"),
    ("/api/records", "application/json", "server_error"),
    ("/110000/ISPWebService/upDownLoad?wsdl", "text/xml; charset=utf-8", "<faultcode>soap:Server</faultcode>"),
])
def test_a_failure_is_answered_in_kind(db, client, monkeypatch, path, content_type, content):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("13900000001")

    monkeypatch.setattr("openbeian.simulator.queries.records", broken)
    monkeypatch.setattr("openbeian.simulator.soap.behaviour", broken)
    client.raise_request_exception = False
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (500, content_type)
    assert content in answer.content.decode() and "13900000001" not in answer.content.decode()


def test_settings_on_the_page(db, client):
    assert client.get("/settings").status_code == 200
    assert client.post("/settings", {"automatic_decision_after": "90.5"}).status_code == 302
    assert client.get("/api/settings").json() == {"automatic_decision_after": 90.5, "refuse_calls_with": None}
    for bad in ({"automatic_decision_after": "soon"}, {"automatic_decision_after": "nan"}, {"refuse_calls_with": "²"}):
        assert client.post("/settings", bad).status_code == 400
    assert client.post("/settings", {}).status_code == 302
    assert client.get("/api/settings").json()["automatic_decision_after"] is None


def test_the_phone_shows_what_waits_and_sends_again(platform, client, phone):
    platform.upload(new_filing())
    page = client.get("/phone").content.decode()
    assert "13900000001" in page and "13900000002" in page and "13900000003" not in page
    (record,) = client.get("/api/records").json()["records"]
    old = phone("13900000001")[0]["code"]
    assert client.post(f"/records/{record['id']}/resend", {"mobile": "13900000001"}).status_code == 302
    assert [(m["code"] == old, m["open"]) for m in phone("13900000001")][1:] == [(True, False)]
    assert len(phone("13900000002")) == 1
    form = {"code": old, "mobile": "13900000001", "certificate_last6": SUBJECT_PRINCIPAL[-6:]}
    if phone("13900000001")[0]["code"] != old:
        assert "还可输错 4 次" in client.post("/sms-verification", form).content.decode(), "the old code has ended"
    assert client.post(f"/records/{record['id']}/resend", {"mobile": "13900000009"}).status_code == 409
    assert client.post("/records/999/resend").status_code == 404


def test_sending_again_forgives_no_wrong_inputs(platform, client, enter, phone, post):
    platform.upload(new_filing())
    (record,) = client.get("/api/records").json()["records"]
    for _ in range(5):
        enter("13900000001", "x" * 18)
    assert post(f"/api/records/{record['id']}/resend", {}) == {"sent": 2}
    assert enter("13900000001", "x" * 18) == "returned"
    assert post(f"/api/records/{record['id']}/resend", {}, 409)["error"]["code"] == "not_in_sms"


def test_the_desk_is_searched_by_id_appid_number_and_whole_name(in_review, client):
    client.post(f"/records/{in_review}/decision", {"decision": "approve"})
    number, name = "京ICP备2024000001号", "北京示例科技有限公司"
    for search in ("12", str(in_review), "wx0000000000000001", number, f"{number}-1X", name):
        assert "示例点餐" in client.get("/", {"search": search}).content.decode(), search
    assert client.get("/", {"search": "\x00"}).status_code == 200
    for search in ("北京示例", "wx", "9" * 30, "'"):
        assert "示例点餐" not in client.get("/", {"search": search}).content.decode(), search


def test_the_provinces_are_switched_and_set_on_pages(at, client):
    at("2024-01-10T10:00:00+08:00")
    assert client.get("/provinces").content.decode().count("运行 on") == 31
    assert client.post("/provinces/330000/switch", {"switch": "off"}).status_code == 302
    assert client.get("/provinces").content.decode().count("已关 off") == 1
    client.post("/provinces/330000/switch", {"switch": "on", "stay": ""})
    assert "系统运行中" in client.get("/provinces/330000").content.decode()
    page = client.get("/provinces/330000").content.decode()
    names = [part.split('"')[0] for part in page.split('name="')[1:]]
    assert len(set(names) & set(FIELDS)) == len(FIELDS) == 23
    form = {"hours": "08:00-20:00", "queue_length": "", "encrypt": "", "same_city": "yes", "addresses": "10.0.0.0/8"}
    assert client.post("/provinces/330000", form).status_code == 302
    line = client.get("/api/provinces/330000").json()["province"]
    assert (line["changed"], line["behaviour"]["addresses"]) == (["addresses", "hours", "same_city"], ["10.0.0.0/8"])
    refused = client.post("/provinces/330000", {"hours": "always"})
    assert refused.status_code == 400 and "hours 形如 08:00-20:00" in refused.content.decode()
    assert client.get("/provinces/999999").status_code == 404
    assert client.post("/provinces/999999/switch").status_code == 404


def test_a_file_is_issued_on_the_page(in_review, client):
    client.post(f"/records/{in_review}/decision", {"decision": "approve"})
    assert client.post("/provinces/110000/issue", {"block": "XGTZ"}).status_code == 302
    assert "XGTZ110000000000000" in client.get("/provinces/110000").content.decode()
    for bad in ({"block": "XGTZ", "content": "["}, {"block": "XGTZ", "content": "[]"}, {"block": "ABC"}):
        assert client.post("/provinces/110000/issue", bad).status_code == 400


def test_faults_and_script_on_the_page(db, client):
    form = {"seed": "7", "rate": "0.2", "only": ["late", "twice"]}
    assert client.post("/settings/faults", form).status_code == 302
    page = client.get("/settings").content.decode()
    assert 'value="late" checked' in page and 'value="slow" checked' not in page and 'value="0.2"' in page
    for bad in ({"seed": "x"}, {"rate": "5"}, {"seed": "nan"}, {"only": "fire"}):
        assert client.post("/settings/faults", bad).status_code == 400
    client.post("/settings/faults", {"end": "1"})
    assert client.get("/api/faults").json()["faults"]["rates"] == {}
    assert client.post("/settings/script", {"script": '[{"outcome": "accept"}]'}).status_code == 302
    assert client.get("/api/script").json()["rules"] == [{"outcome": "accept"}]
    for bad in ("[", '[{"outcome": "win"}]', "{}"):
        assert client.post("/settings/script", {"script": bad}).status_code == 400
    client.post("/settings/script", {"script": ""})
    assert client.get("/api/script").json()["rules"] == []


def test_pages_have_no_inline_script_or_style(in_review, client):
    for path in (
        "/", f"/records/{in_review}", "/phone", "/sms-verification", "/settings", "/provinces", "/provinces/110000"
    ):
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
        ("/api/records/1/resend", "{}", 404, "unknown_record"),
        ("/api/records/1/resend", '{"mobile": 1}', 400, "field_missing"),
        ("/api/faults", "[]", 400, "not_json"),
        ("/api/script", "7", 400, "bad_script"),
        ("/api/provinces/110000", '{"colour": 1}', 400, "bad_province_setting"),
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
