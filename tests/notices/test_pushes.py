"""Pushes: encrypted, in order, after commit, at least once, and never for ever."""

from collections.abc import Callable

import pytest
import xmltodict
from django.db import transaction
from wechatpy.crypto import WeChatCrypto

from openbeian.accounts.clients import create_client, encoding_aes_key
from openbeian.accounts.models import ApiClient
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.notices import queries, verbs
from openbeian.notices.models import Push
from openbeian.regime.actors import Actor, Role
from tests.receiver import Received, Receiver

pytestmark = pytest.mark.django_db(transaction=True)
OPERATOR = Actor(Role.OPERATOR, "user:1")
APPID = "wxfedcba9876543210"


@pytest.fixture
def client_of(at: Callable, receiver: Receiver) -> Callable[..., ApiClient]:
    at("2023-09-05T10:00:00+08:00")

    def make(**options: str) -> ApiClient:
        urls = {"event_url": receiver.url, "message_url": receiver.url.replace("events", "messages/$APPID$")}
        return create_client(name="示例服务商", actor=OPERATOR, **{**urls, **options}).client

    return make


def told(client: ApiClient, status: int, *, appid: str = APPID, form: str = "xml") -> Push | None:
    return verbs.push(client=client, appid=appid, info_type="notify_apply_icpfiling_result", at=clock.now(),
                      elements={"authorizer_appid": appid, "beian_status": status}, form=form)


def opened(client: ApiClient, request: Received) -> dict[str, str]:
    query = request.query
    xml = WeChatCrypto(client.token, encoding_aes_key(client), client.pk).decrypt_message(
        request.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"])
    return xmltodict.parse(xml)["xml"]


def statuses(client: ApiClient, receiver: Receiver) -> list[str]:
    return [opened(client, request)["beian_status"] for request in receiver.requests]


def test_a_push_arrives_encrypted_and_signed(client_of, receiver, run_jobs) -> None:
    client = client_of()
    told(client, 6)
    run_jobs()
    [request] = receiver.requests
    assert request.path == "/events"
    assert request.content_type == "text/xml; charset=utf-8"
    assert sorted(request.query) == ["encrypt_type", "msg_signature", "nonce", "signature", "timestamp"]
    assert opened(client, request) == {
        "AppId": client.pk, "CreateTime": "1693879200", "InfoType": "notify_apply_icpfiling_result",
        "authorizer_appid": APPID, "beian_status": "6"}


def test_nothing_leaves_when_the_change_is_taken_back(client_of, receiver, run_jobs) -> None:
    client = client_of()
    with transaction.atomic():
        told(client, 6)
        transaction.set_rollback(True)
    run_jobs()
    assert receiver.requests == []


def test_pushes_about_one_mini_program_arrive_in_order(client_of, receiver, run_jobs) -> None:
    client = client_of()
    for status in (3, 3, 5, 6, 1024):
        told(client, status)
    run_jobs()
    assert statuses(client, receiver) == ["3", "3", "5", "6", "1024"]
    assert list(Push.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("answer", [(500, b"success"), (200, b"fail"), (200, b""), (302, b"")])
def test_a_failed_push_is_tried_again_and_holds_its_successors(client_of, receiver, run_jobs, settings, answer) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (0, 0)
    client = client_of()
    receiver.answers.append(answer)
    told(client, 3)
    told(client, 6)
    run_jobs()
    run_jobs()
    assert statuses(client, receiver) == ["3", "3", "6"]
    assert Push.objects.filter(delivered_at=None).count() == 0


def test_while_one_waits_for_its_retry_the_next_does_not_overtake(client_of, receiver, run_jobs, settings) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (3600,)
    client = client_of()
    receiver.answers.append((500, b""))
    told(client, 3)
    run_jobs()
    told(client, 6)
    told(client, 6, appid="wx0000000000000002")
    run_jobs()
    assert statuses(client, receiver) == ["3", "6"]
    assert opened(client, receiver.requests[1])["authorizer_appid"] == "wx0000000000000002"


def test_a_push_that_never_succeeds_dies_is_listed_and_can_be_replayed(
    client_of, receiver, run_jobs, settings
) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (0, 0)
    client = client_of()
    receiver.answers += [(500, b"")] * 3
    dead = told(client, 3)
    told(client, 6)
    for _ in range(4):
        run_jobs()
    assert statuses(client, receiver) == ["3", "3", "3", "6"]
    [listed] = queries.dead_letters()
    assert (listed.pk, listed.attempts, listed.last_problem) == (dead.pk, 3, "status:500")
    assert verbs.replay(push_id=dead.pk, actor=OPERATOR) is True
    run_jobs()
    assert statuses(client, receiver)[-1] == "3"
    assert list(queries.dead_letters()) == []
    assert Event.objects.filter(tag="push:replay").count() == 1


def test_only_what_is_over_can_be_replayed(client_of) -> None:
    waiting = told(client_of(), 3)
    assert verbs.replay(push_id=waiting.pk, actor=OPERATOR) is False
    assert verbs.replay(push_id=waiting.pk + 1, actor=OPERATOR) is False


def test_private_addresses_are_not_reached_unless_allowed(client_of, receiver, run_jobs, settings) -> None:
    settings.OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES = False
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = ()
    told(client_of(), 6)
    run_jobs()
    assert receiver.requests == []
    assert [push.last_problem for push in queries.dead_letters()] == ["private_address"]


def test_json_goes_to_the_message_address_of_the_mini_program(client_of, receiver, run_jobs) -> None:
    import json

    from openbeian.notices.encryption import decrypt

    client = client_of()
    told(client, 6, form="json")
    run_jobs()
    [request] = receiver.requests
    assert request.path == f"/messages/{APPID}"
    assert request.content_type == "application/json; charset=utf-8"
    message = decrypt(json.loads(request.body)["Encrypt"], encoding_aes_key=encoding_aes_key(client), appid=client.pk)
    assert json.loads(message) == {
        "ToUserName": APPID, "FromUserName": client.pk, "CreateTime": 1693879200, "MsgType": "event",
        "Event": "notify_apply_icpfiling_result", "authorizer_appid": APPID, "beian_status": 6}


def test_a_client_without_an_address_is_told_nothing(client_of) -> None:
    assert told(client_of(event_url="", message_url=""), 6) is None
    assert Push.objects.count() == 0


def test_what_a_push_says_is_sealed_at_rest(client_of) -> None:
    push = verbs.push(client=client_of(), appid="", info_type="component_verify_ticket", at=clock.now(),
                      elements={"ComponentVerifyTicket": "ticket@@@secret"})
    assert b"ticket@@@secret" not in bytes(push.elements_sealed)


def test_text_that_would_end_a_cdata_section_stays_text(client_of, receiver, run_jobs) -> None:
    client = client_of()
    verbs.push(client=client, appid=APPID, info_type="x", at=clock.now(), elements={"text": "a]]>b<c>&"})
    run_jobs()
    assert opened(client, receiver.requests[0])["text"] == "a]]>b<c>&"
