"""Thirty-one provinces: each with its own rules and system, data that can be changed while it runs."""

import base64
from datetime import date, datetime

import pytest
from lxml import etree
from zeep.exceptions import TransportError

from openbeian.regime.code_tables import provinces
from openbeian.regime.province_rules import province_rules
from openbeian.simulator.provinces import Behaviour, changed, read, usual
from openbeian.simulator.provincial import Case, violations
from openbeian.simulator.refusals import SimulatorError
from openbeian.simulator.verbs.office import account
from openbeian.v3.wire import demonstration
from tests.simulator.simulated_platform import (
    COMPANY,
    code,
    decision,
    new_filing,
    resident_id,
    results,
)

# The table


def test_a_province_rules_as_the_regime_says_and_its_system_works_as_the_simulator_s_own_table_says():
    for code_, rules in province_rules().items():
        assert {name: getattr(usual(code_), name) for name in vars(rules)} == vars(rules)
    assert {code_ for code_ in provinces() if usual(code_).provider_parameter == "ispId"} == {"310000", "370000", "500000"}
    assert (usual("540000").hours, usual("540000").queue_length) == ("08:00-22:00", 20)
    assert usual("440000") == Behaviour()


def test_every_province_has_an_endpoint_and_credentials_of_its_own(client, db):
    for service in ("ISPWebService/upDownLoad", "BeianStatusWebService/queryBeianStatus", "BeianStatusWebService/verifyBamm"):
        for code_ in provinces():
            wsdl = client.get(f"/{code_}/{service}?wsdl").content
            assert f'location="http://testserver/{code_}/{service}"'.encode() in wsdl
            assert (b'"ispId"' in wsdl) is (usual(code_).provider_parameter == "ispId")
    accounts = [account(code_) for code_ in provinces()]
    for name in ("isp_id", "user_name", "password", "aes_key", "aes_iv"):
        assert len({account[name] for account in accounts}) == 31


@pytest.mark.parametrize("province", ["310000", "460000", "630000", "640000"])
def test_variants_of_the_interface_are_spoken(platform_of, province, settings):
    """ispId; hexadecimal hash; no encryption; both."""
    platform = platform_of(province)
    account = demonstration.credentials(province, settings.SECRET_KEY)
    assert (account["hash_encoding"], account["encrypt"]) == {
        "310000": ("raw", True), "460000": ("hex", True), "630000": ("raw", False), "640000": ("hex", False),
    }[province]  # fmt: skip
    isp = int(province) * 1000 + 105
    assert code(platform.upload(new_filing(isp=isp, province=province))) == 0
    answer = platform.download()
    assert answer.findtext("fileInfos/encryptAlgorithm") == str(int(account["encrypt"]))
    assert results(platform.open(answer)) == [("12", [0])]


def test_a_province_takes_the_spelling_its_description_has(platform_of, client):
    shanghai = platform_of("310000")
    with pytest.raises(TypeError):
        shanghai.up_down.service.isp_download(ispID=1)
    shanghai.provider = "ispID"
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in shanghai.who().items())
    body = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<t:isp_download xmlns:t="urn:openbeian:authority">{inner}</t:isp_download></s:Body></s:Envelope>'
    )
    answer = client.post("/310000/ISPWebService/upDownLoad", body, content_type="text/xml")
    assert (answer.status_code, b"missing parameters: ispId" in answer.content) == (400, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("what", 1), ("individuals", "some"), ("same_city", "yes"), ("same_city", 1), ("hours", "8-20"),
        ("hours", "08:00-24:00"), ("minimum_age", 17.5), ("minimum_age", True), ("open_orders", -1),
        ("call_seconds", 61), ("call_seconds", float("nan")), ("decision_seconds", "1"), ("addresses", "127.0.0.1"),
        ("addresses", ["nowhere"]), ("refuse_calls_with", 0), ("authorization", None),
    ],
)  # fmt: skip
def test_a_setting_no_province_can_have_is_refused(name, value):
    with pytest.raises(SimulatorError):
        changed(Behaviour(), {name: value})


def test_settings_are_read_as_text_and_as_json():
    assert read("hours", "08:00-20:00") == "08:00-20:00"
    assert (read("queue_length", ""), read("queue_length", "3"), read("encrypt", "no")) == (None, 3, False)
    assert read("addresses", "10.0.0.1, 10.1.0.0/16") == ["10.0.0.1", "10.1.0.0/16"]
    assert changed(Behaviour(), {"queue_length": 3}).queue_length == 3
    with pytest.raises(SimulatorError):
        read("queue_length", "many")


# The system of a province


def test_outside_its_hours_a_province_answers_20_with_the_hours(platform, post, at):
    post("/api/provinces/110000", {"hours": "08:00-20:00"})
    for instant, expected in (("07:59:59", 20), ("08:00:00", 0), ("19:59:59", 0), ("20:00:00", 20)):
        at(f"2024-01-10T{instant}+08:00")
        assert code(platform.previous()) == expected
        assert code(platform.status(1, COMPANY)) == 0, "queries are always answered"
    assert platform.download().findtext("msg") == "请在允许的时间内调用：08:00-20:00"
    assert code(platform.upload(new_filing(), sequence=1)) == 20
    assert code(platform.acknowledge("x")) == 20


def test_hours_may_reach_over_midnight():
    night = changed(Behaviour(), {"hours": "22:00-06:00"})
    assert [
        night.is_open(datetime.fromisoformat(f"2024-01-10T{hour}:00+08:00")) for hour in ("21:59", "22:00", "05:59", "06:00")
    ] == [False, True, True, False]


def test_maintenance_refuses_uploads_with_901_and_downloads_with_902(platform, post):
    post("/api/provinces/110000", {"maintenance_upload": True, "maintenance_download": True})
    assert code(platform.upload(new_filing(), sequence=1)) == 901
    assert (code(platform.download()), code(platform.acknowledge("x"))) == (902, 902)
    assert code(platform.previous()) == 0
    post("/api/provinces/110000", {"maintenance_upload": False})
    assert code(platform.upload(new_filing(), sequence=1)) == 0


def test_a_provider_without_the_right_to_report_gets_19(platform, post):
    post("/api/provinces/110000", {"may_report": False})
    assert code(platform.upload(new_filing(), sequence=1)) == 19
    assert code(platform.download()) == 2


def test_any_code_can_be_put_before_every_call(platform, platform_of, post):
    post("/api/provinces/110000", {"refuse_calls_with": 999})
    assert code(platform.download()) == 999
    assert code(platform_of("120000").download()) == 2, "the others go on"


def test_only_registered_addresses_may_call(platform, post):
    post("/api/provinces/110000", {"addresses": ["10.0.0.0/8"]})
    assert code(platform.download()) == 12
    post("/api/provinces/110000", {"addresses": ["10.0.0.0/8", "127.0.0.1"]})
    assert code(platform.download()) == 2


def test_files_wait_for_processing_and_a_full_queue_answers_15(platform, post, at):
    post("/api/provinces/110000", {"processing_seconds": 300, "queue_length": 2})
    assert code(platform.upload(new_filing(1, isp=1))) == 0
    at("2024-01-10T10:01:00+08:00")
    assert code(platform.upload(new_filing(2))) == 0
    assert code(platform.upload(new_filing(3), sequence=3)) == 15
    assert platform.fetch() == []
    at("2024-01-10T10:05:00+08:00")
    assert [results(d) for d in platform.fetch()] == [[("1", [5003])]]
    assert code(platform.upload(new_filing(3), sequence=3)) == 0, "there is room again"
    at("2024-01-10T10:06:00+08:00")
    assert [results(d) for d in platform.fetch()] == [[("2", [0])]]


def test_a_request_processed_late_has_its_24_hours_from_then(platform, post, at, client):
    post("/api/provinces/110000", {"processing_seconds": 3600})
    platform.upload(new_filing())
    at("2024-01-10T15:00:00+08:00")
    (line,) = client.get("/api/records").json()["records"]
    assert line["received_at"] == "2024-01-10T03:00:00+00:00"
    assert line["sms_deadline"] == "2024-01-11T03:00:00+00:00"


def test_a_slow_province_takes_its_seconds_for_every_answer(platform, post, monkeypatch):
    waited = []
    monkeypatch.setattr("openbeian.simulator.soap.time.sleep", waited.append)
    post("/api/provinces/110000", {"call_seconds": 1.5})
    platform.download()
    assert waited == [1.5]


def test_a_province_is_switched_off_for_three_days_and_on_again(platform, platform_of, post, at, enter, decide):
    platform.upload(new_filing())
    platform.fetch()
    post("/api/provinces/110000", {"off": True})
    for call in (platform.download, platform.previous, lambda: platform.status(1, COMPANY)):
        with pytest.raises(TransportError) as refused:
            call()
        assert refused.value.status_code == 503
    assert code(platform_of("120000").download()) == 2
    at("2024-01-13T10:00:00+08:00")
    post("/api/provinces/110000", {"off": False})
    (lapsed,) = platform.fetch()
    assert lapsed.find(".//{*}At").text == "2024-01-11T10:00:00+08:00", "time went on meanwhile"
    assert code(platform.upload(new_filing(13))) == 0


def test_changes_are_shown_and_can_be_taken_back(client, post, db):
    post("/api/provinces/330000", {"queue_length": 3, "hours": "08:00-20:00"})
    line = client.get("/api/provinces/330000").json()["province"]
    assert (sorted(line["changed"]), line["behaviour"]["queue_length"]) == (["hours", "queue_length"], 3)
    line = post("/api/provinces/330000", {"usual": True})["province"]
    assert (line["changed"], line["behaviour"]["queue_length"]) == ([], None)
    assert len(client.get("/api/provinces").json()["provinces"]) == 31
    assert post("/api/provinces/999999", {}, 404)["error"]["code"] == "unknown_province"
    assert post("/api/provinces/330000", {"hours": "always"}, 400)["error"]["code"] == "bad_province_setting"
    assert post("/api/provinces/330000", {"off": "yes"}, 400)["error"]["code"] == "bad_province_setting"


# The filing password


def test_the_filing_password_is_checked_five_times_an_hour(platform, enter, decide, at, client):
    from tests.simulator.test_simulator_stories import file_one

    file_one(platform, enter, decide)
    number = "京ICP备2024000001号"
    page = client.get(f"/records/{client.get('/api/records').json()['records'][0]['id']}").content.decode()
    password = page.split("备案密码</dt><dd")[1].split(">")[1].split("<")[0]

    def check(number: str, password: str) -> tuple[int, str | None]:
        answer = platform.password(number, password)
        return code(answer), answer.findtext("VerifyRes")

    assert check(number, password) == (0, "0")
    assert check(f"{number}-1X", password) == (0, "0"), "one password for the subject and its services"
    assert check(number, "x") == (0, "1")
    assert check("京ICP备2024000009号", password) == (0, "1"), "a number nobody has"
    assert [check(number, "x") for _ in range(5)] == [(0, "1")] * 4 + [(22, None)]
    assert check(number, password) == (22, None)
    at("2024-01-10T11:00:01+08:00")
    assert check(number, password) == (0, "0")


# Rules, on what was reported


def case(province: str, operation: int = 1, **more) -> Case:
    record = etree.fromstring(new_filing(**more.pop("dossier", {}))).find("ICP/XZBA/Baxx")
    for path, text in more.pop("put", {}).items():
        node = record.find(path)
        if node is None:
            node = etree.SubElement(record.find(path.rsplit("/", 1)[0]), path.rsplit("/", 1)[1])
        node.text = text
    return Case(
        province, operation, usual(province), date(2024, 1, 10), record.find("Zt_xx"), record.find("Wz_xx"), **more
    )


def broken(*arguments, **more) -> list[str]:
    return [found.rule for found in violations(case(*arguments, **more))]


LEGAL = "Zt_xx/{urn:openbeian:v3-mini-program:1}Subject/{urn:openbeian:v3-mini-program:1}LegalRepresentativeNumber"


def person(number: str) -> dict[str, str]:
    return {"Zt_xx/Dwxz": "5", "Zt_xx/Zj/Zjlx": "2", "Zt_xx/Zj/Zjhm": number}


def test_an_enterprise_in_beijing_breaks_no_rule():
    assert broken("110000") == []


def test_individuals_of_other_provinces():
    local, hubei = resident_id("63010119900101001"), resident_id("42010319920818003")
    assert broken("630000", put=person(local)) == []
    assert broken("630000", put=person(hubei)) == ["individuals"]
    assert broken("630000", put=person(hubei), remarks=("居住证明",)) == ["individuals"], "Qinghai takes none"
    assert broken("330000", put=person(hubei)) == ["individuals"]
    assert broken("330000", put=person(hubei), remarks=("居住证明",)) == []
    assert broken("110000", put=person(hubei)) == []


def test_the_age_of_an_individual():
    seventeen = resident_id("37010120061001001")
    assert broken("370000", put=person(seventeen)) == []
    assert broken("110000", put=person(seventeen)) == ["minimum_age"]
    eighteen_today = resident_id("11010520060110001")
    assert broken("110000", put=person(eighteen_today)) == []
    assert broken("110000", put=person(resident_id("11010520060111001"))) == ["minimum_age"]


def test_a_principal_who_is_not_the_legal_representative():
    legal = {LEGAL: resident_id("11010519700101001")}
    assert broken("110000", put=legal) == ["authorization"], "no letter"
    assert broken("110000", put=legal, remarks=("授权书",)) == []
    assert broken("340000", put=legal, remarks=("授权书",)) == ["authorization"], "Anhui: both must be one person"
    one = resident_id("11010519900101001")
    assert broken("340000", put=legal, remarks=("授权书",), dossier={"numbers": (one, one)}) == []
    strict = changed(usual("110000"), {"authorization": "no"})
    known = case("110000", put=legal, remarks=("授权书",))
    assert [v.rule for v in violations(Case(**{**vars(known), "behaviour": strict}))] == ["authorization"]


def test_addresses_in_one_city():
    here = {"Zt_xx/Txdz/Shiid": "130100", "Zt_xx/Zj/Zjzs": "河北省石家庄市示例路1号"}
    there = {**here, "Zt_xx/Zj/Zjzs": "河北省唐山市示例路1号"}
    assert (broken("130000", put=here), broken("130000", put=there)) == ([], ["same_city"])
    assert broken("140000", put=there) == []


@pytest.mark.parametrize(("province", "city", "district", "name", "other"), [
    ("410000", "419000", "419001", "河南省济源市", "河南省洛阳市"),
    ("420000", "429000", "429004", "湖北省仙桃市", "湖北省潜江市"),
    ("420000", "429000", "429021", "湖北省神农架林区", "湖北省宜昌市"),
    ("460000", "469000", "469028", "海南省陵水黎族自治县", "海南省三亚市"),
    ("650000", "659000", "659002", "新疆维吾尔自治区阿拉尔市", "新疆维吾尔自治区石河子市"),
    ("110000", "110100", "110105", "北京市朝阳区", "天津市南开区"),
    ("500000", "500200", "500229", "重庆市城口县", "四川省达州市"),
    ("440000", "441900", "441900", "广东省东莞市", "广东省深圳市"),
])
def test_the_city_of_an_address_is_the_one_an_address_names(province, city, district, name, other):
    """Divisions that only stand for others, such as 省直辖县级行政区划, are in no address."""
    strict = changed(usual(province), {"same_city": True})

    def rules(address: str) -> list[str]:
        known = case(province, put={
            "Zt_xx/Txdz/Shengid": province, "Zt_xx/Txdz/Shiid": city, "Zt_xx/Txdz/Xianid": district,
            "Zt_xx/Zj/Zjzs": address})
        return [found.rule for found in violations(Case(**{**vars(known), "behaviour": strict}))]

    assert (rules(f"{name}示例路1号"), rules(f"{other}示例路1号")) == ([], ["same_city"])


def test_changes_of_the_subject():
    assert broken("610000", 4, scope="subject") == ["change_of_subject"]
    assert broken("510000", 4, scope="both") == ["change_of_subject"]
    assert broken("610000", 4, scope="service") == []
    before = etree.fromstring(new_filing()).find("ICP/XZBA/Baxx/Zt_xx")
    moved = etree.fromstring(new_filing(numbers=(resident_id("11010519850101001"), "x" * 18))).find("ICP/XZBA/Baxx/Zt_xx")
    assert broken("430000", 4, scope="subject", before=before) == []
    assert broken("430000", 4, scope="subject", before=moved) == ["change_of_principal"]
    assert broken("430000", 4, scope="both", before=moved) == []
    assert broken("110000", 4, scope="subject", before=moved) == []


def test_shells_and_building_proposals():
    assert broken("110000", 2, services_in_force=0) == []
    assert broken("130000", 2, services_in_force=0) == ["empty_shell"]
    assert broken("130000", 2, services_in_force=1) == []
    assert broken("430000", 2, services_in_force=1) == ["proposal"]
    assert broken("430000", 2, services_in_force=1, remarks=("建设方案书",)) == []
    assert (broken("310000", 2, services_in_force=29), broken("310000", 2, services_in_force=30)) == ([], ["proposal"])


# Rules, at decision time


def test_a_clerk_is_told_the_rule_and_may_approve_all_the_same(platform_of, post, enter, client, decide):
    platform = platform_of("110000")
    xml = new_filing().replace(
        "<mp:PrincipalEmergencyNumber>13900000003</mp:PrincipalEmergencyNumber></mp:Subject>",
        "<mp:PrincipalEmergencyNumber>13900000003</mp:PrincipalEmergencyNumber>"
        "<mp:LegalRepresentativeName>示例丙</mp:LegalRepresentativeName>"
        f"<mp:LegalRepresentativeNumber>{resident_id('11010519700101001')}</mp:LegalRepresentativeNumber></mp:Subject>",
    )
    platform.upload(xml)
    enter("13900000001", new_filing().split("<Fzr_zjhm>")[1][:18])
    enter("13900000002", new_filing().split("<Fzr_zjhm>")[2][:18])
    platform.fetch()
    (line,) = client.get("/api/records").json()["records"]
    assert client.get(f"/api/records/{line['id']}").json()["rules_broken"] == ["authorization"]
    page = client.get(f"/records/{line['id']}").content.decode()
    assert "不符合本省规定（authorization）：主体负责人不是法定代表人，须附授权书" in page
    assert decide("approve") == 409
    refused = post(f"/api/records/{line['id']}/decide", {"decision": "approve"}, 409)
    assert refused["error"]["code"] == "against_rules"
    post(f"/api/records/{line['id']}/decide", {"decision": "approve", "despite_rules": True})
    assert decision(platform.fetch()[0]) == ("12", "1", None)


def test_a_proof_counts_when_it_is_attached(platform_of, post, enter):
    """An individual of Hubei files in Zhejiang: refused by itself without, approved with a proof of residence."""
    hubei = resident_id("42010319920818003")
    post("/api/settings", {"automatic_decision_after": 0})
    zhejiang = platform_of("330000")
    for key, remark in ((1, ""), (2, "<Bz>居住证明</Bz>")):
        xml = (
            new_filing(key, isp=330000105, province="330000")
            .replace("<Dwxz>4</Dwxz>", "<Dwxz>5</Dwxz>")
            .replace(f"<Zjlx>1</Zjlx><Zjhm>{COMPANY}</Zjhm>", f"<Zjlx>2</Zjlx><Zjhm>{hubei}</Zjhm>")
            .replace("</Fjssdx></Fjxx>", f"</Fjssdx>{remark}</Fjxx>")
        )
        assert code(zhejiang.upload(xml)) == 0
        enter("13900000001", new_filing().split("<Fzr_zjhm>")[1][:18])
        enter("13900000002", new_filing().split("<Fzr_zjhm>")[2][:18])
    decisions = [decision(d) for d in zhejiang.fetch() if d.find("ICP/BAJG/GJSHS") is not None]
    assert decisions == [("1", "0", "不符合本省规定（individuals）：外省居民须附居住证明"), ("2", "1", None)]


def test_pictures_are_shown_to_the_clerk(platform, client):
    platform.upload(new_filing(picture=b"\xff\xd8\xffpicture"))
    (line,) = client.get("/api/records").json()["records"]
    picture = client.get(f"/records/{line['id']}/attachments/0")
    assert (picture.content, picture["Content-Type"]) == (b"\xff\xd8\xffpicture", "image/jpeg")
    assert client.get(f"/records/{line['id']}/attachments/1").status_code == 404
    assert base64.b64encode(b"picture").decode() not in client.get(f"/records/{line['id']}").content.decode()
