"""Scripted mode: how a request ends is said beforehand, by organizer or order number."""

import pytest

from openbeian.simulator.refusals import SimulatorError
from openbeian.simulator.script import read_script
from tests.simulator.simulated_platform import (
    COMPANY,
    SUBJECT_PRINCIPAL,
    code,
    credit_code,
    decision,
    new_filing,
    results,
    verifications,
)


@pytest.fixture
def script(post):
    def write(*rules: dict) -> None:
        post("/api/script", {"rules": list(rules)})

    return write


def effects(documents) -> list:
    """What files say, in order."""
    said = []
    for document in documents:
        said += results(document) + verifications(document)
        if document.find("ICP/BAJG/GJSHS") is not None:
            said.append(decision(document))
        said += [node.text for node in document.iterfind("ICP/BASJ/Baxx/Wz_xx/Baxh")]
    return said


VERIFIED = [("12", "subject", "verified"), ("12", "service", "verified")]


def test_a_filing_goes_through_by_itself(platform, script, at):
    script({"organizer": "示例科技", "outcome": "accept", "verify_after": 60, "delay": 120})
    platform.upload(new_filing())
    assert effects(platform.fetch()) == [("12", [0])]
    at("2024-01-10T10:01:00+08:00")
    assert effects(platform.fetch()) == VERIFIED
    at("2024-01-10T10:02:59+08:00")
    assert effects(platform.fetch()) == []
    at("2024-01-10T10:03:00+08:00")
    assert effects(platform.fetch()) == [("12", "1", None), "京ICP备2024000001号-1X"]


def test_people_verify_and_the_script_decides(platform, script, enter):
    script({"organizer": "示例", "outcome": "refuse", "opinion": "证件照片不清晰"})
    platform.upload(new_filing())
    platform.fetch()
    assert enter("13900000001", SUBJECT_PRINCIPAL) == "verified"
    enter("13900000002", new_filing().split("<Fzr_zjhm>")[2][:18])
    assert effects(platform.fetch())[2:] == [("12", "0", "证件照片不清晰")]


def test_no_sms_is_sent_and_the_verification_lapses(platform, script, phone, at):
    script({"order": 12, "outcome": "lapse", "delay": 30})
    platform.upload(new_filing(12))
    assert phone("13900000001") == []
    at("2024-01-10T10:00:30+08:00")
    assert effects(platform.fetch()) == [("12", [0]), ("12", "subject", "lapsed"), ("12", "service", "lapsed")]


def test_without_a_delay_it_lapses_after_24_hours(platform, script, at, client):
    script({"order": 12, "outcome": "lapse"})
    platform.upload(new_filing(12))
    assert client.get("/api/records").json()["records"][0]["sms_deadline"] == "2024-01-11T02:00:00+00:00"


def test_a_data_error_opens_no_request(platform, script, client):
    script({"organizer": "示例", "outcome": "data_error", "code": 1009, "opinion": "邮箱退信"})
    platform.upload(new_filing())
    (document,) = platform.fetch()
    assert results(document) == [("12", [1009])]
    assert document.findtext("ICP/BAJG/Jg_xx/Jgxx/Dmms") == "邮箱退信"
    assert client.get("/api/records").json()["records"] == []


def test_the_first_rule_that_matches_is_followed(platform, script, at):
    script(
        {"organizer": "另一家", "outcome": "data_error", "code": 1009},
        {"order": 13, "outcome": "data_error", "code": 1011},
        {"province": "120000", "outcome": "data_error", "code": 1015},
        {"operation": 7, "outcome": "data_error", "code": 1016},
        {"appid": "wx0000000000000009", "outcome": "data_error", "code": 1019},
        {"service": "点餐", "operation": 1, "province": "110000", "outcome": "data_error", "code": 1020},
        {"outcome": "data_error", "code": 1999},
    )
    platform.upload(new_filing(12))
    platform.upload(new_filing(13))
    platform.upload(new_filing(14, name="另一家有限公司"))
    platform.upload(new_filing(15, appid="wx0000000000000009"))
    assert effects(platform.fetch()) == [("12", [1020]), ("13", [1011]), ("14", [1009]), ("15", [1019])]


def test_a_rule_followed_once_lets_what_is_sent_again_end_otherwise(platform, script, at):
    script(
        {"organizer": "示例", "outcome": "refuse", "opinion": "请补正", "verify_after": 0, "times": 1},
        {"organizer": "示例", "outcome": "accept", "verify_after": 0},
    )
    platform.upload(new_filing(12))
    assert effects(platform.fetch())[-1] == ("12", "0", "请补正")
    platform.upload(new_filing(12))
    assert effects(platform.fetch())[-2:] == [("12", "1", None), "京ICP备2024000001号-1X"]
    other = credit_code("91110105MA0000002")
    platform.upload(new_filing(13, certificate=other, appid="wx0000000000000002"))
    assert effects(platform.fetch())[-1] == ("13", "0", "请补正"), "another key counts for itself"


def test_a_script_does_not_excuse_wrong_data(platform, script):
    script({"outcome": "accept", "verify_after": 0, "delay": 0})
    platform.upload(new_filing(province="120000"))
    assert effects(platform.fetch()) == [("12", [1019])]


def test_an_open_request_keeps_its_rule_when_the_script_changes(platform, script, at):
    script({"outcome": "refuse", "opinion": "先前的规则", "verify_after": 60})
    platform.upload(new_filing())
    script()
    at("2024-01-10T10:01:00+08:00")
    assert effects(platform.fetch())[-1] == ("12", "0", "先前的规则")
    platform.upload(new_filing(13))
    at("2024-01-10T12:00:00+08:00")
    assert effects(platform.fetch()) == [("13", [0])], "without a rule people verify and decide"


def test_everything_due_happens_in_its_order(platform, script, at):
    script(
        {"order": 1, "outcome": "accept", "verify_after": 300},
        {"order": 2, "outcome": "accept", "verify_after": 100},
    )
    for key in (1, 2):
        platform.upload(
            new_filing(key, certificate=credit_code(f"91110105MA000000{key}"), appid=f"wx000000000000000{key}")
        )
    platform.fetch()
    at("2024-01-10T12:00:00+08:00")
    numbers = [said for said in effects(platform.fetch()) if isinstance(said, str)]
    assert numbers == ["京ICP备2024000001号-1X", "京ICP备2024000002号-1X"]
    assert platform.status(1, credit_code("91110105MA0000002")).findtext("StatusInfo/Ztbah") == "京ICP备2024000001号"


def test_a_stored_script_is_shown_and_ended(client, post, db):
    rule = {"organizer": "退回", "outcome": "refuse", "opinion": "不清晰", "delay": 5}
    assert post("/api/script", [rule]) == {"rules": [rule]}
    assert client.get("/api/script").json() == {"rules": [rule]}
    assert post("/api/script", {"rules": []}) == {"rules": []}


def test_settings_may_bring_a_script(settings, platform):
    settings.OPENBEIAN_SIMULATOR = {"script": [{"outcome": "data_error", "code": 1999}]}
    platform.upload(new_filing())
    assert effects(platform.fetch()) == [("12", [1999])]
    assert code(platform.status(1, COMPANY)) == 0


@pytest.mark.parametrize(
    "bad",
    [
        {}, "x", [1], [{}], [{"outcome": "win"}], [{"outcome": "refuse"}], [{"outcome": "refuse", "opinion": " "}],
        [{"outcome": "data_error"}], [{"outcome": "data_error", "code": 0}], [{"outcome": "accept", "delay": -1}],
        [{"outcome": "accept", "delay": "1"}], [{"outcome": "accept", "order": "12"}], [{"outcome": "accept", "x": 1}],
        [{"outcome": "lapse", "verify_after": 1}], [{"outcome": "accept", "order": True}],
        [{"outcome": "accept"}] * 1001, [{"outcome": "accept", "delay": float("nan")}],
        [{"outcome": "accept", "times": 0}], [{"outcome": "data_error", "code": 1009, "times": 1}],
    ],
)  # fmt: skip
def test_a_script_that_cannot_be_followed_is_refused(bad):
    with pytest.raises(SimulatorError):
        read_script(bad)


def test_the_refusal_names_the_rule(post, db):
    answer = post("/api/script", [{"outcome": "accept"}, {"outcome": "win"}], 400)
    assert answer["error"]["code"] == "bad_script" and answer["error"]["en"].startswith("rule 2: outcome is ")


def test_a_call_that_was_held_up_processes_files_by_the_script_of_that_moment(platform, post, script, at, monkeypatch):
    """A slow call has read the settings before it waits, and files of others fall due meanwhile."""
    post("/api/provinces/110000", {"processing_seconds": 60, "call_seconds": 1})

    def meanwhile(seconds: float) -> None:
        monkeypatch.undo()
        script({"order": 12, "outcome": "data_error", "code": 1009})
        platform.upload(new_filing(12))
        at("2024-01-10T10:01:00+08:00")

    monkeypatch.setattr("openbeian.simulator.soap.time.sleep", meanwhile)
    assert effects(platform.fetch()) == [("12", [1009])]
