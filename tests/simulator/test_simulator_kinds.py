"""All kinds of requests, from the upload to the file with their effect, as another provider's program sees them."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from lxml import etree

from openbeian.simulator.models import Record
from openbeian.simulator.verbs.office import filing_password
from openbeian.v3.wire.validation import validate_root
from tests.simulator.simulated_platform import (
    COMPANY,
    MP,
    SERVICE_PRINCIPAL,
    SUBJECT_PRINCIPAL,
    cancellation,
    change,
    code,
    credit_code,
    decision,
    new_access,
    new_filing,
    new_service,
    resident_id,
    results,
    verifications,
)

SUBJECT_MOBILE, SERVICE_MOBILE = "13900000001", "13900000002"
NUMBER = "京ICP备2024000001号"


@dataclass
class OnFile:
    """What the province said about a record."""

    subject_id: str
    service_id: str
    access_id: str
    subject_number: str
    service_number: str


def give_up_everything() -> None:
    """End every open request without a trace, so that the next can be opened."""
    Record.objects.filter(state__in=("sms", "review")).update(state="refused", due_at=None)


def ids(baxx: etree._Element) -> OnFile:
    return OnFile(
        baxx.findtext("Zt_xx/Ztid"), baxx.findtext("Wz_xx/Wzid"),
        baxx.findtext(f"Wz_xx/{MP}MiniProgram/{MP}ProvinceAccessId"), baxx.findtext("Zt_xx/Baxh"),
        baxx.findtext("Wz_xx/Baxh"),
    )  # fmt: skip


@pytest.fixture
def sent(platform) -> Callable[[str], list[tuple[str, list[int]]]]:
    """Upload a file; its processing results, and nothing else comes with them."""

    def send(xml: str) -> list[tuple[str, list[int]]]:
        assert code(platform.upload(xml)) == 0
        documents = platform.fetch()
        for document in documents:
            assert validate_root(document, "download") == []
        return [line for document in documents for line in results(document)]

    return send


@pytest.fixture
def approve(platform, decide) -> Callable[[], list[etree._Element]]:
    """The clerk approves the newest request; the files that follow."""

    def approve() -> list[etree._Element]:
        assert decide("approve") == 200
        documents = platform.fetch()
        for document in documents:
            assert validate_root(document, "download") == []
        return documents

    return approve


@pytest.fixture
def filed(sent, enter, platform, approve) -> OnFile:
    """A first filing, done."""
    assert sent(new_filing(12)) == [("12", [0])]
    enter(SUBJECT_MOBILE, SUBJECT_PRINCIPAL)
    enter(SERVICE_MOBILE, SERVICE_PRINCIPAL)
    platform.fetch()
    return ids(approve()[-1].find("ICP/BASJ/Baxx"))


@pytest.fixture
def served(sent, enter, platform, approve) -> Callable[..., OnFile]:
    """One more service for the subject, done."""

    def add(key: int, **more) -> OnFile:
        assert [codes for _, codes in sent(new_service(key, **more))] == [[0]]
        enter(SERVICE_MOBILE, SERVICE_PRINCIPAL)
        platform.fetch()
        return ids(approve()[-1].find("ICP/BASJ/Baxx"))

    return add


@pytest.fixture
def elsewhere(post) -> dict:
    """A subject with two services, filed through another provider."""
    return post("/api/seed-record", {
        "province": "110000", "organizer": "北京外来示例有限公司", "certificate_number": credit_code("91110105MA0000009"),
        "mobile": "13900000008", "principal_certificate": resident_id("11010519800101001"),
        "services": [{"name": "外来商城", "appid": "wx0000000000000008"}, {"name": "外来网站", "kind": "website"}],
    })["seeded"]  # fmt: skip


def test_a_new_service_takes_the_next_suffix_of_its_subject(filed, platform, phone, enter, approve, at):
    at("2024-02-01T10:00:00+08:00")
    platform.upload(new_service(20, subject_id=filed.subject_id, subject_number=NUMBER))
    (accepted,) = platform.fetch()
    assert results(accepted) == [(NUMBER, [0])]
    assert accepted.findtext(f"ICP/BAJG/Jg_xx/{MP}EnterpriseId") == "20"
    assert accepted.findtext("ICP/BAJG/Jg_xx/Czlx") == "2"
    assert (len(phone(SUBJECT_MOBILE)), len(phone(SERVICE_MOBILE))) == (1, 2), "only the service principal is asked"
    enter(SERVICE_MOBILE, SERVICE_PRINCIPAL)
    assert verifications(platform.fetch()[0]) == [("20", "service", "verified")]
    passed, done = approve()
    assert decision(passed) == ("20", "1", None)
    record = done.find("ICP/BASJ/Baxx")
    assert (record.findtext("Wz_xx/IspWzid"), record.findtext("Zt_xx/IspZtid")) == ("20", None)
    assert record.findtext(f"Wz_xx/{MP}MiniProgram/{MP}EnterpriseAccessId") == "20"
    assert ids(record) == OnFile(filed.subject_id, "11000000004", "11000000005", NUMBER, f"{NUMBER}-2X")
    assert record.findtext("Zt_xx/Dwmc") == "北京示例科技有限公司", "the subject comes as it is on file"


def test_a_subject_may_be_named_by_its_number_or_its_id_alone(filed, sent):
    assert sent(new_service(20, subject_number=NUMBER)) == [(NUMBER, [0])]
    assert sent(new_service(21, subject_id=filed.subject_id, appid="wx3")) == [(filed.subject_id, [0])]


def test_a_subject_filed_elsewhere_takes_a_new_service(elsewhere, platform, sent, enter, approve):
    number = elsewhere["subject_number"]
    assert platform.status(1, credit_code("91110105MA0000009")).findtext("StatusInfo/Ztbah") == number
    assert sent(new_filing(11, certificate=credit_code("91110105MA0000009"))) == [("11", [1003])], "it has a subject"
    assert sent(new_service(20, subject_number=number)) == [(number, [0])]
    enter(SERVICE_MOBILE, SERVICE_PRINCIPAL)
    platform.fetch()
    record = approve()[-1].find("ICP/BASJ/Baxx")
    assert record.findtext("Wz_xx/Baxh") == f"{number}-3X", "one sequence runs over all kinds of services"
    assert record.findtext("Zt_xx/Dwmc") == "北京外来示例有限公司"
    assert record.findtext("Zt_xx/Ztid") == str(elsewhere["Ztid"])


def test_an_empty_shell_takes_a_new_service_in_some_provinces_only(platform_of, post, enter, decide):
    post("/api/settings", {"automatic_decision_after": 0})
    for province, verdict in (("130000", "0"), ("210000", "1")):
        platform, isp = platform_of(province), int(province) * 1000 + 105
        shell = post("/api/seed-record", {
            "province": province, "organizer": "空壳示例有限公司", "certificate_number": credit_code(f"91{province}MA0000001"),
        })["seeded"]  # fmt: skip
        platform.upload(new_service(20, subject_number=shell["subject_number"], isp=isp, appid=f"wx{province}"))
        enter(SERVICE_MOBILE, SERVICE_PRINCIPAL)
        (said,) = [decision(d) for d in platform.fetch() if d.find("ICP/BAJG/GJSHS") is not None]
        assert said[:2] == ("20", verdict)
        if verdict == "0":
            assert said[2] == "不符合本省规定（empty_shell）：河北省的空壳主体不能新增服务，请先注销主体"


def test_a_new_access_keeps_the_numbers_and_asks_the_mobile_on_file(elsewhere, platform, phone, enter, approve):
    service = elsewhere["services"][0]
    platform.upload(new_access(30, service_number=service["service_number"], appid="wx0000000000000008"))
    (accepted,) = platform.fetch()
    assert (results(accepted), accepted.findtext("ICP/BAJG/Jg_xx/Czlx")) == ([("30", [0])], "3")
    assert len(phone("13900000008")) == 1
    assert enter("13900000008", resident_id("11010519800101001")) == "verified"
    assert verifications(platform.fetch()[0]) == [("30", "service", "verified")]
    passed, done = approve()
    assert decision(passed) == ("30", "1", None)
    record = done.find("ICP/BASJ/Baxx")
    assert record.findtext("Wz_xx/Baxh") == service["service_number"]
    assert record.findtext("Wz_xx/Wzid") == str(service["Wzid"])
    assert record.findtext(f"Wz_xx/{MP}MiniProgram/{MP}EnterpriseAccessId") == "30"
    assert int(record.findtext(f"Wz_xx/{MP}MiniProgram/{MP}ProvinceAccessId")) > service["Jrid"]


def test_an_access_record_names_the_app_a_service_had_no_name_for(post, platform, enter, approve, client):
    principal = resident_id("11010519800101001")
    made = post("/api/seed-record", {
        "province": "110000", "organizer": "北京无名示例有限公司", "certificate_number": credit_code("91110105MA0000007"),
        "mobile": "13900000007", "principal_certificate": principal, "services": [{"name": "无名小程序"}],
    })["seeded"]  # fmt: skip
    platform.upload(new_access(31, service_id=made["services"][0]["Wzid"], appid="wx0000000000000031"))
    assert enter("13900000007", principal) == "verified"
    platform.fetch()
    record = approve()[-1].find("ICP/BASJ/Baxx")
    assert record.findtext(f"Wz_xx/{MP}MiniProgram/{MP}AppId") == "wx0000000000000031"
    assert client.get("/api/filed").json()["filed"][0]["appid"] == "wx0000000000000031"


def test_a_change_of_the_subject_keeps_its_numbers_and_the_service(filed, platform, phone, enter, approve, at):
    at("2024-03-01T10:00:00+08:00")
    new = resident_id("11010519850505001")
    platform.upload(change(
        filed.subject_id, NUMBER, scope="subject", mobile="13900000005", number=new, name="北京示例新名有限公司"))
    (accepted,) = platform.fetch()
    assert results(accepted) == [(filed.subject_id, [0])]
    assert accepted.findtext("ICP/BAJG/Jg_xx/Czlx") == "4"
    assert (len(phone("13900000005")), len(phone(SERVICE_MOBILE))) == (1, 1), "the new subject principal is asked"
    assert enter("13900000005", new) == "verified"
    assert verifications(platform.fetch()[0]) == [(filed.subject_id, "subject", "verified")]
    passed, done = approve()
    assert decision(passed) == (filed.subject_id, "1", None)
    record = done.find("ICP/BASJ/Baxx")
    assert ids(record) == filed
    assert record.findtext("Zt_xx/Dwmc") == "北京示例新名有限公司"
    assert (record.findtext("Zt_xx/IspZtid"), record.findtext("Wz_xx/IspWzid")) == (None, None)
    assert record.findtext("Zt_xx/Scbbsj") == "2024-01-10 10:00:00"
    assert record.findtext("Zt_xx/Zjxgsj") == "2024-03-01 10:00:00"
    assert record.findtext("Wz_xx/Wzmc") == "示例点餐"


def test_a_change_of_the_service_asks_its_principal(filed, platform, phone, enter, approve):
    platform.upload(change(
        filed.subject_id, NUMBER, filed.service_id, filed.access_id, filed.service_number, scope="service",
        service_name="示例点餐新版", service_mobile="13900000006"))
    assert results(platform.fetch()[0]) == [(filed.subject_id, [0])]
    assert len(phone(SUBJECT_MOBILE)) == 1
    assert enter("13900000006", SERVICE_PRINCIPAL) == "verified"
    platform.fetch()
    record = approve()[-1].find("ICP/BASJ/Baxx")
    assert (ids(record), record.findtext("Wz_xx/Wzmc")) == (filed, "示例点餐新版")


def test_a_change_of_both_asks_both(filed, platform, enter, approve, client):
    platform.upload(change(
        filed.subject_id, NUMBER, filed.service_id, filed.access_id, filed.service_number, scope="both",
        street="示例路2号", service_name="示例点餐二版"))
    platform.fetch()
    assert enter(SUBJECT_MOBILE, SUBJECT_PRINCIPAL) == "verified"
    (line,) = client.get("/api/records?state=sms").json()["records"]
    page = client.get(f"/records/{line['id']}").content.decode()
    assert "示例路1号" in page and "示例路2号" in page and "示例点餐二版" in page, "old and new side by side"
    assert enter(SERVICE_MOBILE, SERVICE_PRINCIPAL) == "verified"
    platform.fetch()
    record = approve()[-1].find("ICP/BASJ/Baxx")
    assert (ids(record), record.findtext("Wz_xx/Wzmc")) == (filed, "示例点餐二版")
    assert record.findtext("Zt_xx/Txdz/Xxdz") == "示例路2号"


def test_a_refused_change_changes_nothing(filed, platform, enter, decide, post):
    platform.upload(change(filed.subject_id, NUMBER, scope="subject", name="北京示例新名有限公司"))
    enter(SUBJECT_MOBILE, SUBJECT_PRINCIPAL)
    decide("refuse", "缺少名称变更证明")
    assert decision(platform.fetch()[-1]) == (filed.subject_id, "0", "缺少名称变更证明")
    post("/api/issue", {"block": "SJTB", "province": "110000"})
    assert platform.fetch()[0].findtext("SJTB/ICP/BASJ/Baxx/Zt_xx/Dwmc") == "北京示例科技有限公司"


def test_without_the_extension_a_change_is_read_from_what_differs(filed, sent, client):
    named = (filed.service_id, filed.access_id, filed.service_number)
    for xml, scope in (
        (change(filed.subject_id, NUMBER, scope="", street="示例路3号"), "subject"),
        (change(filed.subject_id, NUMBER, *named, scope="", service_name="改名"), "service"),
        (change(filed.subject_id, NUMBER, *named, scope="", street="示例路3号", service_name="改名"), "both"),
    ):
        assert sent(xml) == [(filed.subject_id, [0])]
        assert client.get("/api/records").json()["records"][0]["scope"] == scope
        give_up_everything()


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        ({"province": "120000"}, [1046]),
        ({"certificate": credit_code("91110105MA0000005")}, [1008]),
        ({"mobile": "12900000001"}, [1011]),
    ],
)
def test_what_cannot_change(filed, sent, data, codes):
    assert sent(change(filed.subject_id, NUMBER, scope="subject", **data)) == [(filed.subject_id, codes)]


def test_cancelling_a_subject_cancels_all_its_services(filed, served, platform, phone, enter, approve, sent):
    second = served(20, subject_number=NUMBER)
    platform.upload(cancellation(filed.subject_id, category="0"))
    (accepted,) = platform.fetch()
    assert (results(accepted), accepted.findtext("ICP/BAJG/Jg_xx/Czlx")) == ([(filed.subject_id, [0])], "6")
    assert (len(phone(SUBJECT_MOBILE)), len(phone(SERVICE_MOBILE))) == (2, 2), "the subject principal is asked"
    enter(SUBJECT_MOBILE, SUBJECT_PRINCIPAL)
    assert verifications(platform.fetch()[0]) == [(filed.subject_id, "subject", "verified")]
    passed, gone = approve()
    assert decision(passed) == (filed.subject_id, "1", None)
    (entry,) = gone.iterfind("ICP/ZXSJ/Zx_xx")
    assert (entry.findtext("Zxlb"), entry.findtext("Jlid")) == ("0", filed.subject_id)
    assert sent(cancellation(second.service_id)) == [(second.service_id, [1050])]
    assert sent(cancellation(filed.subject_id, category="0")) == [(filed.subject_id, [1049])]
    assert platform.status(1, COMPANY).findtext("StatusInfo/Bazt") == "1"
    assert sent(new_filing(40)) == [("40", [0])], "the organizer may file anew"


def test_a_cancelled_number_is_not_given_out_again(filed, served, sent, enter, approve, platform):
    assert sent(cancellation(filed.service_id)) == [(filed.service_id, [0])]
    enter(SERVICE_MOBILE, SERVICE_PRINCIPAL)
    platform.fetch()
    approve()
    assert served(20, subject_number=NUMBER, appid="wx0000000000000001").service_number == f"{NUMBER}-2X"


def test_cancelling_an_access_asks_nobody_and_leaves_the_service(filed, platform, phone, approve, sent, client):
    platform.upload(cancellation(filed.access_id, category="2"))
    (accepted,) = platform.fetch()
    assert (results(accepted), accepted.findtext("ICP/BAJG/Jg_xx/Czlx")) == ([(filed.access_id, [0])], "5")
    assert (len(phone(SUBJECT_MOBILE)), len(phone(SERVICE_MOBILE))) == (1, 1)
    passed, gone = approve()
    assert decision(passed) == (filed.access_id, "1", None)
    (entry,) = gone.iterfind("ICP/ZXSJ/Zx_xx")
    assert (entry.findtext("Zxlb"), entry.findtext("Jlid")) == ("2", filed.access_id)
    (line,) = client.get("/api/filed").json()["filed"]
    assert (line["service_cancelled"], [a["cancelled"] for a in line["accesses"]]) == (False, [True])
    assert sent(cancellation(filed.access_id, category="2")) == [(filed.access_id, [1016])]
    assert sent(cancellation(filed.service_id)) == [(filed.service_id, [1048])], "it is no longer accessed through us"
    assert sent(new_access(30, service_id=filed.service_id)) == [("30", [0])], "it may be accessed again"


# What stands in the way


def test_unknown_numbers_and_ids(filed, sent, platform_of):
    assert sent(new_service(20, subject_number="京ICP备2024000099号")) == [("京ICP备2024000099号", [1016])]
    assert sent(new_service(20, subject_id="99", subject_number=NUMBER)) == [(NUMBER, [1016])], "id and number differ"
    assert sent(new_access(30, service_number=f"{NUMBER}-9X")) == [("30", [1016])]
    assert sent(change("99", NUMBER)) == [("99", [1016])]
    assert sent(change(filed.subject_id, NUMBER, "99", "98", filed.service_number, scope="service")) == [
        (filed.subject_id, [1016])
    ]
    assert sent(cancellation("99", category="0")) == [("99", [1016])]
    assert sent(cancellation("99", category="2")) == [("99", [1016])]
    tianjin = platform_of("120000")
    tianjin.upload(new_service(20, subject_number=NUMBER, isp=120000105))
    tianjin.upload(cancellation(filed.service_id, isp=120000105))
    assert [codes for d in tianjin.fetch() for _, codes in results(d)] == [[1045], [1045]], "on file in Beijing"


def test_only_what_is_accessed_through_the_provider(elsewhere, sent):
    subject, service = str(elsewhere["Ztid"]), elsewhere["services"][0]
    assert sent(change(subject, elsewhere["subject_number"])) == [(subject, [1048])]
    assert sent(cancellation(subject, category="0")) == [(subject, [1048])]
    assert sent(cancellation(service["Wzid"])) == [(str(service["Wzid"]), [1048])]
    assert sent(cancellation(service["Jrid"], category="2")) == [(str(service["Jrid"]), [1047])]


def test_the_wrong_service_app_or_access(filed, elsewhere, sent):
    other = elsewhere["services"][0]
    assert sent(new_access(30, service_id=filed.service_id)) == [("30", [1038])], "accessed through us already"
    assert sent(new_access(31, service_id=other["Wzid"], appid="wxother")) == [("31", [1016])], "another app"
    assert sent(new_service(20, subject_number=NUMBER, appid="wx0000000000000001")) == [(NUMBER, [1037])]
    wrong = change(filed.subject_id, NUMBER, other["Wzid"], other["Jrid"], other["service_number"], scope="service")
    assert sent(wrong) == [(filed.subject_id, [1016])], "the service of somebody else"
    assert sent(change(filed.subject_id, NUMBER, scope="service")) == [(filed.subject_id, [1059])]


def test_what_a_change_of_a_service_may_not_bring(filed, sent, approve):
    named = (filed.subject_id, NUMBER, filed.service_id, filed.access_id, filed.service_number)
    assert sent(change(*named, scope="service", service_appid="wxother")) == [(filed.subject_id, [1016])], "another app"
    two = change(*named, scope="both")
    service = two[two.index("<Wz_xx>"):two.index("</Wz_xx>") + len("</Wz_xx>")]
    assert sent(two.replace(service, service * 2)) == [(filed.subject_id, [5011])], "two mini programs"
    assert sent(change(filed.subject_id, "no number", scope="subject")) == [(filed.subject_id, [1016])]
    assert sent(cancellation(filed.access_id, category="2")) == [(filed.access_id, [0])]
    approve()
    assert sent(change(*named, scope="service")) == [(filed.subject_id, [1048])], "the platform's access has ended"


def test_a_change_of_the_subject_names_the_service_that_comes_along(filed, served, sent, approve, enter, platform):
    second = served(20, subject_number=NUMBER)
    along = (second.service_id, second.access_id, second.service_number)
    assert sent(change(filed.subject_id, NUMBER, *along, street="示例路2号")) == [(filed.subject_id, [0])]
    enter(SUBJECT_MOBILE, SUBJECT_PRINCIPAL)
    platform.fetch()
    record = approve()[-1].find("ICP/BASJ/Baxx")
    assert (record.findtext("Wz_xx/Baxh"), record.findtext("Wz_xx/Wzmc")) == (second.service_number, "示例商城")


def test_an_access_is_cancelled_in_its_own_province(filed, platform_of):
    tianjin = platform_of("120000")
    tianjin.upload(cancellation(filed.access_id, category="2", isp=120000105))
    assert [results(document) for document in tianjin.fetch()] == [[(filed.access_id, [1045])]]


def test_codes_that_no_table_has(filed, sent):
    assert sent(new_service(20, subject_number=NUMBER, contents=512)) == [(NUMBER, [1034])], "a first-level content"
    assert sent(new_service(20, subject_number=NUMBER, contents=99999)) == [(NUMBER, [1034])]
    wrong = new_service(20, subject_number=NUMBER)
    assert sent(wrong.replace("<Nrlx_id>24<", "<Nrlx_id>60<")) == [(NUMBER, [1033])]
    assert sent(wrong.replace("<Yylb_id>1<", "<Yylb_id>40<")) == [(NUMBER, [1066])]
    assert sent(new_filing(14, certificate=credit_code("91110105MA0000005")).replace("<Dwxz>4<", "<Dwxz>99<")) == [
        ("14", [1014, 1037])
    ]


def test_adding_and_cancelling_services_may_run_side_by_side(filed, sent):
    assert sent(new_service(20, subject_number=NUMBER, appid="wx20")) == [(NUMBER, [0])]
    assert sent(new_service(21, subject_number=NUMBER, appid="wx21")) == [(NUMBER, [0])]
    assert sent(new_service(22, subject_number=NUMBER, appid="wx21")) == [(NUMBER, [1017])], "the app is being filed"
    assert sent(new_service(20, subject_number=NUMBER, appid="wx23")) == [(NUMBER, [5006])], "the order is being filed"
    assert sent(cancellation(filed.service_id)) == [(filed.service_id, [0])]


def test_a_province_may_limit_how_many_are_open(filed, sent, post):
    post("/api/provinces/110000", {"open_orders": 1})
    assert sent(new_service(20, subject_number=NUMBER, appid="wx20")) == [(NUMBER, [0])]
    assert sent(new_service(21, subject_number=NUMBER, appid="wx21")) == [(NUMBER, [1003])]


def test_a_change_and_a_cancellation_of_the_subject_stand_alone(filed, sent):
    subject, service = filed.subject_id, filed.service_id
    assert sent(change(subject, NUMBER, scope="subject", street="示例路2号")) == [(subject, [0])]
    assert sent(change(subject, NUMBER, scope="subject", street="示例路3号")) == [(subject, [1017])]
    assert sent(new_service(20, subject_number=NUMBER)) == [(NUMBER, [1017])]
    assert sent(cancellation(service)) == [(service, [1017])]
    assert sent(cancellation(subject, category="0")) == [(subject, [1017])]
    give_up_everything()
    assert sent(cancellation(subject, category="0")) == [(subject, [0])]
    assert sent(cancellation(subject, category="0")) == [(subject, [1027])]
    assert sent(cancellation(service)) == [(service, [1042])]
    assert sent(new_service(20, subject_number=NUMBER)) == [(NUMBER, [1003])]
    give_up_everything()
    assert sent(cancellation(service)) == [(service, [0])]
    assert sent(cancellation(service)) == [(service, [1030])]
    assert sent(cancellation(subject, category="0")) == [(subject, [1043])]
    assert sent(change(subject, NUMBER, scope="subject", street="示例路2号")) == [(subject, [1003])]
    give_up_everything()
    assert sent(cancellation(filed.access_id, category="2")) == [(filed.access_id, [0])]
    assert sent(cancellation(filed.access_id, category="2")) == [(filed.access_id, [1032])]
    give_up_everything()


def test_a_filing_password_that_is_given_must_be_right(filed, sent):
    assert sent(cancellation(filed.subject_id, category="0", password="wrong")) == [(filed.subject_id, [1018])]
    right = filing_password(NUMBER)
    assert sent(cancellation(filed.subject_id, category="0", password=right)) == [(filed.subject_id, [0])]


def test_one_access_request_for_a_service_at_a_time(elsewhere, sent):
    service = elsewhere["services"][0]["Wzid"]
    assert sent(new_access(30, service_id=service, appid="wx0000000000000008")) == [("30", [0])]
    assert sent(new_access(31, service_id=service, appid="wx0000000000000008")) == [("31", [1029])]


def test_the_blacklist_is_heeded(sent, post, platform):
    entry = {"name": "北京示例科技有限公司", "certificate_type": 1, "certificate_number": COMPANY}
    post("/api/issue", {"block": "HMDLB", "province": "110000", "subjects": [entry]})
    platform.fetch()
    assert sent(new_filing(12)) == [("12", [1065])]
    post("/api/issue", {"block": "HMDLB", "province": "110000", "subjects": [{**entry, "operation": 2}]})
    platform.fetch()
    assert sent(new_filing(12)) == [("12", [0])]


def test_a_province_without_our_extension_tells_less(filed, platform, post, enter, approve):
    post("/api/provinces/110000", {"extension": False})
    platform.upload(new_service(20, subject_number=NUMBER))
    (accepted,) = platform.fetch()
    assert results(accepted) == [(NUMBER, [0])]
    assert accepted.find(f"ICP/BAJG/Jg_xx/{MP}EnterpriseId") is None
    enter(SERVICE_MOBILE, SERVICE_PRINCIPAL)
    platform.fetch()
    assert ids(approve()[-1].find("ICP/BASJ/Baxx")).access_id is None


# Reports


def reported(kind: str, record: str, isp=110000105) -> str:
    return f'<UploadData version="V.3.0"><ICP><Qqdwid>{isp}</Qqdwid><{kind}>{record}</{kind}></ICP></UploadData>'


def test_material_is_stored_for_a_record_on_file(filed, sent, client):
    def material(owner: str, picture: str = "AAAA", kind: str = "1") -> str:
        return reported("XZHYD", (
            f"<Fjxx><Fjwjgs>1</Fjwjgs><Fjyt>1</Fjyt><Fjnr>{picture}</Fjnr><Fjssdx><Ssdxlx>{kind}</Ssdxlx>"
            f"<Ssdxbs>{owner}</Ssdxbs></Fjssdx></Fjxx>"
        ))  # fmt: skip

    assert sent(material(f"<Jlid>{filed.subject_id}</Jlid>")) == [(filed.subject_id, [1060])]
    assert sent(material(f"<Baxh>{filed.service_number}</Baxh>", kind="2")) == [(filed.service_id, [1060])]
    assert [codes for _, codes in sent(material("<Jlid>99</Jlid>"))] == [[1016]]
    assert [codes for _, codes in sent(material(f"<Jlid>{filed.subject_id}</Jlid>", picture="!!!"))] == [[5010]]
    page = client.get("/provinces/110000").content.decode()
    assert page.count("XZHYD") == 2


def test_results_of_a_verification_are_stored_for_the_subject(filed, sent, client):
    def result(subject_id: str) -> str:
        return reported("HSJG", (
            "<Hsjgxx><Hsjg>0</Hsjg><Hsrxm>示例核实员</Hsrxm><Hssj>2024-01-10</Hssj><Bbdw>110000105</Bbdw><Hsyj>属实</Hsyj>"
            f"<Baxx><Zt_xx><Ztid>{subject_id}</Ztid><Dwmc>北京示例科技有限公司</Dwmc></Zt_xx></Baxx></Hsjgxx>"
        ))  # fmt: skip

    assert sent(result(filed.subject_id)) == [(filed.subject_id, [0])]
    assert [codes for _, codes in sent(result("99"))] == [[1016]]
    page = client.get("/provinces/110000").content.decode()
    assert page.count("HSJG") == 1 and "属实" in page


def test_handling_of_unfiled_sites_is_stored(sent, client):
    handled = reported("WBACLJG", (
        "<Clxx><Ym>unfiled.example.com</Ym><IP>3221225985</IP><Yys>示例运营商</Yys><Jrs>示例接入商</Jrs>"
        "<Shengid>110000</Shengid><Cljg>1</Cljg><Clyj>已停止接入</Clyj><Rbsj>2024-01-10</Rbsj><Clsx>2024-01-10</Clsx></Clxx>"
    ))  # fmt: skip
    assert sent(handled) == [(None, [0])]
    assert "已停止接入" in client.get("/provinces/110000").content.decode()


def test_several_records_in_one_file_are_answered_each(sent):
    one, two = (
        new_filing(k, certificate=credit_code(f"91110105MA000000{k}"), appid=f"wx{k}") for k in (1, 2)
    )
    both = one.replace("</XZBA>", two.split("<XZBA>")[1].split("</XZBA>")[0].replace("13900000001", "12") + "</XZBA>")
    assert sent(both.replace("<Fzr_sjhm>12<", "<Fzr_sjhm>12900000001<")) == [("1", [0]), ("2", [1011])]
