"""The shelving calls over HTTP: from a committed version to a service that people can use, past the gate."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import xmltodict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from openbeian.accounts.clients import message_token
from openbeian.ledger.models import Event
from openbeian.notices.models import Push
from openbeian.shelf.models import MiniProgram
from openbeian.shelf.queries import gate
from openbeian.shelf.verbs import close_app, sweep
from openbeian.shelf.versions.models import Version
from openbeian.shelf.versions.queries import audit_request, ext_json
from openbeian.shelf.versions.verbs import pass_audit, reject_audit
from openbeian.wechat import urls, verbs
from openbeian.wechat.codes import TABLE
from tests.receiver import Receiver
from tests.shelf.catalogue import OPERATOR, cancelled, stock
from tests.shelf.catalogue import filed as number_issued
from tests.wechat.platform import APPID, Platform, catalogue, read

pytestmark = pytest.mark.django_db
SHELVING = [view.__name__ for view in urls.CALLS["wxa/"]]
GETS = {"get_latest_auditstatus", "undocodeaudit"}
COMMIT = {"template_id": 3, "ext_json": '{"extAppid":"", "ext":{"shop":"1"}}', "user_version": "V1.0", "user_desc": "首版"}
OK = {"errcode": 0, "errmsg": "ok"}


def ask(platform: Platform, name: str, body: Any = None, *, raw: bytes | None = None, language: str = "zh-hans",
        method: str = "") -> dict[str, Any]:
    """One shelving call; without the rid that every refusal ends in."""
    content = raw if raw is not None else json.dumps({} if body is None else body).encode()
    answer = read(platform.http.generic(
        method or ("GET" if name in GETS else "POST"), f"/wxa/{name}?access_token={platform.token}",
        b"" if name in GETS else content, content_type="", headers={"Accept-Language": language}))
    if answer["errcode"]:
        answer["errmsg"], _, rid = answer["errmsg"].rpartition(" rid: ")
        assert len(rid) == 26
    return answer


def code(platform: Platform, name: str, body: Any = None, **more: Any) -> int:
    return ask(platform, name, body, **more)["errcode"]


def submitted(platform: Platform, version: str = "V1.0") -> int:
    """Commit and submit; the number of the audit."""
    assert ask(platform, "commit", {**COMMIT, "user_version": version}) == OK
    answer = ask(platform, "submit_audit", {"item_list": [{"first_class": "工具", "second_class": "备忘录"}]})
    assert answer["errcode"] == 0
    return answer["auditid"]


def passed(platform: Platform, version: str = "V1.0") -> int:
    audit_id = submitted(platform, version)
    pass_audit(audit_id=audit_id, actor=OPERATOR)
    return audit_id


def later(platform: Platform, now: datetime) -> datetime:
    """Tokens last two hours; take new ones."""
    platform.log_in()
    return now


def app() -> MiniProgram:
    return MiniProgram.objects.get(appid=APPID)


def tags() -> list[str]:
    """What was told of the app on the shelf, in order."""
    return [event.tag.removeprefix("shelf:") for event in
            Event.objects.filter(subject=f"app:{APPID}", tag__startswith="shelf:").order_by("id")]


@pytest.fixture
def listed(at: Callable[[str], Any]) -> Platform:
    """A mini program that has stood on the shelf since 2022, after the deadline, unfiled; not yet swept."""
    at("2024-04-02T10:00:00+08:00")
    stock((APPID, "2022-05-01"))
    return Platform.create()


def test_from_commit_to_the_shelf(platform: Platform, at) -> None:
    number_issued(APPID, later(platform, at("2023-09-06T10:00:00+08:00")))
    assert ask(platform, "getvisitstatus") == {**OK, "status": 0}
    audit_id = submitted(platform)
    waiting = {"auditid": audit_id, "status": 2, "user_version": "V1.0", "user_desc": "首版",
               "submit_audit_time": 1693965600}
    assert ask(platform, "get_latest_auditstatus") == {**OK, **waiting}
    assert code(platform, "release") == 85020
    pass_audit(audit_id=audit_id, actor=OPERATOR)
    assert ask(platform, "get_latest_auditstatus") == {**OK, **waiting, "status": 0}
    assert ask(platform, "get_auditstatus", {"auditid": str(audit_id)}) == {**OK, "status": 0}
    assert app().first_listed_at is None
    assert ask(platform, "release") == OK
    assert ask(platform, "getvisitstatus") == {**OK, "status": 1}
    assert tags() == ["version:committed", "version:submitted", "version:passed", "app:listed", "version:released"]
    assert ask(platform, "release")["errcode"] == 85052
    assert ask(platform, "get_auditstatus", {"auditid": audit_id}) == {**OK, "status": 0}


def test_an_unfiled_mini_program_is_not_released(platform: Platform) -> None:
    passed(platform)
    grounds = (
        "unfiled_never_listed: 2023 年 9 月 1 日前未上架，完成备案后方可上架。 依据 "
        "《反电信网络诈骗法》第二十三条 (Anti-Telecom and Online Fraud Law, art. 23)；"
        "工信部信管〔2023〕105号及平台小程序备案公告 (MIIT notice 105 of 2023 and the platform's notice) "
        "自 2023-09-01T00:00:00+08:00")
    assert ask(platform, "release") == {
        "errcode": 85020, "errmsg": f"status not allowed: {grounds}",
        "hints": [{"errcode": 86392, "errmsg": grounds, "err_field": ""}]}
    english = ask(platform, "release", language="en")["errmsg"]
    assert english.startswith(
        "status not allowed: unfiled_never_listed: Not listed before 1 September 2023; it must be filed before it is "
        "put on the shelf. under 《反电信网络诈骗法》")
    assert english.endswith("since 2023-09-01T00:00:00+08:00")
    assert app().first_listed_at is None
    assert Version.objects.get().state == "passed"
    assert tags() == ["version:committed", "version:submitted", "version:passed"]


def test_a_cancelled_filing_closes_the_way(platform: Platform, at) -> None:
    service = number_issued(APPID, later(platform, at("2023-09-06T10:00:00+08:00")))
    passed(platform)
    assert ask(platform, "release") == OK
    cancelled(service, later(platform, at("2023-10-01T10:00:00+08:00")))
    assert ask(platform, "getvisitstatus") == {**OK, "status": 0}
    passed(platform, "V2.0")
    refused = ask(platform, "release")
    assert (refused["errcode"], refused["errmsg"].split(":")[1]) == (85020, " filing_cancelled")
    assert sorted(Version.objects.values_list("user_version", "state")) == [("V1.0", "live"), ("V2.0", "passed")]
    number_issued(APPID, later(platform, at("2023-11-01T10:00:00+08:00")))
    assert ask(platform, "getvisitstatus") == {**OK, "status": 1}
    assert ask(platform, "release") == OK
    assert sorted(Version.objects.values_list("user_version", "state")) == [("V1.0", "superseded"), ("V2.0", "live")]


def test_an_overdue_mini_program_is_closed_before_and_after_the_sweep(listed: Platform, at) -> None:
    for swept in (False, True):
        if swept:
            assert sweep(at=at("2024-04-02T11:00:00+08:00"), actor=OPERATOR).taken_offline == 1
        assert ask(listed, "getvisitstatus") == {**OK, "status": 0}
        refused = ask(listed, "change_visitstatus", {"action": "open"})
        assert refused["errcode"] == 85021
        assert refused["errmsg"].split(": ")[1] == "unfiled_after_deadline"
        assert [hint["errcode"] for hint in refused["hints"]] == [86392]
        assert app().is_standing is not swept
    number_issued(APPID, later(listed, at("2024-04-03T10:00:00+08:00")))
    assert ask(listed, "getvisitstatus") == {**OK, "status": 1}


def test_what_the_organizer_closed_no_filing_and_no_release_opens(listed: Platform, at) -> None:
    assert ask(listed, "change_visitstatus", {"action": "close"}) == OK
    sweep(at=at("2024-04-02T11:00:00+08:00"), actor=OPERATOR)
    assert code(listed, "change_visitstatus", {"action": "open"}) == 85021
    number_issued(APPID, later(listed, at("2024-04-03T10:00:00+08:00")))
    assert app().is_standing
    passed(listed)
    assert ask(listed, "release") == OK
    assert ask(listed, "getvisitstatus") == {**OK, "status": 0}
    assert (gate(APPID).allowed, gate(APPID).code) == (True, "filed")
    assert ask(listed, "change_visitstatus", {"action": "open"}) == OK
    assert ask(listed, "getvisitstatus") == {**OK, "status": 1}
    assert [tag for tag in tags() if tag.startswith("app:")] == [
        "app:closed", "app:taken_offline", "app:put_back", "app:opened"]


def test_closing_and_opening_twice_is_the_same_as_once(listed: Platform, at) -> None:
    number_issued(APPID, later(listed, at("2024-04-03T10:00:00+08:00")))
    for action, status in (("open", 1), ("close", 0), ("close", 0), ("open", 1), ("open", 1)):
        assert ask(listed, "change_visitstatus", {"action": action}) == OK
        assert ask(listed, "getvisitstatus") == {**OK, "status": status}
    assert tags() == ["app:closed", "app:opened"]


def test_what_was_never_listed_is_neither_closed_nor_opened(platform: Platform) -> None:
    for action in ("open", "close"):
        assert code(platform, "change_visitstatus", {"action": action}) == 85021
    assert tags() == []


def test_a_rejected_version_says_why_and_is_sent_again(platform: Platform) -> None:
    audit_id = submitted(platform)
    reject_audit(audit_id=audit_id, reason="服务类目与页面不符", actor=OPERATOR)
    rejected = {"status": 1, "reason": "服务类目与页面不符", "screenshot": "", "ScreenShot": ""}
    assert ask(platform, "get_auditstatus", {"auditid": audit_id}) == {**OK, **rejected}
    again = ask(platform, "submit_audit", {"feedback_info": "已更换类目"})["auditid"]
    assert again > audit_id
    assert ask(platform, "get_auditstatus", {"auditid": again}) == {**OK, "status": 2}
    assert ask(platform, "get_auditstatus", {"auditid": audit_id}) == {**OK, **rejected}
    version = Version.objects.get(pk=again)
    assert (version.user_version, ext_json(version), audit_request(version)) == (
        "V1.0", COMMIT["ext_json"], {"item_list": [], "version_desc": "", "feedback_info": "已更换类目", "feedback_stuff": ""})


def test_one_audit_at_a_time(platform: Platform) -> None:
    submitted(platform)
    assert ask(platform, "commit", {**COMMIT, "user_version": "V1.1"}) == OK
    assert code(platform, "submit_audit") == 85009
    assert ask(platform, "undocodeaudit") == OK
    assert ask(platform, "get_latest_auditstatus")["status"] == 3
    assert code(platform, "undocodeaudit") == 87012
    assert ask(platform, "submit_audit")["errcode"] == 0
    assert ask(platform, "get_latest_auditstatus")["user_version"] == "V1.1"


def test_withdrawals_run_out_by_day_and_month(platform: Platform, at) -> None:
    def withdraw() -> int:
        assert code(platform, "submit_audit") == 0
        return code(platform, "undocodeaudit")

    ask(platform, "commit", COMMIT)
    assert [withdraw() for _ in range(6)] == [0, 0, 0, 0, 0, 87013]
    later(platform, at("2023-09-06T00:00:00+08:00"))
    assert code(platform, "undocodeaudit") == 0
    assert [withdraw() for _ in range(4)] == [0, 0, 0, 0]
    later(platform, at("2023-09-30T23:59:59+08:00"))
    assert withdraw() == 87013
    later(platform, at("2023-10-01T00:00:00+08:00"))
    assert code(platform, "undocodeaudit") == 0


def test_a_commit_replaces_the_one_before(platform: Platform) -> None:
    for number in ("V1", "V2", "V3"):
        assert ask(platform, "commit", {**COMMIT, "template_id": "0", "user_version": number}) == OK
    assert list(Version.objects.order_by("pk").values_list("user_version", "state")) == [
        ("V1", "superseded"), ("V2", "superseded"), ("V3", "development")]


def test_before_anything_was_committed(platform: Platform, at) -> None:
    assert code(platform, "submit_audit") == 85086
    assert code(platform, "get_latest_auditstatus") == 85058
    assert code(platform, "get_auditstatus", {"auditid": 1}) == 85012
    assert code(platform, "undocodeaudit") == 87012
    assert code(platform, "release") == 85020  # the gate comes first
    number_issued(APPID, later(platform, at("2023-09-06T10:00:00+08:00")))
    assert code(platform, "release") == 85019


def test_an_audit_of_another_mini_program_is_nobodys_business(platform: Platform) -> None:
    other = "wx2222222222222222"
    catalogue((other, "青禾书店", "杭州青禾示例科技有限公司", "330000"))
    audit_id = submitted(Platform.create(other))
    assert code(platform, "get_auditstatus", {"auditid": audit_id}) == 85012


@pytest.mark.parametrize(("change", "errcode"), [
    ({"template_id": None}, 85014), ({"template_id": "x"}, 85014), ({"template_id": -1}, 85014),
    ({"template_id": 1.5}, 85014), ({"template_id": True}, 85014), ({"template_id": "９"}, 85014),
    ({"template_id": 2**63}, 85014), ({"template_id": "9" * 4000}, 85014),
    ({"ext_json": None}, 85013), ({"ext_json": {"ext": {}}}, 85013), ({"ext_json": ""}, 85013),
    ({"ext_json": '{"a":"' + "x" * 256_000 + '"}'}, 85013), ({"ext_json": "{"}, 85048), ({"ext_json": "[]"}, 85048),
    ({"ext_json": "[" * 100_000}, 85048), ({"user_version": ""}, 85015), ({"user_version": "版" * 65}, 85015),
    ({"user_version": ["V1"]}, 85015), ({"user_desc": 3}, 40097), ({"user_desc": "描" * 1001}, 40097),
    ({"user_version": "版" * 64, "user_desc": "描" * 1000}, 0), ({"user_desc": None}, 0), ({"template_id": "12"}, 0),
])
def test_what_a_version_must_be(platform: Platform, change: dict[str, Any], errcode: int) -> None:
    assert code(platform, "commit", {**COMMIT, **change}) == errcode
    assert Version.objects.count() == (1 if errcode == 0 else 0)


@pytest.mark.parametrize(("body", "errcode"), [
    ({"item_list": [{}]}, 85010), ({"item_list": ["x"]}, 85010), ({"item_list": [{"tag": "a"}] * 6}, 85023),
    ({"item_list": "[]"}, 85023), ({"item_list": {}}, 85023), ({"feedback_info": "反" * 201}, 40097),
    ({"feedback_info": ["x"]}, 40097), ({"feedback_stuff": "a|b|c|d|e|f"}, 40097), ({"version_desc": {}}, 40097),
    ({"item_list": [{"tag": "a"}] * 5, "feedback_info": "反" * 200, "feedback_stuff": "a|b|c|d|e",
      "preview_info": {"pic_id_list": ["x"]}, "ugc_declare": {"scene": [1]}, "privacy_api_not_use": True}, 0),
    ({"item_list": None}, 0),
])
def test_what_an_audit_may_be_sent(platform: Platform, body: dict[str, Any], errcode: int) -> None:
    ask(platform, "commit", COMMIT)
    assert code(platform, "submit_audit", body) == errcode


@pytest.mark.parametrize("body", [{}, {"action": None}, {"action": "Open"}, {"action": ["open"]}, {"action": 1}])
def test_visits_are_opened_or_closed(listed: Platform, body: dict[str, Any]) -> None:
    assert code(listed, "change_visitstatus", body) == 85022


@pytest.mark.parametrize("auditid", [None, "", "x", -1, 0, 2**63, 10**30, [1], {"a": 1}, True, "1.0"])
def test_an_audit_has_a_number(platform: Platform, auditid: Any) -> None:
    assert code(platform, "get_auditstatus", {"auditid": auditid}) == 85012


def test_an_empty_body_is_not_an_empty_object(platform: Platform) -> None:
    for name in set(SHELVING) - GETS:
        assert code(platform, name, raw=b" ") == 44002
        assert code(platform, name, raw=b"[1]") == 47001
    assert ask(platform, "getvisitstatus", raw=b"[]") == {**OK, "status": 0}  # how PHP spells an empty object


def test_each_call_has_its_verb(platform: Platform) -> None:
    for name in SHELVING:
        wrong, errcode = ("POST", 43001) if name in GETS else ("GET", 43002)
        assert code(platform, name, method=wrong) == errcode


def test_only_who_may_develop_may_shelve(platform: Platform) -> None:
    verbs.authorize(client=platform.made.client, appid=APPID, actor=OPERATOR, permission_sets=[156])
    assert platform.get("get_icp_entrance_info")["errcode"] == 0
    for name in SHELVING:
        assert code(platform, name, COMMIT) == 61007
    platform.token = ""
    for name in SHELVING:
        assert code(platform, name, COMMIT) == 41001


def test_an_app_outside_the_catalogue(platform: Platform) -> None:
    stranger = Platform.create("wx9999999999999999")
    bodies = {"commit": COMMIT, "change_visitstatus": {"action": "close"}}
    answered = {name: code(stranger, name, bodies.get(name)) for name in SHELVING}
    assert answered == dict.fromkeys(SHELVING, 86388) | {
        "get_latest_auditstatus": 85058, "get_auditstatus": 85012}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12)
    | st.sampled_from(["open", "close", "{}", "1", "V1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(set(SHELVING) - GETS)), body=st.fixed_dictionaries({}, optional=dict.fromkeys(
    ("template_id", "ext_json", "user_version", "user_desc", "item_list", "feedback_info", "feedback_stuff",
     "version_desc", "auditid", "action"), values)))
def test_no_body_is_strange_enough_for_a_fault(platform: Platform, name: str, body: dict[str, Any]) -> None:
    answered = code(platform, name, body)
    assert answered in TABLE and answered != -1


@pytest.mark.django_db(transaction=True)
def test_the_outcome_of_an_audit_is_pushed_to_the_message_url(at, receiver: Receiver, run_jobs) -> None:
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    platform = Platform.create(message_url=receiver.url.replace("events", "messages/$APPID$"))
    reject_audit(audit_id=submitted(platform), reason="服务类目与页面不符", actor=OPERATOR)
    passed(platform, "V2.0")
    run_jobs()
    crypto = WeChatCrypto(message_token(platform.made.client), platform.made.encoding_aes_key, platform.made.client.pk)
    told = []
    for request in receiver.requests:
        assert request.path == f"/messages/{APPID}"
        query = request.query
        message = xmltodict.parse(crypto.decrypt_message(
            request.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"]))["xml"]
        assert message.pop("FromUserName")
        told.append(message)
    event = {"ToUserName": "gh_111111111111", "CreateTime": "1693879200", "MsgType": "event"}
    assert told == [
        {**event, "Event": "weapp_audit_fail", "Reason": "服务类目与页面不符", "FailTime": "1693879200", "ScreenShot": None},
        {**event, "Event": "weapp_audit_success", "SuccTime": "1693879200"}]


@pytest.mark.django_db(transaction=True)
def test_an_audit_passes_by_itself_where_the_operator_has_set_so(at, settings, run_jobs) -> None:
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    platform = Platform.create()
    submitted(platform)
    run_jobs()
    assert ask(platform, "get_latest_auditstatus")["status"] == 2
    ask(platform, "undocodeaudit")
    settings.OPENBEIAN_AUDIT_AUTOMATIC = 0
    submitted(platform, "V2.0")
    assert ask(platform, "get_latest_auditstatus")["status"] == 2
    run_jobs()
    assert ask(platform, "get_latest_auditstatus")["status"] == 0
    [event] = Event.objects.filter(tag="shelf:version:passed")
    assert (event.actor_role, event.actor_id) == ("clock", "clock:audit")
    submitted(platform, "V3.0")
    ask(platform, "undocodeaudit")
    run_jobs()  # finds nothing to pass
    assert ask(platform, "get_latest_auditstatus")["status"] == 3
    assert Push.objects.count() == 0


def test_the_operator_closing_for_an_organizer_is_told_as_such(listed: Platform) -> None:
    assert close_app(appid=APPID, actor=OPERATOR) is True
    assert close_app(appid=APPID, actor=OPERATOR) is False
    assert ask(listed, "getvisitstatus")["status"] == 0
