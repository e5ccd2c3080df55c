"""The V3.0 client against a province on a real port, well-behaved and otherwise."""

import base64
import hashlib
from collections.abc import Iterator

import pytest

from openbeian.authority import client as room
from openbeian.authority.client import NotConfigured, ProvinceClient, Unreachable, account
from openbeian.v3.wire.answers import Answer, FileInfo, StatusInfo
from openbeian.v3.wire.demonstration import credentials
from openbeian.v3.wire.packing import PackingError
from tests.authority.province import ProvinceSystem, province_system

ZHEJIANG = "330000"
XML = '<?xml version="1.0" encoding="GBK"?><UploadData version="V.3.0"/>'.encode("gbk")


@pytest.fixture
def province(settings) -> Iterator[ProvinceSystem]:
    with province_system(ZHEJIANG, settings.SECRET_KEY) as system:
        settings.OPENBEIAN_SIMULATOR_URL = system.url
        yield system


@pytest.fixture
def client(province: ProvinceSystem) -> ProvinceClient:
    return ProvinceClient(account(ZHEJIANG))


def test_an_upload_carries_ten_parameters_and_the_file(province, client, settings):
    assert client.upload(XML, sequence=7, entry_name="7.xml").code == 14  # the province has seen nothing yet
    assert client.upload(XML, sequence=1, entry_name="1.xml").code == 0
    method, sent = province.calls[-1]
    assert method == "isp_upload"
    assert list(sent) == [
        "ispID", "userName", "randVal", "pwdHash", "beianInfo", "beianInfoHash", "dataSequence",
        "encryptAlgorithm", "hashAlgorithm", "compressionFormat"]
    ours = credentials(ZHEJIANG, settings.SECRET_KEY)
    expected = hashlib.md5((ours["password"] + sent["randVal"]).encode("gbk")).digest()
    assert sent["pwdHash"] == base64.b64encode(expected).decode()
    assert (sent["ispID"], sent["userName"], len(sent["randVal"])) == ("330000105", "openbeian33", 20)
    assert province.uploaded == {1: XML}


def test_the_same_file_is_the_same_bytes_each_time(province, client):
    client.upload(XML, sequence=1, entry_name="1.xml")
    client.upload(XML, sequence=1, entry_name="1.xml")
    first, second = (arguments for _, arguments in province.calls)
    assert (first["beianInfo"], first["beianInfoHash"]) == (second["beianInfo"], second["beianInfoHash"])
    assert first["randVal"] != second["randVal"]


def test_the_provider_parameter_is_named_as_the_live_description_says(province, client):
    province.provider_parameter = "ispId"
    assert client.download().code == 2
    assert province.calls[-1][1]["ispId"] == "330000105"


def test_a_gap_names_the_missing_numbers(province, client):
    answer = client.upload(XML, sequence=4, entry_name="4.xml")
    assert (answer.code, answer.missing_sequences) == (14, (1, 2, 3))


def test_a_download_is_unpacked_and_acknowledged(province, client):
    province.queue = [("BAJG1", XML)]
    answer = client.download()
    assert answer.code == 1
    assert client.unpack(answer.file) == XML
    assert client.acknowledge("BAJG1").code == 0
    assert province.acknowledged == ["BAJG1"]
    assert client.download().code == 2


@pytest.mark.parametrize("changes, code", [
    ({"beian_info_hash": base64.b64encode(b"0" * 16).decode()}, 7),
    ({"beian_info": base64.b64encode(b"no cipher text").decode()}, 6),
    ({"beian_info": "not base64!"}, 6),
    ({"encrypt_algorithm": 9}, 9),
    ({"hash_algorithm": 1}, 10),
    ({"compression_format": 3}, 11),
])
def test_a_damaged_file_says_what_is_wrong_with_it(province, client, changes, code):
    province.answers["isp_download"] = [Answer(1, file=province.packed("BAJG1", XML, **changes))]
    with pytest.raises(PackingError) as error:
        client.unpack(client.download().file)
    assert error.value.code == code


def test_an_unencrypted_file_is_read_as_its_answer_says(province, client):
    from dataclasses import replace

    from openbeian.v3.wire import packing

    plain = packing.pack(XML, replace(province.settings, encrypt=False), "a.xml")
    info = FileInfo("A", plain.beianInfo, plain.beianInfoHash, 0)
    province.answers["isp_download"] = [Answer(1, file=info)]
    assert client.unpack(client.download().file) == XML


def test_the_previous_upload_is_told_with_its_number(province, client):
    assert client.previous_upload().file.data_sequence == 0
    client.upload(XML, sequence=1, entry_name="1.xml")
    answer = client.previous_upload()
    assert answer.file.data_sequence == 1
    assert client.unpack(answer.file) == XML


def test_whether_somebody_is_on_file(province, client):
    province.answers["isp_querybeianstatus"] = [
        Answer(0, status=StatusInfo(1, "91330106MA0000015K", True, "浙ICP备2023000001号"))]
    answer = client.query_status(condition_type=1, condition="91330106MA0000015K")
    assert (answer.status.filed, answer.status.subject_number) == (True, "浙ICP备2023000001号")


@pytest.mark.parametrize("misbehaviour, code", [
    (503, "fault"),
    ("", "answer"),
    ("<html/>", "answer"),
    ("<return><msg_code>zero</msg_code></return>", "answer"),
    ('<!DOCTYPE r [<!ENTITY e "x">]><return>&e;</return>', "answer"),
])
def test_what_is_no_answer_is_told_as_trouble_with_the_link(province, client, misbehaviour, code):
    province.answers["isp_download"] = [misbehaviour]
    with pytest.raises(Unreachable) as error:
        client.download()
    assert error.value.code == code
    assert "password" not in str(error.value)


def test_a_silent_province_does_not_hold_us(province, client, monkeypatch):
    monkeypatch.setattr(room, "READ_SECONDS", 0.3)
    room._services.clear()
    province.answers["isp_download"] = ["silence"]
    with pytest.raises(Unreachable) as error:
        client.download()
    assert error.value.code == "timeout"


def test_nor_does_one_that_sends_a_byte_now_and_then(province, client, monkeypatch):
    monkeypatch.setattr(room, "CALL_SECONDS", 0.5)
    province.answers["isp_download"] = ["drip"]
    with pytest.raises(Unreachable) as error:
        client.download()
    assert error.value.code == "timeout"


def test_nobody_at_home(settings):
    settings.OPENBEIAN_SIMULATOR_URL = "http://127.0.0.1:9"
    with pytest.raises(Unreachable) as error:
        ProvinceClient(account(ZHEJIANG)).download()
    assert error.value.code == "network"


def test_the_account_comes_from_the_settings(settings):
    settings.OPENBEIAN_AUTHORITY = {ZHEJIANG: {
        "base_url": "https://isp.example.cn/", "isp_id": "12", "user_name": "u", "password": "p",
        "aes_key": "0123456789abcdef", "aes_iv": "fedcba9876543210", "hash_encoding": "hex"}}
    found = account(ZHEJIANG)
    assert (found.base_url, found.isp_id, found.packing.hash_encoding) == ("https://isp.example.cn", 12, "hex")
    assert "0123456789abcdef" not in repr(found)


@pytest.mark.parametrize("configured", [{}, {"base_url": "file:///etc/passwd", "isp_id": 1}, {"base_url": None}])
def test_an_incomplete_account_is_refused_without_telling_it(settings, configured):
    settings.OPENBEIAN_AUTHORITY = {ZHEJIANG: configured}
    with pytest.raises(NotConfigured) as error:
        account(ZHEJIANG)
    assert str(error.value) == "settings: the account for province 330000 is incomplete"


def test_production_has_no_made_up_accounts(settings):
    settings.PRODUCTION = True
    with pytest.raises(NotConfigured):
        account(ZHEJIANG)
