"""Dossiers to upload files, download files to records: nothing lost, nothing replaced, nothing made up."""

import base64
import io
import os
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from openbeian.regime.dossier import Cancellation, Dossier, parse
from openbeian.regime.facts import Account
from openbeian.regime.fields import FIELDS
from openbeian.regime.lifecycle import OrderKind
from openbeian.v3 import codec
from openbeian.v3.codec.pictures import PICTURE_BYTES_MAX, PictureTooLarge, jpeg
from openbeian.v3.codec.uploads import media_ids
from openbeian.v3.wire import EXTENSION
from openbeian.v3.wire.documents import parse as parse_xml
from openbeian.v3.wire.validation import validate_root
from tests import samples

MP = f"{{{EXTENSION}}}"
SMALL = samples.png(40, 60)


def content(document, account=None):
    dossier, findings = parse(document, account=replace(account or samples.account(), organizer_name=""))
    assert findings == ()
    return dossier


def order(kind, **facts) -> SimpleNamespace:
    none = dict.fromkeys(
        ("subject_number", "service_number", "province_subject_id", "province_service_id", "province_access_id"), "")
    return SimpleNamespace(**{"pk": 12, "kind": kind, **none, **facts})


def filing(document=None, *, account=None, pictures=None, order_id=12) -> bytes:
    dossier = content(document or samples.enterprise_dossier(), account)
    return codec.upload_file(
        order=order(OrderKind.FIRST_FILING, pk=order_id), provider_id=330000105, dossier=dossier, appid=samples.APPID,
        pictures=pictures if pictures is not None else dict.fromkeys(media_ids(dossier), SMALL))


def cancellation(content: Cancellation) -> bytes:
    return codec.upload_file(
        order=order(OrderKind.CANCEL_SERVICE, province_service_id="33000000002"), provider_id=330000105,
        dossier=Dossier(cancellation=content), appid=samples.APPID, pictures={})


def values(root, *paths):
    return [root.findtext(path) for path in paths]


# Uploads


@pytest.mark.parametrize("document, account", [
    (samples.enterprise_dossier(), samples.account()), (samples.individual_dossier(), samples.individual_account())])
def test_a_first_filing_is_a_valid_file_in_gbk(document, account):
    xml = filing(document, account=account)
    assert xml.startswith(b'<?xml version="1.0" encoding="GBK"?>')
    assert validate_root(parse_xml(xml), "upload") == []
    assert document["organizer"]["name"] in xml.decode("gbk")
    assert b"&#" not in xml


def test_every_word_of_the_dossier_is_carried():
    record = parse_xml(filing()).find("ICP/XZBA/Baxx")
    assert values(record, *(f"Zt_xx/{name}" for name in (
        "IspZtid", "Dwmc", "Dwxz", "Txdz/Shengid", "Txdz/Shiid", "Txdz/Xianid", "Txdz/Xxdz", "Zj/Zjlx", "Zj/Zjhm",
        "Zj/Zjzs", "Bbfs", "Bz"))) == [
        "12", "杭州青禾示例科技有限公司", "4", "330000", "330100", "330106", "示例路88号青禾大厦3幢1201室", "1",
        "91330106MA0000015K", "浙江省杭州市西湖区示例路88号青禾大厦3幢1201室", "1", "首次办理备案"]
    principal = ["林示例", "13900000002", "13900000001", "lin@example.com", "2", "330106198802140010"]
    fields = ("Fzr_xm", "Fzr_dhhm", "Fzr_sjhm", "Fzr_dzyj", "Fzr_zjlx", "Fzr_zjhm")
    assert values(record, *(f"Zt_xx/Fzr/{name}" for name in fields)) == principal
    assert values(record, *(f"Wz_xx/Wz_Fzr/{name}" for name in fields)) == principal
    assert values(record, *(f"Zt_xx/{MP}Subject/{MP}{name}" for name in (
        "PrincipalValidFrom", "PrincipalValidUntil", "PrincipalEmergencyNumber", "LegalRepresentativeName",
        "LegalRepresentativeNumber"))) == ["20180510", "20380510", "13900000002", "周示范", "330106197906300029"]
    assert values(record, *(f"Wz_xx/{MP}MiniProgram/{MP}{name}" for name in (
        "AppId", "ServiceType", "FaceCheck", "PrincipalValidFrom", "PrincipalValidUntil",
        "PrincipalEmergencyNumber"))) == [
        samples.APPID, "7", "Qm9vdGhUYXNrMDAwMDAx", "20180510", "20380510", "13900000002"]
    assert values(record, "Wz_xx/IspWzid", "Wz_xx/Wzmc", "Wz_xx/Nrlx/Nrlx_xx/Nrlx_id", "Wz_xx/Yylb/Yylb_id") == [
        "12", "青禾文具", "24", "1"]
    assert [node.text for node in record.findall("Wz_xx/Fwnr/Fwnr_id")] == ["163", "164"]
    assert record.findtext("Wz_xx/Wz_Bz") == samples.enterprise_dossier()["service"]["description"]


def test_every_picture_is_attached_with_purpose_and_owner():
    attachments = parse_xml(filing()).findall("ICP/XZBA/Baxx/Fj/Fjxx")
    assert [(a.findtext("Fjyt"), a.findtext("Fjssdx/Ssdxlx"), a.findtext("Bz")) for a in attachments] == [
        ("2", "1", "主体证件"), ("3", "1", "证件正面"), ("3", "1", "证件反面"), ("1", "1", "授权书"),
        ("4", "2", "证件正面"), ("4", "2", "证件反面"), ("1", "2", "授权书"), ("1", "1", "承诺书"),
        ("1", "2", "小程序其他附件"), ("1", "2", "小程序其他附件")]
    assert {a.findtext("Fjssdx/Ssdxbs") for a in attachments} == {"12"}
    assert {a.findtext("Fjwjgs") for a in attachments} == {"1"}
    for attachment in attachments:
        assert Image.open(io.BytesIO(base64.b64decode(attachment.findtext("Fjnr")))).format == "JPEG"


def test_a_prior_approval_carries_its_number_and_scan():
    document = samples.spoil(samples.enterprise_dossier(), {
        "service.prior_approvals": [{"type": 9, "number": "浙网文〔2023〕0001-001号", "picture": "MEDIA_NRLX_000001"}]})
    entry = parse_xml(filing(document)).find("ICP/XZBA/Baxx/Wz_xx/Nrlx/Nrlx_xx")
    assert values(entry, "Nrlx_id", "Qzsph") == ["9", "浙网文〔2023〕0001-001号"]
    assert base64.b64decode(entry.findtext("Spwj"))[:2] == b"\xff\xd8"


def test_a_cancellation_names_the_record_and_the_reason():
    xml = cancellation(Cancellation(reason=2, remark="主体变更"))
    assert validate_root(parse_xml(xml), "upload") == []
    entry = parse_xml(xml).find("ICP/ZXBA/Zx_xx")
    assert values(entry, "Zxlb", "Jlid", "Zxly", "Zxlybz") == ["1", "33000000002", "2", "主体变更"]


def test_the_same_dossier_gives_the_same_file():
    assert filing() == filing()


# What cannot be sent


@pytest.mark.parametrize("path, value", [
    ("organizer.name", "杭州😀禾科技有限公司"), ("organizer.principal.name", "林®"),
    ("service.description", "本小程序提供点餐服务😀，欢迎使用，门店自提，配送到家，售后无忧。"),
    ("service.principal.email", "lin@exämple.com"), ("organizer.remark", "₿"),
])
def test_a_sign_outside_gbk_is_a_finding_and_never_a_question_mark(path, value):
    document = samples.spoil(samples.enterprise_dossier(), {path: value})
    with pytest.raises(codec.Unsendable) as error:
        filing(document)
    assert [(f.rule, f.field) for f in error.value.findings] == [("OB-WIRE-001", path)]
    assert value not in str(error.value) + repr(error.value.findings)


def test_a_chinese_character_outside_gbk_goes_out_as_a_reference():
    xml = filing(samples.spoil(samples.enterprise_dossier(), {
        "organizer.name": "杭州𠮷禾科技有限公司", "organizer.principal.name": "林㐂", "organizer.address": "𬍛路1号"}))
    assert validate_root(parse_xml(xml), "upload") == []
    assert "<Dwmc>杭州&#134071;禾科技有限公司</Dwmc>" in xml.decode("gbk")
    assert [name in parse_xml(xml).xpath("//text()") for name in ("杭州𠮷禾科技有限公司", "林㐂", "𬍛路1号")] == [True] * 3


def test_all_such_characters_are_told_at_once_with_reason_and_remedy_in_both_languages():
    document = samples.spoil(samples.enterprise_dossier(), {
        "organizer.address": "☂路1号", "service.prior_approvals": [{"type": 9, "number": "号😀", "picture": "M"}]})
    findings = codec.unencodable(content(document, Account(samples.APPID, "青禾😀", "")))
    assert [f.field for f in findings] == ["organizer.address", "service.name", "service.prior_approvals.0.number"]
    assert all(f.reason_zh and f.reason_en and f.remedy_zh and f.remedy_en for f in findings)


@given(st.text(min_size=1, max_size=40))
def test_either_a_text_arrives_unchanged_or_it_is_a_finding(text):
    dossier = replace(content(samples.enterprise_dossier()), cancellation=Cancellation(1, text))
    if codec.unencodable(dossier):
        with pytest.raises(codec.Unsendable):
            cancellation(dossier.cancellation)
        return
    xml = cancellation(dossier.cancellation)
    # XML folds line ends; everything else is the same sign for sign.
    arrived = parse_xml(xml).findtext("ICP/ZXBA/Zx_xx/Zxlybz") or ""
    assert arrived.replace("\r\n", "\n").replace("\r", "\n") == text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("change, field", [
    ({"organizer.principal.mobile": "139"}, "organizer.principal.mobile"),
    ({"service.principal.email": None}, "service.principal.email"),
    ({"service.principal.face_check": None}, "service.principal.face_check"),
    ({"organizer.certificate.number": None}, "organizer.certificate.number"),
    ({"organizer.name": None}, "organizer.name"),
    ({"organizer.city": "1"}, "organizer.city"),
    ({"service.contents": []}, "service.contents"),
    ({"organizer.principal.certificate.valid_until": "2038"}, "organizer.principal.certificate.valid_until"),
])
def test_an_own_file_that_breaks_the_schema_is_a_finding_on_the_field(change, field):
    with pytest.raises(codec.Unsendable) as error:
        filing(samples.spoil(samples.enterprise_dossier(), change))
    assert [(f.rule, f.field) for f in error.value.findings] == [("OB-WIRE-003", field)]


def test_every_field_that_a_finding_names_is_one_of_the_dossier():
    from openbeian.v3.codec import findings

    named = {field for _, field in findings._FIELD_OF if not field.startswith(".")}
    named |= {f"{side}.principal{field}" for side in ("organizer", "service")
              for _, field in findings._FIELD_OF if field.startswith(".")}
    groups = {"service.prior_approvals"}
    assert named - set(FIELDS) - groups == set()


def test_a_picture_that_is_missing_is_a_finding_on_its_field():
    dossier = content(samples.enterprise_dossier())
    pictures = dict.fromkeys(media_ids(dossier) - {"MEDIA_LICENSE_0001"}, SMALL)
    with pytest.raises(codec.Unsendable) as error:
        filing(pictures=pictures)
    assert [(f.rule, f.field) for f in error.value.findings] == [("OB-WIRE-002", "organizer.certificate.photo")]


# Pictures


def noise(width, height, mode="RGB") -> bytes:
    """The picture that compresses worst."""
    out = io.BytesIO()
    picture = Image.frombytes("RGB", (width, height), os.urandom(width * height * 3))
    picture.convert(mode).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "1"])
def test_a_picture_becomes_a_jpeg_under_the_limit_with_its_shape(mode):
    small = jpeg(noise(1500, 1000, mode))
    assert len(small) <= PICTURE_BYTES_MAX
    picture = Image.open(io.BytesIO(small))
    assert picture.format == "JPEG"
    assert picture.width / picture.height == pytest.approx(1.5, rel=0.01)


def test_a_jpeg_that_fits_is_left_alone():
    out = io.BytesIO()
    Image.new("RGB", (300, 300), "red").save(out, "JPEG")
    assert jpeg(out.getvalue()) == out.getvalue()


def test_what_is_transparent_turns_white_as_paper():
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    assert Image.open(io.BytesIO(jpeg(out.getvalue()))).getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize("broken", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n broken", b"%PDF-1.7"])
def test_what_is_no_picture_is_refused(broken):
    with pytest.raises(PictureTooLarge):
        jpeg(broken)


# Downloads


def download(block: str, version="V.3.0") -> bytes:
    return (f'<?xml version="1.0" encoding="GBK"?><DownloadData version="{version}"><ICP>{block}</ICP>'
            "</DownloadData>").encode("gbk")


def results(inner: str) -> bytes:
    return download(f"<BAJG>{inner}</BAJG>")


def test_processing_results_are_told_apart_into_accepted_and_refused():
    accepted, refused, hint = codec.read(results(
        "<Jg_xx><Jgxx><Jgdm>0</Jgdm><Dmms>已受理</Dmms></Jgxx><Czlx>1</Czlx><Bs>12</Bs></Jg_xx>"
        "<Jg_xx><Jgxx><Jgdm>1011</Jgdm></Jgxx><Jgxx><Jgdm>1060</Jgdm></Jgxx><Jgxx><Jgdm>5010</Jgdm></Jgxx><Bs>13</Bs></Jg_xx>"
        "<Jg_xx><Jgxx><Jgdm>1060</Jgdm></Jgxx></Jg_xx>"))
    assert (accepted.operation, accepted.key, accepted.errors, accepted.decision) == (1, "12", (), None)
    assert ([line.code for line in refused.errors], refused.operation) == ([1011, 5010], None)
    assert (hint.key, hint.errors) == ("", ())


def test_a_decision_is_read_with_opinion_and_instant():
    passed, refused = codec.read(results(
        "<GJSHS><Gjsh><Shsj>2023-09-28 10:00:00</Shsj><Shjg>1</Shjg><Czlx>1</Czlx><Jlid>12</Jlid></Gjsh>"
        "<Gjsh><Shsj>2023-09-28</Shsj><Shyj>名称不符合要求</Shyj><Shjg>0</Shjg><Czlx>7</Czlx><Jlid>33000000002</Jlid></Gjsh>"
        "</GJSHS>"))
    assert passed == codec.Decision(
        operation=1, key="12", passed=True, decided_at=datetime(2023, 9, 28, 2, tzinfo=UTC))
    assert (refused.key, refused.passed, refused.opinion) == ("33000000002", False, "名称不符合要求")
    (finding,) = codec.opinion(refused)
    assert (finding.reason_zh, finding.field) == ("名称不符合要求", "")


def test_a_decision_told_as_a_result_code_is_a_decision():
    (result,) = codec.read(results("<Jg_xx><Jgxx><Jgdm>1002</Jgdm><Dmms>材料不全</Dmms></Jgxx><Bs>12</Bs></Jg_xx>"))
    assert result.decision == codec.Decision(key="12", passed=False, opinion="材料不全")


def test_a_filed_record_is_read_with_both_id_families():
    (filed,) = codec.read(download(
        "<BASJ><Baxx><Zt_xx><IspZtid>12</IspZtid><Ztid>33000000001</Ztid><Baxh>浙ICP备2023000001号</Baxh></Zt_xx>"
        "<Wz_xx><IspWzid>12</IspWzid><Wzid>33000000002</Wzid>"
        f'<mp:MiniProgram xmlns:mp="{EXTENSION}" version="1"><mp:AppId>wx1</mp:AppId></mp:MiniProgram>'
        "<Shsj>2023-09-28 10:00:00</Shsj><Baxh>浙ICP备2023000001号-1X</Baxh></Wz_xx></Baxx></BASJ>"))
    assert filed == codec.FiledRecord(
        subject=codec.records.FiledSubject(
            order_id="12", province_id="33000000001", number="浙ICP备2023000001号"),
        services=(codec.FiledService(
            order_id="12", province_service_id="33000000002", number="浙ICP备2023000001号-1X",
            mini_program=codec.records.MiniProgram(appid="wx1"),
            reviewed_at=datetime(2023, 9, 28, 2, tzinfo=UTC)),))


def test_empty_items_of_a_list_count_as_absent():
    (filed,) = codec.read(download(
        "<BASJ><Baxx><Zt_xx><Ztid>1</Ztid></Zt_xx><Wz_xx><Wzid>2</Wzid><Fwnr><Fwnr_id/><Fwnr_id>163</Fwnr_id></Fwnr>"
        "<Yylb><Yylb_id/></Yylb><Baxh>浙ICP备2023000001号-1X</Baxh></Wz_xx></Baxx></BASJ>"))
    assert (filed.services[0].contents, filed.services[0].languages) == ((163,), ())


def test_a_cancelled_record_and_an_sms_report_are_read():
    (cancelled,) = codec.read(download("<ZXSJ><Zx_xx><Zxlb>1</Zxlb><Jlid>33000000002</Jlid></Zx_xx></ZXSJ>"))
    assert cancelled == codec.CancelledRecord(1, "33000000002")
    (report,) = codec.read(results(
        f'<mp:SmsVerification xmlns:mp="{EXTENSION}" version="1"><mp:RecordId>12</mp:RecordId>'
        "<mp:Operation>1</mp:Operation><mp:Principal>service</mp:Principal><mp:Result>verified</mp:Result>"
        "<mp:At>2023-09-05T10:20:00+08:00</mp:At></mp:SmsVerification>"))
    assert report == codec.SmsReport(
        operation=1, key="12", principal="service", result="verified", at=datetime(2023, 9, 5, 2, 20, tzinfo=UTC))


@pytest.mark.parametrize("broken, why", [
    (b"", "not well-formed XML"),
    (b"<DownloadData", "not well-formed XML"),
    (b'<!DOCTYPE a [<!ENTITY b "c">]><DownloadData>&b;</DownloadData>', "document types are not accepted"),
    (b"<UploadData/>", "not a DownloadData document"),
    (download("<BAJG/>", version="V.4.0"), "another version of the interface"),
    (download("").replace(b"<ICP></ICP>", b""), "no ICP block"),
    (download("<YMXX><Ym>a.example</Ym></YMXX>"), "a block this release does not handle: YMXX"),
    (download("<XGTZ><Tzlb>0</Tzlb></XGTZ>"), "no record this release knows in XGTZ"),
    (results("<Jg_xx><Jgxx><Jgdm>null</Jgdm></Jgxx></Jg_xx>"), "Jgdm is not a number"),
    (results("<Jg_xx><Bs>1</Bs></Jg_xx>"), "Jgxx is missing"),
    (results("<GJSHS><Gjsh><Shjg>2</Shjg><Jlid>1</Jlid></Gjsh></GJSHS>"), "Shjg is neither 0 nor 1"),
    (results("<GJSHS><Gjsh><Shjg>1</Shjg></Gjsh></GJSHS>"), "Jlid is missing"),
    (download("<BASJ><Baxx><Zt_xx><IspZtid>1</IspZtid></Zt_xx></Baxx></BASJ>"), "Ztid is missing"),
])
def test_a_file_that_cannot_be_read_says_why_without_telling_its_content(broken, why):
    with pytest.raises(codec.Unreadable, match=f"^{why}"):
        codec.read(broken)


@given(st.binary(max_size=200))
def test_nothing_but_unreadable_is_raised_for_any_bytes(data):
    with pytest.raises(codec.Unreadable):
        codec.read(data)


def test_result_codes_become_findings_with_field_reason_and_remedy():
    findings = codec.data_errors([codec.ResultLine(1011, "x"), codec.ResultLine(1011, "y"), codec.ResultLine(4242, "")])
    assert [(f.rule, f.field) for f in findings] == [("V3-1011", "organizer.principal.mobile"), ("V3-4242", "")]
    assert findings[0].reason_zh == "管局返回：手机号码无效（代码 1011）。"
    assert findings[0].remedy_en == "Give an 11-digit mainland mobile number."
