"""What a platform is told of by itself: tickets, authorizations, face checks, results."""

from collections.abc import Callable

import pytest
import xmltodict
from wechatpy.component import WeChatComponent
from wechatpy.crypto import WeChatCrypto

from openbeian.accounts.clients import message_token
from openbeian.notices.models import Push
from openbeian.regime.lifecycle import Action
from openbeian.wechat import tasks, verbs
from tests.receiver import Receiver
from tests.wechat.bodies import put
from tests.wechat.platform import (
    APPID,
    OPERATOR,
    Platform,
    authority_moves,
    catalogue,
    filed,
    reviewer_approves,
    reviewer_returns,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(at: Callable, receiver: Receiver, run_jobs: Callable[[], None], settings) -> Platform:
    """A platform with an address, whose first two pushes (authorized, face check) are out of the way."""
    settings.OPENBEIAN_FACE_CHECK = "page"
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    platform = Platform.create(event_url=receiver.url)
    run_jobs()
    receiver.requests.clear()
    return platform


def opened(platform: Platform, receiver: Receiver) -> list[dict[str, str]]:
    made = platform.made
    crypto = WeChatCrypto(message_token(made.client), made.encoding_aes_key, made.client.pk)
    messages = []
    for request in receiver.requests:
        query = request.query
        xml = crypto.decrypt_message(
            request.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"])
        message = xmltodict.parse(xml)["xml"]
        assert message.pop("AppId") == made.client.pk
        assert message.pop("CreateTime") == "1693879200"
        messages.append(message)
    return messages


def test_a_ticket_comes_when_asked_for_and_every_ten_minutes(told, receiver, run_jobs) -> None:
    answer = told.component("api_start_push_ticket", component_secret=told.made.secret)
    assert answer == {"errcode": 0, "errmsg": "ok"}
    run_jobs()
    tasks.push_tickets(timestamp=0)
    run_jobs()
    messages = opened(told, receiver)
    assert [message["InfoType"] for message in messages] == ["component_verify_ticket"] * 2
    for message in messages:
        answer = told.component("api_component_token", component_appsecret=told.made.secret,
                                component_verify_ticket=message["ComponentVerifyTicket"])
        assert "component_access_token" in answer


def test_wechatpy_takes_the_ticket_by_itself(told, receiver, run_jobs) -> None:
    tasks.push_tickets(timestamp=0)
    run_jobs()
    [request] = receiver.requests
    made = told.made
    component = WeChatComponent(made.client.pk, made.secret, message_token(made.client), made.encoding_aes_key)
    query = request.query
    component.cache_component_verify_ticket(
        request.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"])
    assert component.component_verify_ticket.startswith("ticket@@@")


def test_authorizations_are_told_as_they_come_and_go(told, receiver, run_jobs) -> None:
    client = told.made.client
    code = verbs.authorize(client=client, appid=APPID, actor=OPERATOR)
    verbs.revoke(client=client, appid=APPID, actor=OPERATOR)
    again = verbs.authorize(client=client, appid=APPID, actor=OPERATOR, preauth_code="preauthcode@@@x")
    run_jobs()
    assert opened(told, receiver) == [
        {"InfoType": "updateauthorized", "AuthorizerAppid": APPID, "AuthorizationCode": code,
         "AuthorizationCodeExpiredTime": "1693882800", "PreAuthCode": None},
        {"InfoType": "unauthorized", "AuthorizerAppid": APPID},
        {"InfoType": "authorized", "AuthorizerAppid": APPID, "AuthorizationCode": again,
         "AuthorizationCodeExpiredTime": "1693882800", "PreAuthCode": "preauthcode@@@x"},
    ]


def test_the_results_of_face_check_and_filing_are_told(told, receiver, run_jobs) -> None:
    body = told.complete_body()
    assert told.post("apply_icp_filing", body)["errcode"] == 0
    reviewer_returns()
    assert told.post("apply_icp_filing", body)["errcode"] == 0
    filed()
    assert told.post("cancel_icp_filing", {"cancel_type": 2})["errcode"] == 0
    cancelled()
    run_jobs()
    face_check, *results = opened(told, receiver)
    task_id = body["icp_applets"]["principal_info"]["verify_task_id"]
    assert face_check == {"InfoType": "notify_icpfiling_verify_result", "task_id": task_id, "verify_appid": APPID,
                          "result": "3"}
    assert results == [
        {"InfoType": "notify_apply_icpfiling_result", "authorizer_appid": APPID, "beian_status": status}
        for status in ("3", "6", "1024")
    ]


def test_every_mini_program_of_a_deregistered_organizer_is_told_of(told, receiver, run_jobs) -> None:
    """Each once, to whichever platform acts for it; not the one whose access ended before."""
    others = ("wx2222222222222222", "wx3333333333333333")
    catalogue(*((appid, "青禾手账", "杭州青禾示例科技有限公司", "330000") for appid in others))
    assert told.post("apply_icp_filing", told.complete_body())["errcode"] == 0
    filed()
    platforms = [Platform.create(appid=appid, event_url=receiver.url) for appid in others]
    for place, platform in enumerate(platforms, 2):
        assert platform.post("apply_icp_filing", platform.complete_body())["errcode"] == 0
        filed(platform.appid, suffix=place)
    assert platforms[1].post("cancel_icp_filing", {"cancel_type": 3})["errcode"] == 0
    cancelled(others[1])
    assert told.post("cancel_icp_filing", {"cancel_type": 1})["errcode"] == 0
    Push.objects.all().delete()
    cancelled()
    pushed = Push.objects.select_related("lane").order_by("pk")
    assert [(push.lane.client_id, push.lane.appid) for push in pushed] == [
        (told.made.client.pk, APPID), (platforms[0].made.client.pk, others[0])]
    assert [platform.status()["status"] for platform in (told, *platforms)] == [1024] * 3


def test_a_rejection_by_the_administration_is_told(told, receiver, run_jobs) -> None:
    told.post("apply_icp_filing", told.complete_body())
    reviewer_approves()
    authority_moves(Action.UPLOADED)
    authority_moves(Action.VERIFIED)
    authority_moves(Action.REFUSE, outcome=())
    run_jobs()
    assert opened(told, receiver)[-1]["beian_status"] == "5"


def test_only_platforms_that_act_for_the_mini_program_are_told(told, receiver, run_jobs) -> None:
    catalogue(("wx2222222222222222", "每日记账本", "陈样本", "110000"))
    stranger = Platform.create(appid="wx2222222222222222", event_url=receiver.url)
    verbs.revoke(client=told.made.client, appid=APPID, actor=OPERATOR)
    verbs.authorize(client=told.made.client, appid=APPID, actor=OPERATOR)
    told.log_in()
    Push.objects.all().delete()
    told.passed_face_check()
    assert [push.lane.client_id for push in Push.objects.select_related("lane")] == [told.made.client.pk]
    assert stranger.made.client.pk != told.made.client.pk


@pytest.mark.parametrize(("permission_set", "hears"), [(17, False), (18, True), (156, True)])
def test_of_filings_hears_who_may_file(told, receiver, run_jobs, permission_set: int, hears: bool) -> None:
    other = Platform.create(event_url=receiver.url, permission_sets=[permission_set])
    Push.objects.all().delete()
    told.post("apply_icp_filing", told.complete_body())
    reviewer_returns()
    of_other = Push.objects.filter(lane__client=other.made.client).values_list("info_type", flat=True)
    assert sorted(of_other) == ["notify_apply_icpfiling_result", "notify_icpfiling_verify_result"] * hears


def test_a_demonstration_passes_the_face_check_by_itself(told, receiver, run_jobs, settings, monkeypatch) -> None:
    settings.OPENBEIAN_FACE_CHECK = "automatic"
    monkeypatch.setattr("openbeian.demo.receivers.FACE_CHECK_SECONDS", 0)
    task_id = told.post("create_icp_verifytask")["task_id"]
    assert told.post("query_icp_verifytask", {"task_id": task_id})["is_finish"] is False
    run_jobs()
    answer = told.post("query_icp_verifytask", {"task_id": task_id})
    assert (answer["is_finish"], answer["face_status"]) == (True, 3)
    assert [message["InfoType"] for message in opened(told, receiver)] == ["notify_icpfiling_verify_result"]


def cancelled(appid: str = APPID) -> None:
    reviewer_approves(appid)
    for action in (Action.UPLOADED, Action.VERIFIED, Action.ACCEPT):
        authority_moves(action, appid)


def test_of_a_change_that_comes_back_it_is_told_that_the_mini_program_is_still_filed(told, receiver, run_jobs) -> None:
    body = told.complete_body()
    told.post("apply_icp_filing", body)
    filed()
    put(body, "icp_applets.base_info.comment", "本小程序除展示和销售文具外，还提供线下手账课程的报名、查询与退订服务。")
    assert told.post("apply_icp_filing", body)["errcode"] == 0
    reviewer_returns()
    run_jobs()
    assert [(message["beian_status"], message.get("change_order_status")) for message in opened(told, receiver)[1:]] == [
        ("6", None), ("6", "3")]
    assert told.status()["change_order"]["status"] == 3
