"""Lives of requests at the simulated administration, told at instants."""

import pytest

from openbeian.v3.wire.validation import validate_root
from tests.simulator.simulated_platform import (
    COMPANY,
    MP,
    SERVICE_PRINCIPAL,
    SUBJECT_PRINCIPAL,
    cancellation,
    code,
    credit_code,
    decision,
    new_filing,
    results,
    verifications,
)

SUBJECT_MOBILE, SERVICE_MOBILE = "13900000001", "13900000002"


def verify_both(enter):
    assert enter(SUBJECT_MOBILE, SUBJECT_PRINCIPAL) == "verified"
    assert enter(SERVICE_MOBILE, SERVICE_PRINCIPAL) == "verified"


def file_one(platform, enter, decide, **dossier):
    """Walk a first filing to its number; the BASJ record."""
    assert code(platform.upload(new_filing(**dossier))) == 0
    verify_both(enter)
    assert decide("approve") == 200
    documents = platform.fetch()
    for document in documents:
        assert validate_root(document, "download") == []
    return documents[-1].find("ICP/BASJ/Baxx")


def test_a_first_filing_is_accepted_verified_approved_and_numbered(platform, phone, enter, decide, at):
    at("2024-01-10T10:00:00+08:00")
    assert code(platform.upload(new_filing(12))) == 0
    (accepted,) = platform.fetch()
    assert results(accepted) == [("12", [0])]
    assert accepted.findtext("ICP/BAJG/Jg_xx/Czlx") == "1"

    at("2024-01-10T10:20:00+08:00")
    assert enter(SERVICE_MOBILE, SERVICE_PRINCIPAL) == "verified"
    (first,) = platform.fetch()
    assert verifications(first) == [("12", "service", "verified")]
    assert first.findtext(f"ICP/BAJG/{MP}SmsVerification/{MP}At") == "2024-01-10T10:20:00+08:00"
    assert decide("approve") == 409, "the subject principal has not verified yet"

    at("2024-01-10T18:00:00+08:00")
    assert enter(SUBJECT_MOBILE, SUBJECT_PRINCIPAL) == "verified"
    (second,) = platform.fetch()
    assert verifications(second) == [("12", "subject", "verified")]

    at("2024-01-24T09:30:00+08:00")
    assert decide("approve") == 200
    passed, filed = platform.fetch()
    assert decision(passed) == ("12", "1", None)
    assert passed.findtext("ICP/BAJG/GJSHS/Gjsh/Shsj") == "2024-01-24 09:30:00"
    record = filed.find("ICP/BASJ/Baxx")
    assert record.findtext("Zt_xx/Baxh") == "京ICP备2024000001号"
    assert record.findtext("Wz_xx/Baxh") == "京ICP备2024000001号-1X"
    assert (record.findtext("Zt_xx/IspZtid"), record.findtext("Wz_xx/IspWzid")) == ("12", "12")
    assert (record.findtext("Zt_xx/Ztid"), record.findtext("Wz_xx/Wzid")) == ("11000000001", "11000000002")
    assert record.findtext(f"Wz_xx/{MP}MiniProgram/{MP}AppId") == "wx0000000000000001"
    for document in (accepted, first, second, passed, filed):
        assert validate_root(document, "download") == []
    assert phone("13900000003") == [], "emergency numbers get no SMS"


def test_a_refusal_carries_the_opinion_and_the_organizer_may_file_again(platform, enter, decide):
    platform.upload(new_filing(12))
    verify_both(enter)
    platform.fetch()
    assert decide("refuse") == 400, "a refusal needs an opinion"
    assert decide("refuse", "证件照片不清晰") == 200
    (refused,) = platform.fetch()
    assert decision(refused) == ("12", "0", "证件照片不清晰")

    platform.upload(new_filing(12))
    assert results(platform.fetch()[0]) == [("12", [0])]


def test_a_verification_lapses_at_24_hours_and_not_a_second_before(platform, enter, at, client):
    platform.upload(new_filing(12))
    at("2024-01-10T12:00:00+08:00")
    assert enter(SUBJECT_MOBILE, SUBJECT_PRINCIPAL) == "verified"
    platform.fetch()

    at("2024-01-11T09:59:59+08:00")
    assert platform.fetch() == []
    at("2024-01-11T10:00:00+08:00")
    assert enter(SERVICE_MOBILE, SERVICE_PRINCIPAL) == "none"
    (lapsed,) = platform.fetch()
    assert verifications(lapsed) == [("12", "service", "lapsed")]
    assert client.get("/api/records").json()["records"][0]["state"] == "lapsed"

    platform.upload(new_filing(12))
    assert results(platform.fetch()[0]) == [("12", [0])], "handed over again unchanged, with new SMS"
    assert enter(SERVICE_MOBILE, SERVICE_PRINCIPAL) == "verified"


def test_time_that_passed_unnoticed_is_settled_as_of_when_it_fell_due(platform, at):
    platform.upload(new_filing(12))
    at("2024-03-01T00:00:00+08:00")
    lapsed = platform.fetch()[-1]
    assert lapsed.findtext(f"ICP/BAJG/{MP}SmsVerification/{MP}At") == "2024-01-11T10:00:00+08:00"


def test_the_sixth_consecutive_wrong_input_returns_the_request(platform, phone, enter):
    platform.upload(new_filing(12))
    platform.fetch()
    right = phone(SERVICE_MOBILE)[0]["code"]
    wrong = "000000" if right != "000000" else "111111"
    tries = [enter(SERVICE_MOBILE, SERVICE_PRINCIPAL, wrong) for _ in range(6)]
    assert tries == ["wrong"] * 5 + ["returned"]
    (returned,) = platform.fetch()
    assert verifications(returned) == [("12", "subject", "refused"), ("12", "service", "refused")]
    assert enter(SERVICE_MOBILE, SERVICE_PRINCIPAL, right) == "none"


def test_a_right_input_before_the_sixth_forgives_the_wrong_ones(platform, phone, enter):
    platform.upload(new_filing(12))
    for _ in range(5):
        assert enter(SERVICE_MOBILE, SUBJECT_PRINCIPAL) == "wrong", "the code of one, the certificate of the other"
    assert enter(SERVICE_MOBILE, SERVICE_PRINCIPAL) == "verified"
    for _ in range(5):
        assert enter(SUBJECT_MOBILE, SERVICE_PRINCIPAL) == "wrong"
    assert enter(SUBJECT_MOBILE, SUBJECT_PRINCIPAL) == "verified"


def test_two_principals_with_one_mobile_get_one_sms_and_verify_each(platform, phone, enter):
    platform.upload(new_filing(12, mobiles=(SUBJECT_MOBILE, SUBJECT_MOBILE)))
    platform.fetch()
    assert len(phone(SUBJECT_MOBILE)) == 1
    assert enter(SUBJECT_MOBILE, SUBJECT_PRINCIPAL) == "verified"
    assert verifications(platform.fetch()[0]) == [("12", "subject", "verified")]
    assert enter(SUBJECT_MOBILE, SERVICE_PRINCIPAL) == "verified"
    assert verifications(platform.fetch()[0]) == [("12", "service", "verified")]


def test_one_person_who_is_both_principals_verifies_once(platform, enter, client):
    platform.upload(
        new_filing(12, mobiles=(SUBJECT_MOBILE, SUBJECT_MOBILE), numbers=(SUBJECT_PRINCIPAL, SUBJECT_PRINCIPAL))
    )
    platform.fetch()
    assert enter(SUBJECT_MOBILE, SUBJECT_PRINCIPAL) == "verified"
    (both,) = platform.fetch()
    assert verifications(both) == [("12", "subject", "verified"), ("12", "service", "verified")]
    assert client.get("/api/records").json()["records"][0]["state"] == "review"


def test_a_service_is_cancelled_and_its_number_never_comes_back(platform, phone, enter, decide, at):
    record = file_one(platform, enter, decide)
    service_id = record.findtext("Wz_xx/Wzid")

    at("2024-02-01T10:00:00+08:00")
    assert code(platform.upload(cancellation(service_id))) == 0
    (accepted,) = platform.fetch()
    assert results(accepted) == [(service_id, [0])]
    assert accepted.findtext("ICP/BAJG/Jg_xx/Czlx") == "7"
    assert len(phone(SUBJECT_MOBILE)) == 1, "only the service principal on file is asked"
    assert enter(SERVICE_MOBILE, SERVICE_PRINCIPAL) == "verified"
    assert verifications(platform.fetch()[0]) == [(service_id, "service", "verified")]
    assert decide("approve") == 200
    passed, gone = platform.fetch()
    assert decision(passed) == (service_id, "1", None)
    assert gone.findtext("ICP/ZXSJ/Zx_xx/Zxlb") == "1"
    assert gone.findtext("ICP/ZXSJ/Zx_xx/Jlid") == service_id
    assert validate_root(gone, "download") == []

    platform.upload(cancellation(service_id))
    assert results(platform.fetch()[0]) == [(service_id, [1050])]

    other = file_one(
        platform, enter, decide, key=13, certificate=credit_code("91110105MA0000002"), appid="wx0000000000000001"
    )
    assert other.findtext("Wz_xx/Baxh") == "京ICP备2024000002号-1X"


def test_ignoring_the_sms_stops_a_cancellation(platform, enter, decide, at, client):
    service_id = file_one(platform, enter, decide).findtext("Wz_xx/Wzid")
    platform.upload(cancellation(service_id))
    at("2024-01-12T10:00:00+08:00")
    assert verifications(platform.fetch()[-1]) == [(service_id, "service", "lapsed")]
    assert platform.status(1, COMPANY).findtext("StatusInfo/Ztbah") == "京ICP备2024000001号"


def test_numbers_run_per_province_and_start_again_each_year(platform, platform_of, enter, decide, at):
    tianjin = platform_of("120000")
    first = file_one(platform, enter, decide, key=1)
    second = file_one(
        platform, enter, decide, key=2, appid="wx0000000000000002", certificate=credit_code("91110105MA0000002")
    )
    elsewhere = file_one(
        tianjin, enter, decide, key=3, appid="wx0000000000000003", certificate=credit_code("91120105MA0000003"),
        isp=120000105, province="120000",
    )  # fmt: skip
    at("2025-01-01T00:00:00+08:00")
    later = file_one(
        platform, enter, decide, key=4, appid="wx0000000000000004", certificate=credit_code("91110105MA0000004")
    )
    assert [record.findtext("Wz_xx/Baxh") for record in (first, second, elsewhere, later)] == [
        "京ICP备2024000001号-1X",
        "京ICP备2024000002号-1X",
        "津ICP备2024000001号-1X",
        "京ICP备2025000001号-1X",
    ]


def test_automatic_decisions_come_after_the_delay_dated_by_it(platform, enter, at, client):
    client.post("/api/settings", {"automatic_decision_after": 3600}, content_type="application/json")
    platform.upload(new_filing(12))
    verify_both(enter)
    platform.fetch()
    at("2024-01-10T10:59:59+08:00")
    assert platform.fetch() == []
    at("2024-01-10T15:00:00+08:00")
    passed, filed = platform.fetch()
    assert passed.findtext("ICP/BAJG/GJSHS/Gjsh/Shsj") == "2024-01-10 11:00:00"
    assert filed.findtext("ICP/BASJ/Baxx/Wz_xx/Baxh") == "京ICP备2024000001号-1X"


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"province": "120000"}, [1019]),
        ({"certificate": "91110105MA00000010"}, [1008]),
        ({"numbers": ("110105199001010011", SERVICE_PRINCIPAL)}, [1015]),
        ({"mobiles": ("12900000001", "23900000002")}, [1011, 1011]),
        ({"picture": b"\xff" * (100 * 1024 + 1)}, [5010]),
        ({"mobiles": ("12900000001", SERVICE_MOBILE), "province": "120000"}, [1019, 1011]),
    ],
)
def test_wrong_data_comes_back_with_all_its_codes_and_opens_no_request(platform, client, changes, codes):
    assert code(platform.upload(new_filing(12, **changes))) == 0
    (document,) = platform.fetch()
    assert results(document) == [("12", codes)]
    assert validate_root(document, "download") == []
    assert client.get("/api/records").json()["records"] == []


def test_conflicts_have_their_codes(platform, enter, decide):
    other_company = credit_code("91110105MA0000002")
    platform.upload(new_filing(12))
    platform.upload(new_filing(12))
    platform.upload(new_filing(13, appid="wx0000000000000002"))
    platform.upload(new_filing(14, certificate=other_company))
    assert [results(d) for d in platform.fetch()] == [
        [("12", [0])],
        [("12", [5006])],
        [("13", [1003])],
        [("14", [1017])],
    ]
    verify_both(enter)
    decide("approve")
    service_id = platform.fetch()[-1].findtext("ICP/BASJ/Baxx/Wz_xx/Wzid")
    platform.upload(new_filing(15, certificate=other_company))
    platform.upload(new_filing(16, appid="wx0000000000000002"))
    platform.upload(cancellation(99))
    platform.upload(cancellation(service_id, reason="9"))
    platform.upload(cancellation(service_id, category="0"))
    platform.upload(cancellation(service_id))
    platform.upload(cancellation(service_id))
    assert [codes for d in platform.fetch() for _, codes in results(d)] == [
        [1037], [1003], [1016], [1026], [1016], [0], [1030],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (new_filing(12).replace('version="V.3.0"', 'version="V.2.0"'), ("12", [5004])),
        (new_filing(12, isp=1), ("12", [5003])),
        (new_filing(12).replace("<Dwmc>北京示例科技有限公司</Dwmc>", ""), ("12", [5001])),
        (new_filing(12).replace("XZBA", "XZWZ"), (None, [5001])),
        ("<UploadData version='V.3.0'><IP/></UploadData>", (None, [5011])),
        ("<UploadData", (None, [5001])),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", (None, [5001])),
        (b"", (None, [5001])),
    ],
)
def test_a_file_that_breaks_the_interface_is_named_in_its_result(platform, xml, expected):
    assert code(platform.upload(xml)) == 0
    (document,) = platform.fetch()
    assert results(document) == [expected]
    assert document.findtext("ICP/BAJG/Jg_xx/Jgxx/Dmms").startswith("XZBA1.xml: ")
    assert document.findtext("ICP/BAJG/Jg_xx/Bz") == "上报序号 1"
    assert validate_root(document, "download") == []


def test_a_name_beyond_gbk_is_read_shown_and_sent_back(platform, enter, decide, client):
    """As references; the pages show the characters themselves."""
    record = file_one(platform, enter, decide, name="北京𠮷㐂示例有限公司")
    assert record.findtext("Zt_xx/Dwmc") == "北京𠮷㐂示例有限公司"
    held = client.get("/api/records").json()["records"][0]["id"]
    assert "北京𠮷㐂示例有限公司" in client.get(f"/records/{held}").content.decode()
