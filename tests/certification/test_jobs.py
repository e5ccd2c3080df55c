"""What goes on by itself, what is pushed, and the operator's commands."""

import json
from collections.abc import Callable

import pytest
import xmltodict
from typer.testing import CliRunner
from wechatpy.crypto import WeChatCrypto

from openbeian.accounts.clients import message_token
from openbeian.certification.commands import certification_app
from openbeian.filings.models import Order
from tests.certification.provider import Provider, row
from tests.receiver import Receiver
from tests.wechat.platform import APPID, reviewer_returns

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(provider: Provider, receiver: Receiver, run_jobs: Callable[[], None]) -> Provider:
    client = provider.made.client
    client.event_url = receiver.url
    client.save()
    return provider


def opened(provider: Provider, receiver: Receiver) -> list[dict[str, str]]:
    made = provider.made
    crypto = WeChatCrypto(message_token(made.client), made.encoding_aes_key, made.client.pk)
    messages = []
    for request in receiver.requests:
        query = request.query
        xml = crypto.decrypt_message(request.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"])
        messages.append(xmltodict.parse(xml)["xml"])
    return messages


def test_a_demonstration_certifies_by_itself_and_every_step_is_pushed(told, receiver, run_jobs, settings) -> None:
    settings.OPENBEIAN_CERTIFICATION_AUTOMATIC = 0
    procedure_id = told.submit(told.whole_body())["procedure_id"]
    run_jobs()
    face_check, *steps = opened(told, receiver)
    assert (face_check["InfoType"], face_check["result"], face_check["along_with_auth_result"]) == (
        "notify_icpfiling_verify_result", "3", "9")
    assert steps == [
        {"AppId": told.made.client.pk, "CreateTime": "1693879200", "InfoType": "notify_3rd_wxa_auth_and_icp",
         "procedure_id": procedure_id, "procedure_status": status}
        for status in ("16", "17", "19", "22")
    ]
    assert Order.objects.get().appid == APPID


def test_where_people_decide_it_waits_for_them(told, run_jobs) -> None:
    procedure_id = told.submit(told.whole_body())["procedure_id"]
    run_jobs()
    assert row(procedure_id).state == 17


def command(*words: str) -> str:
    done = CliRunner().invoke(certification_app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_an_operator_takes_the_fee_and_decides(told, run_jobs) -> None:
    body = told.whole_body(pay_type=2)
    procedure_id = told.submit(body)["procedure_id"]
    [waiting] = json.loads(command("list", "--json"))
    assert waiting == {
        "procedure": procedure_id, "orderid": row(procedure_id).pk, "appid": APPID,
        "component_appid": told.made.client.pk, "status": 15, "since": "2023-09-05T10:00:00+08:00", "pay_type": 2,
        "order": None}
    assert command("paid", procedure_id).startswith(f"{procedure_id}  {APPID}  16 ")
    run_jobs()
    assert "18 认证审核驳回" in command("refill", procedure_id, "--reason", "营业执照照片模糊")
    shown = json.loads(command("show", procedure_id))
    assert (shown["reason"], shown["auth_data"]["contact_info"]["name"]) == ("营业执照照片模糊", "林示例")
    assert told.submit(body)["errcode"] == 0
    assert json.loads(command("pass", procedure_id, "--json"))["order"] == Order.objects.get().pk
    assert command("list").startswith("没有待办流程。")
    assert procedure_id in command("list", "--all")
    reviewer_returns()
    assert row(procedure_id).state == 23


def test_a_command_on_what_is_not_there_or_not_ready_is_refused_in_one_line(told, run_jobs) -> None:
    from openbeian.cli import _in_one_line

    procedure_id = told.submit(told.whole_body())["procedure_id"]
    for words, text in ((["pass", "nobody"], "没有这个认证及备案流程。 There is no such procedure."),
                        (["fail", procedure_id, "--reason", "不符"], "流程当前状态为“认证审核费已支付”")):
        refused = CliRunner().invoke(certification_app, words)
        assert refused.exit_code == 1
        assert (_in_one_line(refused.exception) or "").startswith(text)
