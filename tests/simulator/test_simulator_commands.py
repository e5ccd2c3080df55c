"""``openbeian authority simulator …``"""

import json

import pytest
from typer.testing import CliRunner

from openbeian.simulator import queries
from openbeian.simulator.commands import simulator_app
from tests.simulator.simulated_platform import SUBJECT_PRINCIPAL, code, credit_code, new_filing

runner = CliRunner()


def simulator(*arguments: str, exit_code: int = 0, given: str = "") -> str:
    said = runner.invoke(simulator_app, [*arguments], input=given)
    assert said.exit_code == exit_code, said.output
    return said.stdout if exit_code == 0 else said.stderr


@pytest.fixture(autouse=True)
def now(at):
    at("2024-01-10T10:00:00+08:00")


def test_faults_are_chosen_shown_and_ended():
    assert json.loads(simulator("faults", "--seed", "7", "--rate", "0.1", "--only", "late,twice"))["rates"] == {
        "late": 0.1, "twice": 0.1,
    }  # fmt: skip
    assert json.loads(simulator("faults"))["seed"] == 7
    assert len(json.loads(simulator("faults", "--seed", "8"))["rates"]) == 12
    assert "there is no such fault" in simulator("faults", "--seed", "7", "--only", "fire", exit_code=1)
    assert json.loads(simulator("faults", "--none"))["rates"] == {}


def test_a_province_is_switched_off_and_on():
    assert simulator("off", "330000") == "330000 已关闭 off\n"
    assert [line.code for line in queries.province_lines() if line.off] == ["330000"]
    simulator("on", "330000")
    assert not any(line.off for line in queries.province_lines())
    assert "没有这个省份代码" in simulator("off", "33", exit_code=1)


def test_a_province_is_set_and_listed():
    simulator("set", "330000", "hours=08:00-20:00", "queue_length=5", "may_report=no")
    line = next(line for line in simulator("provinces").splitlines() if line.startswith("330000"))
    assert "浙江省  on  08:00-20:00" in line and line.endswith("hours may_report queue_length")
    simulator("set", "330000", "--usual", "queue_length=6")
    (zhejiang,) = [p for p in json.loads(simulator("provinces", "--json")) if p["code"] == "330000"]
    assert (zhejiang["behaviour"]["hours"], zhejiang["behaviour"]["queue_length"]) == ("", 6)
    assert "hours look like" in simulator("set", "330000", "hours=always", exit_code=1)
    assert "there is no setting" in simulator("set", "330000", "colour=red", exit_code=1)


def test_a_script_comes_from_a_file_or_standard_input(tmp_path):
    rules = [{"organizer": "退回", "outcome": "refuse", "opinion": "不清晰"}]
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(rules), "utf-8")
    assert json.loads(simulator("script", str(file))) == rules
    assert json.loads(simulator("script")) == rules
    assert json.loads(simulator("script", "-", given="[]")) == []
    assert "rule 1" in simulator("script", "-", given='[{"outcome": "win"}]', exit_code=1)
    assert "cannot be read" in simulator("script", str(tmp_path / "none.json"), exit_code=2)


def test_a_foreign_record_is_seeded_and_a_shell_too():
    made = json.loads(simulator(
        "seed-record", "--province", "330000", "--organizer", "杭州外来示例有限公司",
        "--certificate-number", credit_code("91330105MA0000001"), "--service", "外来商城", "--appid", "wx1111111111111111",
        "--service", "外来商城二",
    ))  # fmt: skip
    assert (made["subject_number"], [s["service_number"] for s in made["services"]]) == (
        "浙ICP备2024000001号", ["浙ICP备2024000001号-1X", "浙ICP备2024000001号-2X"],
    )  # fmt: skip
    assert len(made["password"]) == 8
    shell = json.loads(simulator(
        "seed-record", "--province", "110000", "--organizer", "北京空壳示例有限公司",
        "--certificate-number", credit_code("91110105MA0000001"),
    ))  # fmt: skip
    assert shell["services"] == []
    again = simulator(
        "seed-record", "--province", "110000", "--organizer", "x", "--certificate-number",
        credit_code("91110105MA0000001"), exit_code=1,
    )  # fmt: skip
    assert "on file" in again
    wrong = simulator(
        "seed-record", "--province", "110000", "--organizer", "x", "--certificate-number", "91110105MA00000010",
        exit_code=1,
    )  # fmt: skip
    assert "1008" in wrong


def test_a_file_is_issued():
    assert simulator("issue", "JCDM", "--province", "330000") == "JCDM3300000000000001\n"
    assert "nothing" in simulator("issue", "XGTZ", "--province", "330000", exit_code=1).lower()
    assert "block is one of" in simulator("issue", "XXXX", "--province", "330000", exit_code=1)
    assert "is not JSON" in simulator("issue", "JCDM", "--province", "330000", "--content", "x", exit_code=2)


def test_requests_are_searched_resent_and_decided(platform, enter, phone):
    assert code(platform.upload(new_filing())) == 0
    assert simulator("list", "--search", "北京示例科技有限公司").startswith("#")
    assert "Nothing lies" in simulator("list", "--search", "北京示例")
    (line,) = json.loads(simulator("list", "--json", "--province", "110000"))
    first = phone("13900000001")[0]["code"]
    assert simulator("resend", str(line["id"])) == "已重发 2 条。Sent again: 2.\n"
    assert [message["open"] for message in phone("13900000001")] == [True, False]
    assert phone("13900000001")[1]["code"] == first
    assert enter("13900000001", SUBJECT_PRINCIPAL) == "verified"
    assert "not in review" in simulator("decide", str(line["id"]), "--approve", exit_code=1)
    assert "没有这条备案申请" in simulator("resend", "99999", exit_code=1)


def test_production_has_none_of_it(settings):
    settings.PRODUCTION = True
    for command in (["off", "330000"], ["faults"], ["script"], ["provinces"], ["issue", "JCDM", "--province", "330000"]):
        assert "production" in simulator(*command, exit_code=2)
