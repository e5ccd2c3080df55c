"""The fault menu: decided by a seed, repeatable, each fault seen once from the other end of the wire."""

import base64
import hashlib
import io
import zipfile

import pytest
import requests
from lxml import etree

from openbeian.simulator import damage
from openbeian.simulator.faults import Fault, Faults, read_faults
from openbeian.simulator.models import Outgoing, Province, Upload
from openbeian.simulator.refusals import SimulatorError
from tests.simulator.simulated_platform import code, decision, new_filing, results, verifications

UP_DOWN = "/110000/ISPWebService/upDownLoad"
SOAP = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'


@pytest.fixture
def only(post):
    """Let one fault always strike."""

    def set_fault(name: str, **more) -> None:
        post("/api/faults", {"seed": 7, "rate": 1, "only": [name], **more})

    return set_fault


@pytest.fixture
def raw(client, platform):
    """A call written by hand; the answer of the HTTP server."""

    def call(method: str, **arguments):
        arguments = platform.who() | arguments
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in arguments.items())
        body = SOAP.format(f'<t:{method} xmlns:t="urn:openbeian:authority">{inner}</t:{method}>')
        return client.post(UP_DOWN, body, content_type="text/xml")

    return call


def told(answer) -> etree._Element:
    """The return document inside an answer."""
    assert answer.status_code == 200
    (text,) = etree.fromstring(answer.content).iter("return")
    return etree.fromstring(text.text)


def broken(answer) -> bool:
    """Whether the connection breaks while the answer is read."""
    try:
        b"".join(answer.streaming_content)
    except damage.Broken:
        return True
    return False


# The decision


def test_a_seed_decides_and_nothing_else():
    faults = Faults(7, {Fault.LATE: 0.5})
    first = [faults.strikes(Fault.LATE, "330000", number) for number in range(200)]
    assert [Faults(7, {Fault.LATE: 0.5}).strikes(Fault.LATE, "330000", n) for n in range(200)] == first
    assert [Faults(8, {Fault.LATE: 0.5}).strikes(Fault.LATE, "330000", n) for n in range(200)] != first
    assert [faults.strikes(Fault.LATE, "310000", n) for n in range(200)] != first
    assert 70 < sum(first) < 130


def test_a_rate_is_how_often_a_fault_strikes():
    keys = range(5000)
    for rate in (0.0, 0.1, 1.0):
        faults = Faults(3, {Fault.SLOW: rate})
        assert abs(sum(faults.strikes(Fault.SLOW, "110000", key) for key in keys) / 5000 - rate) < 0.02
    assert not any(Faults(3, {Fault.SLOW: 1.0}).strikes(Fault.LATE, "110000", key) for key in keys)


def test_a_higher_rate_keeps_the_faults_of_a_lower_one():
    few, many = Faults(3, {Fault.SLOW: 0.1}), Faults(3, {Fault.SLOW: 0.3})
    struck = [key for key in range(500) if few.strikes(Fault.SLOW, "110000", key)]
    assert struck and all(many.strikes(Fault.SLOW, "110000", key) for key in struck)


@pytest.mark.parametrize(
    "bad",
    [
        [], {"seed": "7"}, {"seed": True}, {"rate": 2}, {"rate": -0.1}, {"rate": "x"}, {"rate": 0.1, "only": ["fire"]},
        {"rates": {"late": 1.5}}, {"rates": []}, {"slow_seconds": 61}, {"what": 1}, {"rate": 0.1, "only": "late"},
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(bad):
    with pytest.raises(SimulatorError):
        read_faults(bad)


def test_settings_are_stored_shown_and_ended(client, post, db):
    assert post("/api/faults", {"seed": 7, "rate": 0.1, "only": ["late", "twice"]}) == {
        "faults": {"seed": 7, "rates": {"late": 0.1, "twice": 0.1}, "slow_seconds": 2.0, "late_seconds": 600.0}
    }
    assert client.get("/api/faults").json()["faults"]["rates"] == {"late": 0.1, "twice": 0.1}
    assert post("/api/faults", {"rate": 5}, 400)["error"]["code"] == "bad_faults"
    assert set(post("/api/faults", {"seed": 1, "rate": 0.5})["faults"]["rates"]) == set(Fault)
    assert post("/api/faults", {})["faults"]["rates"] == {}


# Each fault once, from outside


def test_late(platform, only, at):
    only("late", late_seconds=3600)
    platform.upload(new_filing())
    assert platform.fetch() == []
    at("2024-01-10T10:59:59+08:00")
    assert platform.fetch() == []
    at("2024-01-10T11:00:00+08:00")
    assert [results(document) for document in platform.fetch()] == [[("12", [0])]]


def test_twice(platform, only):
    only("twice")
    platform.upload(new_filing())
    first, second = platform.fetch()
    assert results(first) == [("12", [0])] and etree.tostring(first) == etree.tostring(second)
    assert len(set(Outgoing.objects.values_list("file_name", flat=True))) == 2


def test_out_of_order(platform, only, post):
    for number in (1, 2, 3, 4):
        platform.upload(new_filing(number, isp=1))
    only("out_of_order")
    assert [results(document)[0][0] for document in platform.fetch()] == ["2", "1", "4", "3"]


def test_wrong_hash(raw, platform, only, post):
    platform.upload(new_filing())
    only("wrong_hash")
    info = told(raw("isp_download")).find("fileInfos")
    with pytest.raises(AssertionError):
        platform.open(told(raw("isp_download")))
    post("/api/faults", {})
    right = told(raw("isp_download")).find("fileInfos")
    assert info.findtext("beianInfo") == right.findtext("beianInfo")
    assert info.findtext("beianInfoHash") != right.findtext("beianInfoHash")
    assert len(base64.b64decode(info.findtext("beianInfoHash"))) == 16


def test_truncated(raw, platform, only, post):
    platform.upload(new_filing())
    only("truncated")
    info = told(raw("isp_download")).find("fileInfos")
    assert info.findtext("encryptAlgorithm") == "0"
    half = base64.b64decode(info.findtext("beianInfo"))
    assert base64.b64decode(info.findtext("beianInfoHash")) == hashlib.md5(half).digest(), "the hash is right"
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(half))
    post("/api/faults", {})
    assert [results(document) for document in platform.fetch()] == [[("12", [0])]], "later it comes whole"


def test_wrong_sequence(raw, platform, only, post):
    platform.upload(new_filing())
    only("wrong_sequence")
    answer = told(raw("isp_upload", **platform.package(new_filing(13)), dataSequence=2))
    assert (code(answer), [n.text for n in answer.iter("dataSequence")]) == (14, ["1"]), "1 was accepted long ago"
    assert Upload.objects.count() == 1
    assert code(told(raw("isp_download"))) == 1, "only uploads are answered so"
    post("/api/faults", {})
    assert code(platform.upload(new_filing(13), sequence=2)) == 0


def test_slow(raw, only, monkeypatch):
    waited = []
    monkeypatch.setattr("openbeian.simulator.soap.time.sleep", waited.append)
    only("slow", slow_seconds=12)
    assert code(told(raw("isp_download"))) == 2
    assert waited == [12.0]


def test_refusing(raw, platform, only):
    only("refusing")
    ways = [raw("isp_upload", **platform.package(new_filing()), dataSequence=1) for _ in range(12)]
    assert all(answer.status_code == 500 for answer in ways)
    assert {bool(answer.streaming) for answer in ways} == {True, False}
    assert all(broken(answer) for answer in ways if answer.streaming)
    assert Upload.objects.count() == 0, "nothing was read"


def test_restarting(raw, platform, only, post):
    only("restarting")
    answer = raw("isp_upload", **platform.package(new_filing()), dataSequence=1)
    assert answer.status_code == 200 and broken(answer)
    assert Upload.objects.count() == 1, "what was accepted before the connection broke is not forgotten"
    with pytest.raises(requests.exceptions.ConnectionError):
        platform.previous()
    post("/api/faults", {})
    assert platform.previous().findtext("fileInfos/dataSequence") == "1"
    assert code(platform.upload(new_filing(), sequence=1)) == 0
    assert Upload.objects.count() == 1


def test_others_orders(platform, only):
    only("others_orders")
    platform.upload(new_filing())
    foreign, own = platform.fetch()
    assert decision(foreign) == ("9000000000000001", "1", None)
    assert results(own) == [("12", [0])]


def test_unreadable(raw, platform, only, post):
    only("unreadable")
    kinds = set()
    for number in range(1, 13):
        platform.upload(new_filing(number, isp=1))
    post("/api/faults", {})
    own = []
    while code(answer := platform.download()) in (1, 3):
        name = answer.findtext("fileInfos/return_FileName")
        try:
            document = platform.open(answer)
            if document.find("ICP/QTXX") is None:
                own.append(results(document)[0][0])
            else:
                kinds.add("no block of the interface")
        except etree.XMLSyntaxError as error:
            kinds.add("not XML at all" if "Start tag" in str(error) or "encod" in str(error).lower() else "cut off")
        platform.acknowledge(name)
    assert own == [str(number) for number in range(1, 13)], "the true files come all the same, each behind a broken one"
    assert Outgoing.objects.count() == 24 and len(kinds) > 1


def test_unknown_code(platform, only):
    only("unknown_code")
    platform.upload(new_filing())
    odd, own = platform.fetch()
    assert results(odd) == [("12", [1777])]
    assert results(own) == [("12", [0])]


# Runs


def test_a_run_with_the_same_seed_goes_the_same_way(platform_of, post):
    def run(province: str) -> list:
        platform, seen = platform_of(province), []
        post("/api/faults", {"seed": 11, "rate": 0.3, "slow_seconds": 0, "late_seconds": 0})
        for number in range(1, 6):
            for _ in range(20):
                try:
                    answered = code(platform.upload(new_filing(number, isp=1), sequence=number))
                except Exception as error:
                    answered = type(error).__name__
                seen.append(answered)
                if answered == 0:
                    break
        for _ in range(30):
            try:
                answer = platform.download()
            except Exception as error:
                seen.append(type(error).__name__)
                continue
            seen.append((code(answer), answer.findtext("fileInfos/return_FileName")))
            if code(answer) == 2:
                break
            try:
                platform.acknowledge(answer.findtext("fileInfos/return_FileName"))
            except Exception as error:
                seen.append(type(error).__name__)
        return seen

    first = run("110000")
    Upload.objects.all().delete()
    Outgoing.objects.all().delete()
    Province.objects.all().delete()
    assert run("110000") == first
    assert any(step != 0 for step in first)


def test_everything_comes_through_in_the_end(platform, post, enter, decide):
    """A platform that repeats what failed gets one filing done against a misbehaving administration."""
    post("/api/faults", {"seed": 5, "rate": 0.4, "slow_seconds": 0, "late_seconds": 0})

    def insist(call):
        for _ in range(200):
            try:
                answer = call()
            except Exception:
                continue
            if code(answer) != 14:
                return answer
        raise AssertionError("never")

    def drain() -> list:
        documents = {}
        while code(answer := insist(platform.download)) != 2:
            name = answer.findtext("fileInfos/return_FileName")
            try:
                documents[name] = platform.open(answer)
            except AssertionError:
                continue
            except zipfile.BadZipFile:
                continue
            except etree.XMLSyntaxError:
                pass
            except ValueError:
                continue
            insist(lambda name=name: platform.acknowledge(name))
        return list(documents.values())

    assert code(insist(lambda: platform.upload(new_filing(), sequence=1))) == 0
    assert ("12", [0]) in [line for document in drain() for line in results(document)]
    enter("13900000001", "x" * 12 + new_filing().split("<Fzr_zjhm>")[1][12:18])
    enter("13900000002", "x" * 12 + new_filing().split("<Fzr_zjhm>")[2][12:18])
    assert {("12", "subject", "verified"), ("12", "service", "verified")} <= {
        line for document in drain() for line in verifications(document)
    }
    decide("approve")
    numbers = {
        number.text for document in drain() for number in document.iterfind("ICP/BASJ/Baxx/Wz_xx/Baxh")
    }
    assert numbers == {"京ICP备2024000001号-1X"}


def test_calls_are_not_counted_while_nothing_goes_wrong(platform):
    platform.download()
    assert list(Province.objects.values_list("calls", flat=True)) in ([], [0])
