"""The methods of the interface, called by an independent client that read the WSDL."""

import base64
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import zeep
from django.db import connection
from zeep.transports import Transport

from openbeian.simulator.models import Outgoing, Record, ShortMessage, Upload
from openbeian.simulator.verbs.office import account
from tests.simulator.simulated_platform import COMPANY, Platform, code, new_filing, results

UP_DOWN = "/110000/ISPWebService/upDownLoad"


def test_the_wsdl_carries_the_address_it_was_read_from(platform, client):
    assert b'location="http://testserver/110000/ISPWebService/upDownLoad"' in client.get(f"{UP_DOWN}?wsdl").content
    assert client.get("/999999/ISPWebService/upDownLoad?wsdl").status_code == 404
    assert client.get(UP_DOWN).status_code == 405


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ispID": 1}, 12),
        ({"ispID": 120000105}, 13),
        ({"userName": "someone"}, 4),
        ({"pwdHash": "AAAA"}, 5),
        ({"randVal": "too short"}, 16),
        ({"randVal": "abcdefghij012345678\U00020bb7"}, 12),
        ({"hashAlgorithm": 1}, 10),
    ],
)
def test_every_method_checks_the_caller(platform, changes, expected):
    if changes.get("randVal", "").endswith("\U00020bb7"):
        changes["pwdHash"] = "AAAA"
        caller = platform.who() | changes
        platform.who = lambda **_: caller
        changes = {}
    assert code(platform.upload(new_filing(), **changes)) == expected
    assert code(platform.download(**changes)) == expected
    assert code(platform.acknowledge("x", **changes)) == expected
    assert code(platform.previous(**changes)) == expected
    assert code(platform.status(1, COMPANY, **changes)) == expected
    assert Upload.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"encryptAlgorithm": 2}, 9),
        ({"compressionFormat": 1}, 11),
        ({"encryptAlgorithm": 0}, 7),
        ({"beianInfo": "AAAA"}, 6),
        ({"beianInfoHash": "AAAA"}, 7),
        ({"dataSequence": 0}, 999),
        ({"dataSequence": 2**31}, 999),
    ],
)
def test_an_upload_is_checked_before_it_is_accepted(platform, changes, expected):
    assert code(platform.upload(new_filing(), **changes)) == expected
    assert Upload.objects.count() == 0


def test_an_upload_may_come_unencrypted_but_must_be_an_archive(platform):
    junk = {
        "beianInfo": base64.b64encode(b"junk").decode(),
        "beianInfoHash": base64.b64encode(hashlib.md5(b"junk").digest()).decode(),
        "encryptAlgorithm": 0,
    }
    assert code(platform.upload(new_filing(), **junk)) == 8


def test_a_file_name_of_control_characters_does_no_harm(platform):
    assert code(platform.upload("", **platform.package(b"", entry="\x01\x7f.xml"))) == 0
    assert platform.fetch()[0].findtext("ICP/BAJG/Jg_xx/Jgxx/Dmms").startswith("??.xml: ")
    assert platform.previous().findtext("fileInfos/return_FileName") == "??.xml"


def test_a_gap_is_answered_with_the_missing_numbers(platform):
    assert code(platform.upload(new_filing())) == 0
    answer = platform.upload(new_filing(13), sequence=5)
    assert code(answer) == 14
    assert [node.text for node in answer.iterfind("dataSequences/dataSequence")] == ["2", "3", "4"]
    assert Upload.objects.count() == 1


def test_the_same_file_may_come_twice_and_counts_once(platform, phone):
    assert code(platform.upload(new_filing(), sequence=1)) == 0
    assert code(platform.upload(new_filing(), sequence=1)) == 0
    assert (Upload.objects.count(), Record.objects.count(), ShortMessage.objects.count()) == (1, 1, 2)
    assert code(platform.upload(new_filing(13), sequence=1)) == 999
    assert code(platform.upload(new_filing(13), sequence=2)) == 0


def test_a_file_is_delivered_until_acknowledged(platform):
    platform.upload(new_filing(12))
    platform.upload(new_filing(12))
    first, again = platform.download(), platform.download()
    assert (code(first), code(again)) == (3, 3)
    name = first.findtext("fileInfos/return_FileName")
    assert again.findtext("fileInfos/return_FileName") == name
    assert results(platform.open(again)) == [("12", [0])]

    assert code(platform.acknowledge("")) == 21
    assert code(platform.acknowledge("BAJG0")) == 999
    second_name = Outgoing.objects.get(number=2).file_name
    assert code(platform.acknowledge(second_name)) == 999, "not delivered yet"
    assert code(platform.acknowledge(name)) == 0
    assert code(platform.acknowledge(name)) == 0, "an acknowledgement may be repeated"

    second = platform.download()
    assert (code(second), second.findtext("fileInfos/return_FileName")) == (1, second_name)
    platform.acknowledge(second_name)
    last = platform.download()
    assert (code(last), last.find("fileInfos")) == (2, None)


def test_provinces_keep_apart(platform, platform_of):
    platform.upload(new_filing())
    shanghai = platform_of("310000")
    assert code(shanghai.download()) == 2
    name = platform.download().findtext("fileInfos/return_FileName")
    assert code(shanghai.acknowledge(name)) == 999
    assert shanghai.previous().findtext("fileInfos/dataSequence") == "0"


def test_the_previous_upload_helps_after_a_crash(platform):
    nothing = platform.previous()
    assert (code(nothing), nothing.findtext("fileInfos/dataSequence")) == (0, "0")
    sent = platform.package(new_filing())
    platform.upload(new_filing())
    last = platform.previous()
    assert last.findtext("fileInfos/dataSequence") == "1"
    assert last.findtext("fileInfos/return_FileName") == "XZBA1.xml"
    assert last.findtext("fileInfos/beianInfo") == sent["beianInfo"]
    assert last.findtext("fileInfos/beianInfoHash") == sent["beianInfoHash"]


def test_the_status_of_an_organizer_can_be_asked(platform, enter, decide):
    assert platform.status(1, COMPANY).findtext("StatusInfo/Bazt") == "1"
    assert platform.status(0, "example.com").findtext("StatusInfo/Bazt") == "1"
    assert code(platform.status(1, "x")) == 999
    platform.upload(new_filing())
    enter("13900000001", new_filing().split("<Fzr_zjhm>")[1][:18])
    enter("13900000002", new_filing().split("<Fzr_zjhm>")[2][:18])
    decide("approve")
    info = platform.status(1, COMPANY.lower()).find("StatusInfo")
    assert (info.findtext("Bazt"), info.findtext("Ztbah")) == ("0", "京ICP备2024000001号")


def test_a_closed_counter_answers_every_call_with_its_code(platform, client):
    client.post("/api/settings", {"refuse_calls_with": 901}, content_type="application/json")
    assert code(platform.upload(new_filing())) == 901
    client.post("/api/settings", {"refuse_calls_with": None}, content_type="application/json")
    assert code(platform.upload(new_filing(), sequence=1)) == 0


SOAP = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
CALL = '<t:isp_download xmlns:t="urn:openbeian:authority">{}</t:isp_download>'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "not well-formed"),
        ("no xml", "not well-formed"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", "document types"),
        ("<a/>", "not a SOAP 1.1 envelope"),
        ('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>', "not a SOAP 1.1 envelope"),
        ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>', "exactly one call"),
        (SOAP.format(""), "exactly one call"),
        (SOAP.format("<a/><b/>"), "exactly one call"),
        (SOAP.format("<isp_download/>"), "no such method"),
        (SOAP.format('<t:isp_verifybamm xmlns:t="urn:openbeian:authority"/>'), "no such method"),
        (SOAP.format(CALL.format("<ispID>1</ispID>")), "missing parameters"),
        (SOAP.format(CALL.format("<ispID>1</ispID><ispID>1</ispID>")), "given twice"),
        (
            SOAP.format(
                CALL.format(
                    "<ispID>x</ispID><userName/><randVal/><pwdHash/><hashAlgorithm>0</hashAlgorithm>"
                )
            ),
            "ispID must be an integer",
        ),
    ],
)
def test_a_malformed_envelope_gets_a_fault(platform, client, body, said):
    answer = client.post(UP_DOWN, body, content_type="text/xml")
    assert answer.status_code == 400
    assert b"faultcode>soap:" in answer.content and said.encode() in answer.content


def test_a_fault_is_understood_by_the_client(platform):
    with pytest.raises(zeep.exceptions.Fault, match="ispID must be an integer"):
        platform.download(ispID="x")


def test_personal_data_is_sealed_in_the_tables(platform):
    platform.upload(new_filing())
    stored = b"".join(bytes(row.sealed) for row in [*Record.objects.all(), *ShortMessage.objects.all()])
    assert "示例甲".encode() not in stored and b"13900000001" not in stored and COMPANY.encode() not in stored


@pytest.mark.django_db(transaction=True)
def test_the_same_file_sent_twice_at_once_counts_once(platform_of):
    senders = [platform_of("110000") for _ in range(4)]
    start = threading.Barrier(len(senders))

    def send(sender):
        start.wait()
        try:
            return code(sender.upload(new_filing(), sequence=1))
        finally:
            connection.close()

    with ThreadPoolExecutor(len(senders)) as pool:
        assert list(pool.map(send, senders)) == [0] * len(senders)
    assert (Upload.objects.count(), Record.objects.count(), ShortMessage.objects.count()) == (1, 1, 2)


@pytest.mark.django_db(transaction=True)
def test_over_real_http(live_server, at):
    at("2024-01-10T10:00:00+08:00")
    transport = Transport(cache=None)
    platform = Platform(live_server.url, account("440000"), "440000", transport)
    assert code(platform.upload(new_filing(isp=440000105, province="440000"))) == 0
    assert [results(d) for d in platform.fetch()] == [[("12", [0])]]
    assert platform.previous().findtext("fileInfos/dataSequence") == "1"
    assert platform.status(1, COMPANY).findtext("StatusInfo/Bazt") == "1"
    transport.session.close()
