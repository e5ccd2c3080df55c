"""A lane that does not work: what each answer of a province leads to, and that one province never holds up another."""

import pytest

from openbeian.authority import queries, verbs
from openbeian.authority.client import LinkError
from openbeian.authority.hours import hours_in, next_opening
from openbeian.authority.models import Lane, Upload
from openbeian.authority.verbs.lanes import CallRefused, LaneHalted, LanePaused
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.regime.actors import Actor, Role
from openbeian.regime.calendar import SHANGHAI
from openbeian.v3.wire.answers import Answer
from tests.authority.road import (  # noqa: F401
    ZHEJIANG,
    another_worker,
    approved,
    handed_over,
    province,
    receive_now,
    result,
    state_of,
    submitted,
    tick,
    upload_of,
)
from tests.authority.test_uploads import hand_over, three  # noqa: F401

OPERATOR = Actor(Role.OPERATOR, "user:9")


def lane_tags() -> list[str]:
    return list(Event.objects.filter(subject=f"lane:{ZHEJIANG}").order_by("id").values_list("tag", flat=True))


# What each answer leads to


@pytest.mark.parametrize("code, minutes, tag", [
    (15, 1, "lane:refused"), (20, 30, "lane:refused"), (22, 30, "lane:refused"), (901, 30, "lane:refused"),
    (902, 30, "lane:refused"), (999, 10, "lane:alarm"), (6, 60, "lane:alarm"), (16, 60, "lane:alarm"),
    (18, 60, "lane:alarm"), (19, 60, "lane:alarm"), (21, 60, "lane:alarm"), (4242, 60, "lane:alarm"),
])
def test_a_refused_upload_waits_its_time_and_the_order_stays_safe(three, province, at, code, minutes, tag):  # noqa: F811
    start = at("2023-09-05T10:00:00+08:00")
    province.answers["isp_upload"] = [Answer(code, "不行")]
    with pytest.raises(CallRefused):
        hand_over(three[0])
    with pytest.raises(LanePaused) as paused:
        hand_over(three[0])
    assert (paused.value.until - start).total_seconds() == minutes * 60
    assert (lane_tags(), state_of(three[0]), province.called("isp_upload")) == ([tag], "handover", 1)

    del province.answers["isp_upload"]
    at(paused.value.until.isoformat())
    assert hand_over(three[0]).state == "delivered"
    assert (province.called("isp_upload"), sorted(province.uploaded)) == (2, [1])
    lane = Lane.objects.get()
    assert (lane.send_after, lane.send_error, lane.send_failures) == (None, "", 0)
    assert lane_tags() == [tag, "lane:recovered"]


def test_a_full_queue_is_asked_less_and_less_often_and_told_once(three, province, at):  # noqa: F811
    province.answers["isp_upload"] = [Answer(15, "队列已满")]
    now, waits = at("2023-09-05T10:00:00+08:00"), []
    for _ in range(7):
        with pytest.raises(CallRefused):
            hand_over(three[0])
        until = Lane.objects.get().send_after
        waits.append(round((until - now).total_seconds() / 60))
        now = at(until.isoformat())
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert lane_tags() == ["lane:refused"]


@pytest.mark.parametrize("code", [4, 5, 12, 13])
def test_wrong_credentials_halt_the_lane_until_a_person_resumes_it(three, province, at, code):  # noqa: F811
    province.answers["isp_upload"] = [Answer(code, "密码错误")]
    with pytest.raises(CallRefused):
        hand_over(three[0])
    calls = len(province.calls)
    at("2023-09-12T10:00:00+08:00")  # a week later
    with pytest.raises(LaneHalted):
        hand_over(three[0])
    assert (verbs.poll(province=ZHEJIANG).error, queries.lanes_to_poll(clock.now())) == ("halted", [])
    assert len(province.calls) == calls
    assert Event.objects.get(tag="lane:alarm").data == {"code": str(code), "halted": True}
    (lane,) = queries.lanes(clock.now())
    assert (lane.halted_at is not None, lane.send_error, lane.resting) == (True, str(code), True)

    del province.answers["isp_upload"]
    assert verbs.resume(province=ZHEJIANG, actor=OPERATOR, at=clock.now()) is True
    assert verbs.resume(province=ZHEJIANG, actor=OPERATOR, at=clock.now()) is False
    assert hand_over(three[0]).state == "delivered"


def test_a_person_can_halt_a_lane(three, province):  # noqa: F811
    assert verbs.halt(province=ZHEJIANG, actor=OPERATOR, at=clock.now()) is True
    assert verbs.halt(province=ZHEJIANG, actor=OPERATOR, at=clock.now()) is False
    with pytest.raises(LaneHalted):
        hand_over(three[0])
    assert (lane_tags(), province.calls) == (["lane:halt"], [])


# Outside the hours


def test_a_lane_learns_the_hours_of_its_province_and_keeps_to_them(three, province, at):  # noqa: F811
    at("2023-09-05T07:15:00+08:00")
    province.answers["isp_upload"] = [Answer(20, "请在 08:30-17:00 之间上报")]
    with pytest.raises(CallRefused):
        hand_over(three[0])
    with pytest.raises(LanePaused) as paused:
        hand_over(three[0])
    assert paused.value.until == at("2023-09-05T08:30:00+08:00")
    del province.answers["isp_upload"]
    assert hand_over(three[0]).state == "delivered"

    # The next evening nothing is even tried.
    at("2023-09-06T18:00:00+08:00")
    calls = province.called("isp_upload")
    with pytest.raises(LanePaused) as paused:
        hand_over(three[1])
    assert paused.value.until.astimezone(SHANGHAI).isoformat() == "2023-09-07T08:30:00+08:00"
    assert province.called("isp_upload") == calls
    # Answers still come in: the hours were named for uploads.
    assert receive_now(province, result(three[0].pk)).drained is True


@pytest.mark.parametrize("text, hours", [
    ("请在08:00-20:00上报", "08:00-20:00"), ("允许时间：22：00至次日6：00", "22:00-06:00"), ("22:00 至 6:00", "22:00-06:00"),
    ("0:00~24:00", "00:00-24:00"), ("allowed 9:05 to 17:00", "09:05-17:00"),
    ("每日8时至20时", "08:00-20:00"), ("工作日8点30分到17点整", "08:30-17:00"),
    ("22点至次日6点", "22:00-06:00"), ("请于20点后", ""),
    ("8:30-11:30、13:30-17:00", "08:30-17:00"), ("8:60-17:00", ""), ("25:00-26:00", ""), ("", ""),
])
def test_hours_are_read_from_the_answers_text(text, hours):
    assert hours_in(text) == hours


@pytest.mark.parametrize("hours, now, opening", [
    ("08:00-20:00", "07:59", "2023-09-05T08:00"), ("08:00-20:00", "08:00", None), ("08:00-20:00", "19:59", None),
    ("08:00-20:00", "20:00", "2023-09-06T08:00"), ("22:00-06:00", "12:00", "2023-09-05T22:00"),
    ("22:00-06:00", "23:00", None), ("22:00-06:00", "05:59", None), ("22:00-06:00", "06:00", "2023-09-05T22:00"),
    ("", "03:00", None),
])
def test_the_next_opening(at, hours, now, opening):
    found = next_opening(hours, at(f"2023-09-05T{now}:00+08:00"))
    assert found == (at(f"{opening}:00+08:00") if opening else None)


# The two ways fail by themselves


def test_a_refused_upload_keeps_no_answer_from_coming_in(three, province):  # noqa: F811
    hand_over(three[0])
    province.answers["isp_upload"] = [Answer(901, "维护")]
    with pytest.raises(CallRefused):
        hand_over(three[1])
    assert receive_now(province, result(three[0].pk)).drained is True
    assert (state_of(three[0]), state_of(three[1])) == ("sms_pending", "handover")
    lane = Lane.objects.get()
    assert (lane.send_error, lane.poll_error) == ("901", "")


def test_a_refused_download_keeps_no_order_from_going_out(three, province):  # noqa: F811
    hand_over(three[0])
    province.answers["isp_download"] = [Answer(902, "维护")]
    assert verbs.poll(province=ZHEJIANG).error == "902"
    assert verbs.poll(province=ZHEJIANG).error == "paused"
    assert hand_over(three[1]).state == "delivered"


# The network


def test_a_broken_link_is_told_once_and_its_recovery_too(three, province, at):  # noqa: F811
    hand_over(three[0])
    at("2023-09-05T10:00:00+08:00")
    province.answers["isp_download"] = [503]
    assert [verbs.poll(province=ZHEJIANG).error for _ in range(3)] == ["fault", "fault", "paused"]
    assert verbs.poll(province=ZHEJIANG, force=True).error == "fault"
    del province.answers["isp_download"]
    at("2023-09-05T10:00:04+08:00")
    assert verbs.poll(province=ZHEJIANG).drained is True
    assert lane_tags() == ["lane:unreachable", "lane:recovered"]
    assert Upload.objects.get().state == "delivered"


def test_what_one_worker_cannot_reach_another_may(three, province, at, settings, monkeypatch):  # noqa: F811
    """Its own network or settings may be broken, so it rests by itself, longer each time, and tells of it once."""
    at("2023-09-05T10:00:00+08:00")
    good = settings.OPENBEIAN_SIMULATOR_URL
    settings.OPENBEIAN_SIMULATOR_URL = "http://127.0.0.1:9"
    waits = []
    for _ in range(8):
        with pytest.raises(LinkError) as refused:
            hand_over(three[0])
        if isinstance(refused.value, LanePaused):
            waits.append((refused.value.until - clock.now()).total_seconds())
            at(refused.value.until.isoformat())
    assert waits == [2.0, 4.0, 8.0]
    with pytest.raises(LinkError):
        hand_over(three[0])
    another_worker(monkeypatch)
    settings.OPENBEIAN_SIMULATOR_URL = good
    assert hand_over(three[0]).state == "delivered"
    assert lane_tags() == ["lane:unreachable", "lane:recovered"]
    assert Lane.objects.get().send_after is None


def test_a_worker_with_broken_settings_stops_itself_only(three, province, settings, monkeypatch):  # noqa: F811
    settings.OPENBEIAN_AUTHORITY = {ZHEJIANG: {}}
    for code in ("settings", "settings", "paused"):
        with pytest.raises(LinkError) as refused:
            hand_over(three[0])
        assert refused.value.code == code
    another_worker(monkeypatch)
    settings.OPENBEIAN_AUTHORITY = {}
    assert hand_over(three[0]).state == "delivered"
    assert lane_tags() == ["lane:alarm", "lane:recovered"]


def test_one_silent_province_holds_up_no_other(three, province, settings):  # noqa: F811
    """Two provinces; one is switched off for three days. The other's order goes its way meanwhile."""
    Lane.objects.create(province="110000")
    settings.OPENBEIAN_AUTHORITY = {"110000": {
        "isp_id": 1, "user_name": "u", "password": "p", "aes_key": "0" * 16, "aes_iv": "0" * 16,
        "base_url": "http://127.0.0.1:9"}}
    hand_over(three[0])
    province.queue = [("F0", result(three[0].pk))]
    polled = {one.province: one.error for one in tick(clock.now()).polled}
    assert polled == {"110000": "network", ZHEJIANG: ""}
    assert state_of(three[0]) == "sms_pending"


def test_a_province_switched_off_for_three_days_gets_everything_when_it_is_back(three, province, at):  # noqa: F811
    province.answers["isp_upload"] = [503]
    for day in (5, 6, 7):
        at(f"2023-09-0{day}T10:00:00+08:00")
        for order in three:
            with pytest.raises(LinkError):
                hand_over(order)
    del province.answers["isp_upload"]
    at("2023-09-08T10:00:00+08:00")
    for order in three:
        hand_over(order)
    assert sorted(province.uploaded) == [1, 2, 3]
    assert [upload_of(order).state for order in three] == ["delivered"] * 3
