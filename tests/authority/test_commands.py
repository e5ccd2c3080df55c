"""``openbeian authority`` as an operator uses it."""

import json

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from typer.testing import CliRunner

from openbeian.authority import verbs
from openbeian.authority.commands import authority_app
from openbeian.simulator import queries as desk
from openbeian.simulator import verbs as administration
from openbeian.simulator.commands import simulator_app
from openbeian.v3.wire.answers import Answer
from tests.authority.road import (  # noqa: F401
    ZHEJIANG,
    approved,
    handed_over,
    province,
    result,
    state_of,
    submitted,
)


def openbeian(*arguments: str):
    return CliRunner().invoke(authority_app, list(arguments))


def simulator(*words: str):
    return CliRunner().invoke(simulator_app, list(words))


@pytest.fixture
def order(db, handed_over):  # noqa: F811
    return handed_over()


def test_status_shows_lanes_and_what_needs_a_person(order, province):  # noqa: F811
    said = openbeian("status", "--json")
    assert said.exit_code == 0
    (lane,) = json.loads(said.stdout)["lanes"]
    assert {name: lane[name] for name in ("province", "last_sequence", "to_send", "awaiting_result", "orders")} == {
        "province": ZHEJIANG, "last_sequence": 1, "to_send": 0, "awaiting_result": 1, "orders": 1}

    province.queue = [("F1", result(987654)), ("F2", b"broken")]
    verbs.poll(province=ZHEJIANG)
    said = openbeian("status")
    assert said.exit_code == 1
    assert "ProcessingResult 987654: unknown_record" in said.stdout
    assert "F2: cannot be read: not well-formed XML" in said.stdout
    told = json.loads(openbeian("status", "--json").stdout)
    assert (len(told["unmatched"]), len(told["problems"])) == (1, 1)

    numbers = "--unmatched", str(told["unmatched"][0]["id"]), "--file", str(told["problems"][0]["file"])
    assert openbeian("seen", *numbers).stdout == "已处理 2 条。Noted: 2.\n"
    assert openbeian("seen", *numbers).exit_code == 1
    assert openbeian("status").exit_code == 0


def test_status_of_an_instance_that_has_sent_nothing(db):
    said = openbeian("status")
    assert (said.exit_code, said.stdout) == (0, "尚未与任何省份通信。No lane has been used yet.\n")


def test_poll_takes_over_what_there_is(order, province):  # noqa: F811
    province.queue = [("F1", result(order.pk))]
    said = openbeian("poll")
    assert (said.exit_code, said.stdout) == (0, "330000 浙江省  1 个文件 files  ok\n")
    assert state_of(order) == "sms_pending"


def test_poll_of_one_province_ignores_a_pause_and_tells_trouble(order, province):  # noqa: F811
    province.answers["isp_download"] = [Answer(902, "维护")]
    assert openbeian("poll").exit_code == 1
    assert openbeian("poll").stdout == "没有到期的省；用 --province 指定。No lane is due; name one with --province.\n"
    del province.answers["isp_download"]
    said = openbeian("poll", "--province", ZHEJIANG, "--json")
    assert json.loads(said.stdout) == [{"province": ZHEJIANG, "files": 0, "drained": True, "error": ""}]
    assert openbeian("poll", "--province", "999999").exit_code == 2


def test_tick(order, province):  # noqa: F811
    said = openbeian("tick")
    assert said.exit_code == 0
    assert said.stdout.startswith("1 省待查询 lanes to poll, 0 个核验提醒 reminded, 0 个核验超时 lapsed")
    assert list(ProcrastinateJob.objects.filter(task_name="authority.poll").values_list("args", flat=True)) == [
        {"province": ZHEJIANG}]


def test_resume_and_reapply_answer_plainly(order, province):  # noqa: F811
    assert openbeian("resume", ZHEJIANG).stdout == "该省未暂停。That lane is not paused.\n"
    province.answers["isp_download"] = [Answer(5)]
    verbs.poll(province=ZHEJIANG)
    assert openbeian("resume", ZHEJIANG).stdout == "已恢复。Resumed.\n"
    assert openbeian("reapply", "12345").exit_code == 2


def test_the_simulated_administrations_desk(order, province):  # noqa: F811
    sent = next(arguments for method, arguments in province.calls if method == "isp_upload")
    administration.accept_upload(
        province=ZHEJIANG, sequence=1, entry_name="1.xml", xml=province.uploaded[1],
        packed={name: sent[name] for name in ("beianInfo", "beianInfoHash", "encryptAlgorithm")})
    (line,) = json.loads(simulator("list", "--json").stdout)
    assert (line["key"], line["state"]) == (order.pk, "sms")
    early = simulator("decide", str(line["id"]), "--approve")
    assert (early.exit_code, "不在审核中" in early.stderr) == (1, True)
    (message,) = desk.messages("13900000001")
    administration.verify_sms(code=message["code"], mobile="13900000001", certificate_last6="140010")
    assert simulator("decide", str(line["id"]), "--refuse").exit_code == 1  # needs an opinion
    done = simulator("decide", str(line["id"]), "--approve")
    assert (done.exit_code, "浙ICP备2023000001号-1X" in done.stdout) == (0, True)
    assert "浙ICP备2023000001号-1X" in simulator("list").stdout


def test_production_has_no_simulated_administration(settings):
    settings.PRODUCTION = True
    said = simulator("list")
    assert (said.exit_code, "production" in said.stderr) == (2, True)
