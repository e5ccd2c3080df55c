"""Pushes: encrypted, in order, after commit, at least once, and never for ever."""

import json
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

import pytest
import xmltodict
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from wechatpy.crypto import WeChatCrypto

from openbeian.accounts.clients import create_client, encoding_aes_key, message_token
from openbeian.accounts.models import ApiClient
from openbeian.authority.verbs.schedule import defer_send
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.notices import addresses, delivery, queries, verbs
from openbeian.notices.encryption import decrypt, signature
from openbeian.notices.models import TICKET, Callback, Push
from openbeian.notices.tasks import forget_delivered, resume
from openbeian.regime.actors import Actor, Role
from tests.jobs import forget_jobs
from tests.receiver import Received, Receiver

pytestmark = pytest.mark.django_db(transaction=True)
OPERATOR = Actor(Role.OPERATOR, "user:1")
APPID, OTHER = "wxfedcba9876543210", "wx0000000000000002"


@pytest.fixture
def client_of(at: Callable, receiver: Receiver) -> Callable[..., ApiClient]:
    at("2023-09-05T10:00:00+08:00")
    forget_jobs()

    def make(**options: str) -> ApiClient:
        urls = {"event_url": receiver.url, "message_url": receiver.url.replace("events", "messages/$APPID$")}
        return create_client(name="示例服务商", actor=OPERATOR, **{**urls, **options}).client

    return make


def told(client: ApiClient, status: int, *, appid: str = APPID, form: str = "xml") -> Push | None:
    return verbs.push(client=client, appid=appid, info_type="notify_apply_icpfiling_result", at=clock.now(),
                      elements={"authorizer_appid": appid, "beian_status": status}, form=form)


def opened(client: ApiClient, request: Received) -> dict[str, str]:
    query = request.query
    xml = WeChatCrypto(message_token(client), encoding_aes_key(client), client.pk).decrypt_message(
        request.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"])
    return xmltodict.parse(xml)["xml"]


def statuses(client: ApiClient, receiver: Receiver) -> list[str]:
    return [opened(client, request)["beian_status"] for request in receiver.requests]


def attempt(push: Push) -> None:
    """One attempt as planned, whether the push is new or its back-off ends now."""
    delivery.retry(push.pk, attempts=push.attempts)
    delivery.drain(push.lane.client_id)
    push.refresh_from_db()


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


def test_the_worker_takes_a_push_after_its_other_jobs(client_of, run_jobs) -> None:
    """A receiver that hangs costs seconds; the link to the administration does not wait for it."""
    told(client_of(), 6)
    defer_send(province="330000")
    jobs = ProcrastinateJob.objects.order_by("-priority", "id").values_list("task_name", flat=True)
    assert list(jobs) == ["authority.send", "notices.queue_delivery"]


def test_pushes_about_one_mini_program_arrive_in_order(client_of, receiver, run_jobs) -> None:
    client = client_of()
    for status in (3, 3, 5, 6, 1024):
        told(client, status)
    run_jobs()
    assert statuses(client, receiver) == ["3", "3", "5", "6", "1024"]
    assert list(Push.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("answer", [b"success", b"SUCCESS\n", b""])
def test_success_and_nothing_at_all_say_that_a_push_was_taken(client_of, receiver, run_jobs, answer) -> None:
    """WeChat takes either; WxJava's router answers nothing to the filing events."""
    client = client_of()
    receiver.answers += [(200, answer)]
    told(client, 3)
    told(client, 6)
    run_jobs()
    assert statuses(client, receiver) == ["3", "6"]
    assert list(Push.objects.values_list("attempts", flat=True)) == [1, 1]


@pytest.mark.parametrize("answer", [(500, b"success"), (200, b"fail"), (500, b""), (302, b"")])
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


def test_a_push_in_backoff_holds_its_own_mini_program_only(client_of, receiver, run_jobs, settings) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (3600,)
    client = client_of()
    receiver.answers.append((500, b""))
    told(client, 3)
    run_jobs()
    told(client, 6)
    run_jobs()
    assert statuses(client, receiver) == ["3"]
    receiver.answers += [(200, b""), (500, b"")]
    told(client, 5, appid=OTHER)
    run_jobs()
    assert statuses(client, receiver) == ["3", "5", "3"]


def test_the_first_push_that_is_taken_releases_all_that_wait(client_of, receiver, run_jobs, settings) -> None:
    """The receiver was down for some minutes. Nothing waits for the rest of its back-off."""
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (600, 7200)
    client = client_of()
    receiver.answers += [(502, b"")] * 4
    for appid in (APPID, OTHER):
        told(client, 3, appid=appid)
        told(client, 6, appid=appid)
    run_jobs()
    for push in queries.in_backoff():
        attempt(push)
    assert statuses(client, receiver) == ["3", "3", "3", "3"]
    told(client, 5, appid="wx0000000000000003")
    run_jobs()
    assert statuses(client, receiver)[4:] == ["5", "3", "6", "3", "6"]
    assert Push.objects.filter(delivered_at=None).count() == 0


def test_a_ticket_that_arrives_releases_events_at_the_other_address(client_of, receiver, run_jobs, settings) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (7200,)
    client = client_of()
    receiver.answers.append((502, b""))
    told(client, 6, form="json")
    run_jobs()
    verbs.push_ticket(client=client, ticket="ticket@@@x", at=clock.now())
    run_jobs()
    assert [request.path for request in receiver.requests] == [f"/messages/{APPID}", "/events", f"/messages/{APPID}"]
    assert Push.objects.filter(delivered_at=None).count() == 0


def test_a_push_that_fails_alone_keeps_its_attempts_and_is_released_once_a_minute(
    client_of, receiver, run_jobs, settings, at
) -> None:
    """Its handler has a fault. Whatever else arrives must neither use its attempts up nor post it all the time."""
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (7200,)
    client = client_of()
    receiver.answers += [(500, b""), (200, b""), (500, b"")]
    faulty = told(client, 3)
    for appid in (OTHER, "wx0000000000000003", "wx0000000000000004"):
        run_jobs()
        told(client, 6, appid=appid)
    run_jobs()
    assert statuses(client, receiver) == ["3", "6", "3", "6", "6"]
    [waiting] = queries.in_backoff()
    assert (waiting.pk, waiting.attempts) == (faulty.pk, 1)
    assert waiting.next_attempt_at == datetime.fromisoformat("2023-09-05T12:00:00+08:00")
    at("2023-09-05T10:01:00+08:00")
    told(client, 6, appid="wx0000000000000005")
    run_jobs()
    assert statuses(client, receiver)[5:] == ["6", "3"]
    assert list(queries.in_backoff()) == []


def test_a_planned_attempt_that_comes_up_during_an_early_one_is_made(client_of, receiver, settings) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (7200,)
    client = client_of()
    receiver.answers += [(500, b"")] * 2
    push = told(client, 3)
    attempt(push)
    verbs.release(actor=OPERATOR)

    def back_off_ends() -> None:
        delivery.retry(push.pk, attempts=1)
        connection.close()  # of the receiver's thread

    receiver.before_answer = back_off_ends
    delivery.drain(client.pk)
    assert queries.next_due(client.pk) == push


def test_pushes_in_backoff_are_released_by_hand(client_of, receiver, run_jobs, settings) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (7200,)
    first, second, third = client_of(), client_of(), client_of()
    receiver.answers += [(500, b"")] * 4
    told(first, 3)
    told(first, 3, appid=OTHER)
    told(first, 6)
    told(second, 3)
    told(third, 3)
    run_jobs()
    assert [(push.lane.client_id, push.lane.appid, push.attempts, push.last_problem, followers)
            for push, followers in queries.with_followers(queries.in_backoff())] == [
        (first.pk, APPID, 1, "status:500", 1), (first.pk, OTHER, 1, "status:500", 0),
        (second.pk, APPID, 1, "status:500", 0), (third.pk, APPID, 1, "status:500", 0)]
    assert verbs.release(actor=OPERATOR, client=first) == 2
    run_jobs()
    assert [push.lane.client_id for push in queries.in_backoff()] == [second.pk, third.pk]
    assert verbs.release(actor=OPERATOR) == 2
    run_jobs()
    assert Push.objects.filter(delivered_at=None).count() == 0
    assert verbs.release(actor=OPERATOR) == 0
    released = list(Event.objects.filter(tag="push:release").order_by("id").values_list("subject", "data"))
    assert released == [(f"client:{first.pk}", {"pushes": 2})] + [
        (f"client:{appid}", {"pushes": 1}) for appid in sorted((second.pk, third.pk))]


def test_a_platform_that_hangs_does_not_delay_anothers_ticket(
    client_of, receiver, run_jobs, monkeypatch
) -> None:
    """Each platform has one slot, gives it back after a failure, and then comes after those that work."""
    monkeypatch.setattr(addresses, "READ_SECONDS", 0.2)
    receiver.hanging.add("/hanging")
    hanging, working = client_of(event_url=receiver.url.replace("events", "hanging")), client_of()
    for place in range(3):
        told(hanging, 3, appid=f"wx000000000000000{place}")
    verbs.push_ticket(client=working, ticket="ticket@@@x", at=clock.now())
    run_jobs()
    assert [request.path for request in receiver.requests] == ["/hanging", "/events", "/hanging", "/hanging"]
    assert set(queries.in_backoff().values_list("last_problem", flat=True)) == {"timeout"}


def test_a_ticket_goes_first_and_what_has_failed_goes_last(client_of, receiver, run_jobs, settings) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (7200,)
    client = client_of()
    receiver.answers.append((500, b""))
    told(client, 3)
    run_jobs()
    verbs.release(actor=OPERATOR)
    told(client, 6, appid=OTHER)
    verbs.push_ticket(client=client, ticket="ticket@@@x", at=clock.now())
    run_jobs()
    told_of = [opened(client, request) for request in receiver.requests[1:]]
    assert [(event["InfoType"], event.get("beian_status")) for event in told_of] == [
        (TICKET, None), ("notify_apply_icpfiling_result", "6"), ("notify_apply_icpfiling_result", "3")]


def test_a_platform_has_one_delivery_job_that_waits(client_of, receiver) -> None:
    client = client_of()
    for appid in (APPID, OTHER):
        told(client, 3, appid=appid)
        delivery.queue_delivery(client.pk)
    assert jobs_called("notices.deliver") == [(f"push:{client.pk}", -10)]


def test_a_platform_whose_pushes_fail_comes_after_the_others(client_of, receiver) -> None:
    client = client_of()
    receiver.answers.append((500, b""))
    told(client, 3)
    delivery.drain(client.pk)
    delivery.queue_delivery(client.pk)
    assert jobs_called("notices.deliver") == [(f"push:{client.pk}", -20)]


def test_a_retry_that_waits_holds_no_lock(client_of, receiver) -> None:
    receiver.answers.append((500, b""))
    attempt(told(client_of(), 3))
    assert jobs_called("notices.retry") == [(None, -10)]


def jobs_called(name: str) -> list[tuple[str | None, int]]:
    """Lock and priority of the jobs of a task that wait."""
    return list(ProcrastinateJob.objects.filter(task_name=name, status="todo").values_list("lock", "priority"))


def test_a_push_is_not_lost_when_the_waiting_job_runs_before_its_commit(client_of, receiver, run_jobs) -> None:
    client = client_of()
    told(client, 3)
    delivery.queue_delivery(client.pk)
    with transaction.atomic():
        told(client, 6, appid=OTHER)
        worker = Thread(target=run_jobs)
        worker.start()
        worker.join()
        assert statuses(client, receiver) == ["3"]
    run_jobs()
    assert statuses(client, receiver) == ["3", "6"]


def test_a_late_retry_of_a_push_that_was_attempted_meanwhile_does_nothing(client_of, receiver, settings) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (7200, 7200)
    receiver.answers += [(500, b"")] * 2
    push = told(client_of(), 3)
    attempt(push)
    attempt(push)
    delivery.retry(push.pk, attempts=1)
    assert queries.next_due(push.lane.client_id) is None


def test_pushes_whose_job_was_lost_are_found_within_a_minute(client_of, receiver, run_jobs, settings, at) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (600,)
    client = client_of()
    told(client, 3)
    forget_jobs()
    resume(0)
    receiver.answers.append((500, b""))
    run_jobs()
    forget_jobs()
    at("2023-09-05T10:11:00+08:00")
    resume(0)
    run_jobs()
    assert statuses(client, receiver) == ["3"]
    at("2023-09-05T10:11:01+08:00")
    resume(0)
    run_jobs()
    assert statuses(client, receiver) == ["3", "3"]


def test_a_push_whose_key_is_gone_fails_like_any_other(client_of, receiver, run_jobs, settings) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = ()
    client = client_of()
    Push.objects.filter(pk=told(client, 3).pk).update(elements_sealed=b"broken")
    told(client, 6)
    run_jobs()
    assert [push.last_problem for push in queries.dead_letters()] == ["not_unsealed"]
    assert statuses(client, receiver) == ["6"]


def test_a_name_that_is_not_resolved_in_time_is_not_waited_for(
    client_of, receiver, run_jobs, settings, monkeypatch
) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = ()
    monkeypatch.setattr(addresses, "RESOLVE_SECONDS", 0.1)
    real = socket.getaddrinfo

    def resolver(host: str, *arguments: object, **options: object) -> object:
        if host == "slow.test":
            receiver.closing.wait()
        return real("127.0.0.1", *arguments, **options)

    monkeypatch.setattr(addresses.socket, "getaddrinfo", resolver)
    told(client_of(event_url=receiver.url.replace("127.0.0.1", "slow.test")), 3)
    run_jobs()
    assert [push.last_problem for push in queries.dead_letters()] == ["resolver_timeout"]


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


def test_the_pauses_between_attempts_grow_to_two_hours_and_end(client_of, receiver, settings) -> None:
    push = told(client_of(), 3)
    receiver.answers += [(500, b"")] * 8
    waits = []
    while push.dead_at is None:
        attempt(push)
        if push.next_attempt_at:
            waits.append(push.next_attempt_at - clock.now())
    assert settings.OPENBEIAN_PUSH_RETRY_SECONDS == (5, 30, 120, 600, 1800, 3600, 7200)
    assert waits == [timedelta(seconds=wait) for wait in settings.OPENBEIAN_PUSH_RETRY_SECONDS]
    assert push.attempts == len(receiver.requests) == 8


def test_a_ticket_is_tried_once_more_only(client_of, receiver) -> None:
    push = verbs.push(client=client_of(), appid="", info_type=TICKET, at=clock.now(),
                      elements={"ComponentVerifyTicket": "ticket@@@x"})
    receiver.answers += [(500, b"")] * 2
    attempt(push)
    attempt(push)
    assert (push.attempts, push.dead_at) == (2, clock.now())


def test_a_ticket_given_up_is_no_dead_letter_is_not_replayed_and_is_forgotten(client_of, receiver, at) -> None:
    """Replayed, it would take the place of a newer one."""
    push = verbs.push(client=client_of(), appid="", info_type=TICKET, at=clock.now(),
                      elements={"ComponentVerifyTicket": "ticket@@@x"})
    receiver.answers += [(500, b"")] * 2
    attempt(push)
    attempt(push)
    assert list(queries.dead_letters()) == []
    assert verbs.replay(push_id=push.pk, actor=OPERATOR) is False
    at("2023-09-06T09:59:59+08:00")
    forget_delivered(0)
    assert Push.objects.count() == 1
    at("2023-09-06T10:00:01+08:00")
    forget_delivered(0)
    assert Push.objects.count() == 0


def test_a_new_ticket_does_not_wait_behind_an_old_one(client_of, receiver, run_jobs) -> None:
    """Whoever starts their server late and asks for a ticket gets it now, not after the old one's back-off."""
    client = client_of()
    receiver.answers += [(500, b"")]
    verbs.push_ticket(client=client, ticket="ticket@@@old", at=clock.now())
    run_jobs()
    verbs.push_ticket(client=client, ticket="ticket@@@new", at=clock.now())
    run_jobs()
    assert [opened(client, request)["ComponentVerifyTicket"] for request in receiver.requests] == [
        "ticket@@@old", "ticket@@@new"]
    assert list(Push.objects.values_list("attempts", flat=True)) == [1]


def test_a_refused_connection_is_not_reported_as_a_timeout(client_of, receiver, run_jobs, settings) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = ()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    told(client_of(event_url=f"http://127.0.0.1:{port}/events"), 3)
    run_jobs()
    assert [push.last_problem for push in queries.dead_letters()] == ["not_connected"]


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


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"]])
def test_a_name_that_turns_private_between_two_questions_reaches_nothing(
    client_of, receiver, run_jobs, settings, monkeypatch, answers
) -> None:
    """DNS rebinding: the name is asked once, and only the address that was checked is connected to."""
    settings.OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES = False
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = ()
    monkeypatch.setattr(addresses, "CONNECT_SECONDS", 0.2)
    real, asked, connected = socket.getaddrinfo, [], []

    def resolver(host: str, *arguments: object, **options: object) -> object:
        if host == "rebinding.test":
            asked.append(host)
            host = answers[min(len(asked), len(answers)) - 1]
        return real(host, *arguments, **options)

    def connect(address: tuple, *_: object, **__: object) -> object:
        connected.append(address[0])
        raise TimeoutError

    monkeypatch.setattr(addresses.socket, "getaddrinfo", resolver)
    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    told(client_of(event_url=receiver.url.replace("127.0.0.1", "rebinding.test")), 6)
    run_jobs()
    assert asked == ["rebinding.test"]
    assert connected == [address for address in answers[:1] if address == "8.8.8.8"]
    assert receiver.requests == []
    assert len(queries.dead_letters()) == 1


def read_json(client: ApiClient, request: Received) -> dict[str, object]:
    """What a JSON push says, after its signatures have been checked by hand."""
    assert request.content_type == "application/json; charset=utf-8"
    outer, query = json.loads(request.body), request.query
    assert query["encrypt_type"] == "aes"
    assert query["signature"] == signature(message_token(client), query["timestamp"], query["nonce"])
    assert query["msg_signature"] == signature(message_token(client), query["timestamp"], query["nonce"], outer["Encrypt"])
    inner = json.loads(decrypt(outer.pop("Encrypt"), encoding_aes_key=encoding_aes_key(client), appid=client.pk))
    return {"outer": outer, "inner": inner}


def test_json_goes_to_the_message_address_of_the_mini_program(client_of, receiver, run_jobs) -> None:
    client = client_of()
    told(client, 6, form="json")
    run_jobs()
    [request] = receiver.requests
    assert request.path == f"/messages/{APPID}"
    assert read_json(client, request) == {
        "outer": {"ToUserName": "gh_ba9876543210"},
        "inner": {
            "ToUserName": "gh_ba9876543210", "FromUserName": "openbeian-system-account-0000",
            "CreateTime": 1693879200, "MsgType": "event", "Event": "notify_apply_icpfiling_result",
            "authorizer_appid": APPID, "beian_status": 6}}


def test_the_events_of_a_mini_program_go_to_its_message_address_in_either_form(client_of, receiver, run_jobs) -> None:
    client = client_of()
    for form in ("xml", "json"):
        verbs.push(client=client, appid=APPID, info_type="weapp_audit_fail", at=clock.now(), form=form,
                   callback=Callback.MESSAGE, elements={"Reason": "1:账号信息不符合规范:<br>", "FailTime": 1693879200})
    run_jobs()
    in_xml, in_json = receiver.requests
    assert in_xml.path == in_json.path == f"/messages/{APPID}"
    assert in_xml.body.startswith(b"<xml><ToUserName><![CDATA[gh_ba9876543210]]></ToUserName><Encrypt>")
    said = {"ToUserName": "gh_ba9876543210", "FromUserName": "openbeian-system-account-0000",
            "CreateTime": 1693879200, "MsgType": "event", "Event": "weapp_audit_fail",
            "Reason": "1:账号信息不符合规范:<br>", "FailTime": 1693879200}
    assert opened(client, in_xml) == {name: str(value) for name, value in said.items()}
    assert read_json(client, in_json)["inner"] == said


def test_steps_of_the_combined_procedure_are_told_like_filing_results(client_of, receiver, run_jobs) -> None:
    client = client_of()
    for form in ("xml", "json"):
        verbs.push(client=client, appid=APPID, info_type="notify_3rd_wxa_auth_and_icp", at=clock.now(), form=form,
                   elements={"procedure_id": "P1", "procedure_status": 17})
    run_jobs()
    in_xml, in_json = receiver.requests
    assert (in_xml.path, in_json.path) == ("/events", f"/messages/{APPID}")
    assert opened(client, in_xml) == {
        "AppId": client.pk, "CreateTime": "1693879200", "InfoType": "notify_3rd_wxa_auth_and_icp",
        "procedure_id": "P1", "procedure_status": "17"}
    assert read_json(client, in_json)["inner"]["Event"] == "notify_3rd_wxa_auth_and_icp"


def test_json_at_the_authorization_event_address_is_addressed_to_the_platform(client_of, receiver, run_jobs) -> None:
    client = client_of()
    verbs.push(client=client, appid=APPID, info_type="unauthorized", at=clock.now(), form="json", callback=Callback.EVENT,
               elements={"AuthorizerAppid": APPID})
    run_jobs()
    [request] = receiver.requests
    assert request.path == "/events"
    assert read_json(client, request) == {
        "outer": {"AppId": client.pk},
        "inner": {"AppId": client.pk, "CreateTime": 1693879200, "InfoType": "unauthorized", "AuthorizerAppid": APPID}}


def test_one_order_holds_over_both_addresses(client_of, receiver, run_jobs, settings) -> None:
    settings.OPENBEIAN_PUSH_RETRY_SECONDS = (0,)
    client = client_of()
    receiver.answers.append((500, b""))
    told(client, 3)
    verbs.push(client=client, appid=APPID, info_type="weapp_audit_success", at=clock.now(), callback=Callback.MESSAGE,
               elements={"SuccTime": 1693879200})
    run_jobs()
    run_jobs()
    assert [request.path for request in receiver.requests] == ["/events", "/events", f"/messages/{APPID}"]


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
