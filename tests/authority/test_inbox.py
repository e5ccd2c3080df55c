"""The road in: what each answer of a province does, once, whatever happens on the way."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from openbeian.authority import queries, verbs
from openbeian.authority.models import Challenge, InboxFile, Lane, Unmatched
from openbeian.filings import submission
from openbeian.filings.models import Order
from openbeian.filings.queries import findings_of, timeline
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.regime.actors import Actor, Role
from openbeian.v3.wire.answers import Answer
from openbeian.v3.wire.demonstration import credentials
from tests import samples
from tests.authority.road import (  # noqa: F401
    NUMBER,
    ORGANIZER_BY_HAND,
    SUBJECT_NUMBER,
    ZHEJIANG,
    approved,
    cancelled,
    cancelling,
    decision,
    file,
    filed,
    handed_over,
    province,
    receive_now,
    reports,
    result,
    sms,
    state_of,
    submitted,
    tick,
    upload_of,
    verified,
)

OPERATOR = Actor(Role.OPERATOR, "user:9")


@pytest.fixture
def order(db, handed_over) -> Order:  # noqa: F811
    return handed_over()


def tags(order: Order) -> list[str]:
    return [event.tag for event in timeline(order)]


# The life of a filing


def verifications(order: Order) -> list[tuple[str, str, str]]:
    """Each principal, the number shown of them, and how far they are."""
    order.refresh_from_db()
    return [(one.principal, one.mobile, one.state) for one in queries.verifications_of(order)]


def waits_for(order: Order) -> list[str]:
    """The principals who still have to verify."""
    return [principal for principal, _mobile, state in verifications(order) if state == "pending"]


def test_accepted_verified_decided_filed(order, province, at):  # noqa: F811
    assert state_of(order) == "handover"

    receive_now(province, result(order.pk))
    assert state_of(order) == "sms_pending"
    challenges = Challenge.objects.order_by("principal")
    assert [(c.principal, c.state, (c.due_at - c.at).total_seconds()) for c in challenges] == [
        ("service", "pending", 86400), ("subject", "pending", 86400)]

    at("2023-09-05T11:00:00+08:00")
    receive_now(province, reports(sms(order.pk, "subject", "verified", "2023-09-05T10:30:00+08:00")))
    assert state_of(order) == "sms_pending"
    assert waits_for(order) == ["service"]
    receive_now(province, reports(sms(order.pk, "service", "verified", "2023-09-05T10:40:00+08:00")))
    assert state_of(order) == "authority_review"

    at("2023-09-29T10:00:00+08:00")
    receive_now(province, decision(order.pk, True, "2023-09-28 09:00:00"))
    assert state_of(order) == "authority_review"
    receive_now(province, filed(order))
    order.refresh_from_db()
    assert (order.state, order.subject_number, order.service_number) == ("filed", SUBJECT_NUMBER, NUMBER)
    assert (order.province_subject_id, order.province_service_id) == ("33000000001", "33000000002")
    assert tags(order)[-9:] == [
        "order:approve", "authority:prepared", "authority:delivered", "order:uploaded", "authority:sms_verified",
        "authority:sms_verified", "order:verified", "authority:passed", "order:accept"]
    assert (Unmatched.objects.count(), queries.problems().count()) == (0, 0)


def test_everything_in_one_poll_after_a_long_silence(order, province, at):  # noqa: F811
    """The clock leaps a month; a verification made in time must not lapse for being read late."""
    at("2023-10-05T10:00:00+08:00")
    polled = receive_now(province, result(order.pk), verified(order.pk, "2023-09-05T12:00:00+08:00"),
                     decision(order.pk, True, "2023-09-28 10:00:00"), filed(order))
    assert (polled.files, polled.drained, polled.error) == (4, True, "")
    assert state_of(order) == "filed"
    assert province.acknowledged == ["F0", "F1", "F2", "F3"]


def test_the_number_takes_effect_when_the_province_decided(order, province, at, monkeypatch):  # noqa: F811
    from openbeian.filings.signals import order_moved

    heard = []
    order_moved.connect(receiver := (lambda outcome, **rest: heard.append(outcome)))
    at("2023-09-30T10:00:00+08:00")
    receive_now(province, result(order.pk), verified(order.pk, "2023-09-05T12:00:00+08:00"), filed(order))
    order_moved.disconnect(receiver)
    assert heard[-1].decided_at.isoformat() == "2023-09-28T10:00:00+08:00"
    assert (heard[-1].service_number, heard[-1].province_service_id) == (NUMBER, "33000000002")


def test_a_province_that_reports_no_sms_is_understood_by_its_decision(order, province, at):  # noqa: F811
    receive_now(province, decision(order.pk, True, "2023-09-05"), filed(order, at="2023-09-05"))
    assert state_of(order) == "filed"
    assert {c.state for c in Challenge.objects.all()} == {"verified"}


def test_a_number_unwanted_spelling_is_stored_in_its_one_form(order, province):  # noqa: F811
    receive_now(province, result(order.pk), filed(order, number="浙icp备2023000001号－1x", at="2023-09-05"))
    order.refresh_from_db()
    assert order.service_number == NUMBER


def test_a_cancellation(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk), verified(order.pk, "2023-09-05T10:10:00+08:00"), filed(order, at="2023-09-05"))
    cancel = cancelling(order)
    verbs.hand_over(order_id=cancel.pk)
    assert b"<Jlid>33000000002</Jlid><Zxly>1</Zxly>" in province.uploaded[2]
    key = "33000000002"
    receive_now(province, result(key, operation=7))
    assert waits_for(cancel) == ["service"]
    receive_now(province, verified(key, "2023-09-05T10:20:00+08:00", operation=7))
    assert state_of(cancel) == "authority_review"
    receive_now(province, decision(key, True, "2023-09-05 10:30:00", operation=7), cancelled(key))
    assert state_of(cancel) == "cancelled"
    assert Unmatched.objects.count() == 0


# Refusals


def test_data_errors_return_the_order_with_a_finding_each(order, province):  # noqa: F811
    receive_now(province, result(order.pk, 1011, 5010, text="13900000001 无效"))
    assert state_of(order) == "returned"
    findings = findings_of(order).filter(source="authority")
    assert [(f.rule, f.field, f.severity) for f in findings] == [
        ("V3-1011", "organizer.principal.mobile", "blocks"), ("V3-5010", "materials", "blocks")]
    assert (upload_of(order).state, upload_of(order).message_code) == ("refused", 1011)
    assert "13900000001" not in str(list(Event.objects.values())) + str([vars(f) for f in findings])


def test_a_fault_of_ours_also_calls_an_operator(order, province):  # noqa: F811
    receive_now(province, result(order.pk, 5003))
    assert state_of(order) == "returned"
    assert Event.objects.get(tag="lane:alarm").data == {"codes": [5003], "order": order.pk}


def test_an_unknown_code_leaves_the_order_where_it_is_for_a_person(order, province, at):  # noqa: F811
    """Nobody knows whether it is a refusal; what comes after it says so."""
    receive_now(province, result(order.pk, 1777))
    assert (state_of(order), upload_of(order).state) == ("handover", "delivered")
    assert [(row.reason, row.order_id) for row in queries.unmatched()] == [("unknown_code_1777", order.pk)]
    receive_now(province, result(order.pk))
    assert state_of(order) == "sms_pending"


def test_a_record_the_province_has_already_stays_with_it_and_goes_on_with_its_next_word(order, province, at):  # noqa: F811
    """As after a file that was sent once more for want of an answer."""
    receive_now(province, result(order.pk, 5006))
    assert (state_of(order), upload_of(order).state) == ("handover", "delivered")
    assert [(row.reason, row.order_id) for row in queries.unmatched()] == [("already_reported", order.pk)]
    receive_now(province, verified(order.pk, "2023-09-05T10:30:00+08:00"))
    assert state_of(order) == "authority_review"


def test_an_unknown_code_beside_a_known_error_is_shown_with_it(order, province):  # noqa: F811
    receive_now(province, result(order.pk, 1777, 1011))
    assert state_of(order) == "returned"
    assert [f.rule for f in findings_of(order).filter(source="authority")] == ["V3-1777", "V3-1011"]
    assert queries.unmatched().count() == 0


def test_a_file_the_province_could_not_read_is_recognised_by_its_name(order, province):  # noqa: F811
    receive_now(province, result("", 5001, text=f"{upload_of(order).entry_name}: 不符合格式"))
    assert state_of(order) == "returned"


def test_a_refusal_returns_the_opinion_and_the_corrected_order_goes_its_way(order, province, at):  # noqa: F811
    from openbeian.filings.queries import current_document
    from openbeian.review.verbs import approve
    from tests.orders import REVIEWER, account

    receive_now(province, result(order.pk), verified(order.pk, "2023-09-05T10:10:00+08:00"),
            decision(order.pk, False, "2023-09-05 10:20:00", "小程序名称不符合要求"))
    assert state_of(order) == "authority_rejected"
    (finding,) = findings_of(order).filter(source="authority")
    assert finding.reason_zh == "小程序名称不符合要求"

    at("2023-09-06T10:00:00+08:00")
    dossier = current_document(order)
    submission.file(appid=order.appid, document=dossier, account=account(order.appid, dossier), actor=ORGANIZER_BY_HAND)
    approve(order_id=order.pk, reviewer=REVIEWER)
    verbs.hand_over(order_id=order.pk)
    assert sorted(province.uploaded) == [1, 2]
    # The old refusal comes once more, in a file of another name: it is not about the new upload.
    receive_now(province, decision(order.pk, False, "2023-09-05 10:20:00", "小程序名称不符合要求"))
    assert state_of(order) == "handover"
    receive_now(province, result(order.pk), verified(order.pk, "2023-09-06T10:10:00+08:00"),
            filed(order, at="2023-09-06 10:20:00"))
    assert state_of(order) == "filed"


@pytest.mark.parametrize("outcome", ["lapsed", "refused"])
def test_a_verification_that_fails_lapses_and_is_resubmitted_unchanged(order, province, at, outcome):  # noqa: F811
    from openbeian.filings.queries import account_of
    from openbeian.filings.submission import resubmit

    receive_now(province, result(order.pk), reports(
        sms(order.pk, "subject", outcome, "2023-09-05T10:20:00+08:00"),
        sms(order.pk, "service", outcome, "2023-09-05T10:20:00+08:00")))
    assert state_of(order) == "sms_lapsed"
    assert {c.state for c in Challenge.objects.all()} == {outcome}

    at("2023-09-07T10:00:00+08:00")
    resubmit(order_id=order.pk, account=account_of(order), actor=ORGANIZER_BY_HAND)
    verbs.hand_over(order_id=order.pk)
    receive_now(province, result(order.pk))
    # What is told again of the first attempt does not touch the second.
    receive_now(province, reports(sms(order.pk, "subject", outcome, "2023-09-05T10:20:00+08:00")))
    assert (state_of(order), waits_for(order)) == ("sms_pending", ["subject", "service"])
    receive_now(province, verified(order.pk, "2023-09-07T10:30:00+08:00"))
    assert state_of(order) == "authority_review"


def test_who_has_verified_is_told_of_the_file_the_province_took_last(order, province, at):  # noqa: F811
    mobile, other = "13*******01", "13*******77"
    assert verifications(order) == []
    receive_now(province, result(order.pk), reports(
        sms(order.pk, "subject", "verified", "2023-09-05T10:20:00+08:00"),
        sms(order.pk, "service", "lapsed", "2023-09-05T10:20:00+08:00")))
    assert (state_of(order), verifications(order)) == (
        "sms_lapsed", [("subject", mobile, "verified"), ("service", mobile, "lapsed")])

    at("2023-09-07T10:00:00+08:00")
    resubmitted(order, {"organizer.principal.mobile": "13900000077"})
    assert (state_of(order), verifications(order)) == ("handover", [])
    verbs.hand_over(order_id=order.pk)
    assert (state_of(order), verifications(order)) == ("handover", [])
    receive_now(province, result(order.pk))
    assert (state_of(order), verifications(order)) == (
        "sms_pending", [("subject", other, "pending"), ("service", mobile, "pending")])
    receive_now(province, verified(order.pk, "2023-09-07T10:30:00+08:00"))
    assert (state_of(order), verifications(order)) == (
        "authority_review", [("subject", other, "verified"), ("service", mobile, "verified")])


def test_of_a_cancellation_sent_again_the_earlier_verification_is_not_told(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk), verified(order.pk, "2023-09-05T10:10:00+08:00"), filed(order, at="2023-09-05"))
    cancel, key = cancelling(order), "33000000002"
    verbs.hand_over(order_id=cancel.pk)
    receive_now(province, result(key, operation=7), verified(key, "2023-09-05T10:20:00+08:00", operation=7))
    assert (state_of(cancel), verifications(cancel)) == ("authority_review", [("service", "13*******01", "verified")])
    receive_now(province, decision(key, False, "2023-09-05 10:30:00", "理由不成立", operation=7))
    assert (state_of(cancel), verifications(cancel)) == ("authority_rejected", [])
    again = cancelling(order)
    assert (again, state_of(again), verifications(again)) == (cancel, "handover", [])


def resubmitted(order, change=None) -> None:
    """As it was but for ``change``, and approved once more."""
    from openbeian.filings.queries import current_document
    from openbeian.review.verbs import approve
    from tests.orders import REVIEWER, account

    dossier = samples.spoil(current_document(order), change or {})
    submission.file(appid=order.appid, document=dossier, account=account(order.appid, dossier), actor=ORGANIZER_BY_HAND)
    approve(order_id=order.pk, reviewer=REVIEWER)


def test_what_was_said_of_an_earlier_upload_is_read_before_the_next_one_is_sent(order, province, at):  # noqa: F811
    """A result names a record and no upload: one that comes twice would be taken for the answer to the next."""
    receive_now(province, result(order.pk, 1011))
    at("2023-09-05T10:05:00+08:00")
    resubmitted(order)
    province.queue = [("TWICE", result(order.pk, 1011))]
    upload = verbs.hand_over(order_id=order.pk)
    assert (upload.sequence, upload.state, province.acknowledged) == (2, "delivered", ["F0", "TWICE"])
    assert state_of(order) == "handover"
    assert verbs.poll(province=ZHEJIANG).drained and state_of(order) == "handover"


def test_while_that_cannot_be_read_the_order_waits_and_holds_up_no_other(order, handed_over, province, at):  # noqa: F811
    receive_now(province, result(order.pk, 1011))
    at("2023-09-05T10:05:00+08:00")
    resubmitted(order)
    province.queue = [("TWICE", result(order.pk, 1011))]
    province.answers["isp_download"] = [Answer(902, "维护")]
    assert verbs.hand_over(order_id=order.pk) is None
    other = handed_over(appid="wx0000000000000002", instant="2023-09-05T10:05:00+08:00", dossier=samples.spoil(
        samples.enterprise_dossier(), {"organizer.certificate.number": _another_credit_code()}))
    assert (state_of(order), upload_of(other).sequence, sorted(province.uploaded)) == ("handover", 2, [1, 2])

    del province.answers["isp_download"]
    at("2023-09-05T11:05:00+08:00")
    ProcrastinateJob.objects.all().delete()  # that job has done what it could
    tick(clock.now())
    (job,) = ProcrastinateJob.objects.filter(task_name="authority.upload", args={"order_id": order.pk})
    assert verbs.hand_over(order_id=job.args["order_id"]).sequence == 3


# The clock


def test_overdue_verification_lapses_by_the_clock(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk))
    ticked = tick(at("2023-09-06T09:59:59+08:00"))
    assert (ticked.done.lapsed, state_of(order)) == (0, "sms_pending")
    ticked = tick(at("2023-09-06T10:00:00+08:00"))
    assert (ticked.done.lapsed, state_of(order)) == (1, "sms_lapsed")
    assert Event.objects.get(tag="order:lapsed").actor_role == "clock"
    assert tick(clock.now()).done.lapsed == 0


def test_a_tick_reads_the_answers_before_it_looks_at_the_clock(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk))
    province.queue = [("LATE", verified(order.pk, "2023-09-06T09:59:00+08:00"))]
    ticked = tick(at("2023-10-06T10:00:00+08:00"))
    assert (ticked.done.lapsed, state_of(order)) == (0, "authority_review")


def test_nobody_lapses_while_the_link_is_down(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk))
    province.answers["isp_download"] = [Answer(902, "维护")]
    ticked = tick(at("2023-09-07T10:00:00+08:00"))
    assert (ticked.polled[0].error, ticked.done.lapsed, state_of(order)) == ("902", 0, "sms_pending")
    del province.answers["isp_download"]
    province.queue = [("LATE", verified(order.pk, "2023-09-06T09:59:00+08:00"))]
    ticked = tick(at("2023-09-07T11:00:00+08:00"))
    assert (ticked.done.lapsed, state_of(order)) == (0, "authority_review")


def test_a_lane_without_anything_outstanding_is_asked_once_an_hour(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk, 1003))
    assert queries.lanes_to_poll(at("2023-09-05T10:30:00+08:00")) == []
    assert queries.lanes_to_poll(at("2023-09-05T11:30:00+08:00")) == [ZHEJIANG]


# Once, whatever happens


def test_a_province_with_an_account_is_asked_before_its_first_order(province, settings, at, db):  # noqa: F811
    at("2023-09-05T10:00:00+08:00")
    assert queries.lanes_to_poll(clock.now()) == []
    settings.OPENBEIAN_AUTHORITY = {ZHEJIANG: {
        **credentials(ZHEJIANG, settings.SECRET_KEY), "base_url": f"{province.url}/{ZHEJIANG}"}}
    assert queries.lanes_to_poll(clock.now()) == [ZHEJIANG]
    tick(clock.now())
    assert (province.called("isp_download"), queries.lanes_to_poll(clock.now())) == (1, [])


def test_a_file_delivered_ten_times_takes_effect_once(order, province):  # noqa: F811
    province.queue = [("BAJG1", result(order.pk))]
    province.answers["isp_downloadack"] = [Answer(999)] * 9 + [province._isp_downloadack]
    for _ in range(10):
        verbs.poll(province=ZHEJIANG, force=True)
    assert province.called("isp_download") == 10
    assert province.acknowledged == ["BAJG1"]
    assert InboxFile.objects.count() == 1
    assert tags(order).count("order:uploaded") == 1
    assert Challenge.objects.count() == 2


def test_the_same_answers_in_other_files_do_nothing_more(order, province, at):  # noqa: F811
    at("2023-09-28T12:00:00+08:00")
    story = [result(order.pk), verified(order.pk, "2023-09-05T12:00:00+08:00"),
             decision(order.pk, True, "2023-09-28 10:00:00"), filed(order)]
    receive_now(province, *story)
    before = list(Event.objects.values_list("tag", flat=True))
    receive_now(province, *story)
    assert list(Event.objects.values_list("tag", flat=True)) == before
    assert (state_of(order), Unmatched.objects.count(), queries.problems().count()) == ("filed", 0, 0)


def test_a_name_used_again_for_another_content_is_another_file(order, province):  # noqa: F811
    province.queue = [("SAME", result(order.pk))]
    verbs.poll(province=ZHEJIANG)
    province.queue = [("SAME", verified(order.pk, "2023-09-05T12:00:00+08:00"))]
    verbs.poll(province=ZHEJIANG)
    assert state_of(order) == "authority_review"
    assert InboxFile.objects.filter(acknowledged_at__isnull=False).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_file_is_acknowledged_only_after_its_content_is_committed(handed_over, province):  # noqa: F811
    """The province looks into our database, on a connection of its own, when we acknowledge."""
    from django.db import connections

    order = handed_over()
    seen = []

    def look(arguments):
        seen.append((state_of(order), InboxFile.objects.get().applied_at is not None))
        connections.close_all()
        return province._isp_downloadack(arguments)

    province.answers["isp_downloadack"] = [look]
    receive_now(province, result(order.pk))
    assert seen == [("sms_pending", True)]


# What does not fit


@pytest.mark.parametrize("unreadable", [
    b"<DownloadData", b"\x00\x01\x02", file("<XGTZ><Tzlb>0</Tzlb></XGTZ>"),
    file("<BAJG><Jg_xx><Jgxx><Jgdm>x</Jgdm></Jgxx></Jg_xx></BAJG>")])
def test_an_unreadable_file_is_kept_acknowledged_reported_and_the_lane_goes_on(order, province, unreadable):  # noqa: F811
    polled = receive_now(province, unreadable, result(order.pk))
    assert (polled.files, polled.drained) == (2, True)
    assert province.acknowledged == ["F0", "F1"]
    assert state_of(order) == "sms_pending"
    (kept,) = queries.problems()
    assert (kept.file_name, kept.problem.startswith("cannot be read")) == ("F0", True)
    assert Event.objects.get(tag="lane:problem").data == {"file": kept.pk, "problems": 1}


def test_a_file_that_cannot_be_unpacked_is_kept_as_it_came_and_read_after_the_repair(order, province, settings):  # noqa: F811
    right = {**credentials(ZHEJIANG, settings.SECRET_KEY), "base_url": f"{province.url}/{ZHEJIANG}"}
    settings.OPENBEIAN_AUTHORITY = {ZHEJIANG: {**right, "aes_key": "0" * 16}}
    assert receive_now(province, result(order.pk)).error == "damaged"
    for _ in range(5):
        verbs.poll(province=ZHEJIANG, force=True)
    (kept,) = queries.problems()
    assert (kept.packed, kept.acknowledged_at is not None, state_of(order)) == (True, True, "handover")
    assert verbs.reapply(file_id=kept.pk, actor=OPERATOR) is True
    assert state_of(order) == "handover"
    settings.OPENBEIAN_AUTHORITY = {ZHEJIANG: right}
    assert verbs.reapply(file_id=kept.pk, actor=OPERATOR) is True
    assert (state_of(order), queries.problems().count()) == ("sms_pending", 0)
    assert verbs.reapply(file_id=kept.pk, actor=OPERATOR) is False


@pytest.mark.parametrize("damage", [{"beian_info_hash": "AAAAAAAAAAAAAAAAAAAAAA=="}, {"beian_info": "AAAA"}])
def test_a_file_damaged_on_its_way_is_asked_for_again(order, province, at, damage):  # noqa: F811
    """What is acknowledged does not come again: a bad line for half a minute must not cost an answer."""
    at("2023-09-05T11:00:00+08:00")
    damaged = Answer(1, file=province.packed("F0", result(order.pk), **damage))
    province.answers["isp_download"] = [*[damaged] * 5, province._isp_download]
    province.queue = [("F0", result(order.pk))]
    for asked, (moment, error) in enumerate([
        ("11:00:00", "damaged"), ("11:00:00", "damaged"), ("11:00:02", "damaged"), ("11:00:05", "paused"),
        ("11:00:06", "damaged"), ("11:00:14", "damaged"), ("11:00:30", ""),
    ], 1):
        at(f"2023-09-05T{moment}+08:00")
        assert (asked, verbs.poll(province=ZHEJIANG).error) == (asked, error)
    assert (state_of(order), province.acknowledged, queries.problems().count()) == ("sms_pending", ["F0"], 0)


def test_a_file_that_is_promised_and_does_not_come_is_not_taken_for_the_end(order, province):  # noqa: F811
    """Whether everything is in decides whether a verification may lapse, and whether a file may be sent again."""
    province.answers["isp_download"] = [Answer(3), province._isp_download]
    province.queue = [("F0", result(order.pk))]
    drained = Lane.objects.get().drained_at
    assert verbs.poll(province=ZHEJIANG) == verbs.Polled(ZHEJIANG, 0, False, "answer")
    assert Lane.objects.get().drained_at == drained
    assert (verbs.poll(province=ZHEJIANG).drained, state_of(order)) == (True, "sms_pending")


def test_each_file_is_asked_for_again_by_itself(order, province):  # noqa: F811
    """Several are damaged, one behind the other; between two of them the queue is never emptied."""
    names = ["F0", "F1", "F2", "F3"]
    province.queue = [(name, result(order.pk)) for name in names]
    for name in names:
        damaged = Answer(3, file=province.packed(name, result(order.pk), beian_info="AAAA"))
        province.answers.setdefault("isp_download", []).extend([damaged, damaged, province._isp_download])
    errors = [verbs.poll(province=ZHEJIANG, force=True).error for _ in range(9)]
    assert errors == [*["damaged"] * 8, ""]
    assert (state_of(order), province.acknowledged, queries.problems().count()) == ("sms_pending", names, 0)


@pytest.mark.parametrize("stray, record", [
    (result(987654), "ProcessingResult"), (result("", 5001, text="other.xml"), "ProcessingResult"),
    (reports(sms(987654, "subject", "verified", "2023-09-05T12:00:00+08:00")), "SmsReport"),
    (decision(987654, True, "2023-09-05"), "Decision"), (cancelled("33000000099"), "CancelledRecord"),
    (filed(Order(pk=987654, appid="wx1")), "FiledRecord"),
])
def test_an_answer_about_an_unknown_order_waits_for_a_person(order, province, stray, record):  # noqa: F811
    polled = receive_now(province, stray, result(order.pk))
    assert (polled.drained, state_of(order)) == (True, "sms_pending")
    (row,) = queries.unmatched()
    assert (row.record, row.order_id, row.reason[:7]) == (record, None, "unknown")


def test_an_answer_about_a_finished_order_waits_for_a_person(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk), filed(order, at="2023-09-05"))
    at("2023-09-06T10:00:00+08:00")
    receive_now(province, decision(order.pk, False, "2023-09-06 09:00:00", "撤销"), filed(order, number=f"{SUBJECT_NUMBER}-2X"))
    assert state_of(order) == "filed"
    assert {(row.record, row.reason) for row in queries.unmatched()} == {
        ("Decision", "order_filed"), ("FiledRecord", "another_number")}


def lapsed(order: Order, at) -> None:
    """The 24 hours are over by our clock, and the province has said nothing."""
    tick(at("2023-09-06T10:00:00+08:00"))
    assert state_of(order) == "sms_lapsed"


def test_a_verification_told_after_we_let_it_lapse_counts(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk))
    lapsed(order, at)
    receive_now(province, reports(sms(order.pk, "subject", "verified", "2023-09-06T09:58:00+08:00")))
    assert state_of(order) == "sms_lapsed"
    receive_now(province, reports(sms(order.pk, "service", "verified", "2023-09-06T09:59:00+08:00")))
    assert (state_of(order), queries.unmatched().count()) == ("authority_review", 0)


def test_so_does_a_decision_of_a_province_that_reports_no_sms(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk))
    lapsed(order, at)
    at("2023-09-28T10:00:00+08:00")
    receive_now(province, filed(order))
    assert (state_of(order), queries.unmatched().count()) == ("filed", 0)


def test_after_a_sixth_wrong_code_it_waits_for_a_person(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk), reports(
        sms(order.pk, "subject", "refused", "2023-09-05T10:20:00+08:00"),
        sms(order.pk, "subject", "verified", "2023-09-05T10:21:00+08:00")), decision(order.pk, True, "2023-09-06"))
    assert state_of(order) == "sms_lapsed"
    assert {(row.record, row.reason) for row in queries.unmatched()} == {
        ("SmsReport", "challenge_refused"), ("Decision", "order_sms_lapsed")}


@pytest.mark.parametrize("changes, problem", [
    ({"number": "浙ICP备202300001号-1X"}, "FiledRecord: the filing number is malformed (serial_filing)"),
    ({"number": "浙ICP备2023000001号"}, "FiledRecord: the filing number is not one of a mini program"),
    ({"number": "浙ICP备2023000001号-1A"}, "FiledRecord: the filing number is not one of a mini program"),
    ({"number": "浙ICP备2023000002号-1X"}, "FiledRecord: the service number does not belong to the subject number"),
    ({"number": "京ICP备2023000001号-1X", "subject": "京ICP备2023000001号"},
     "FiledRecord: the filing number is one of another province"),
    ({"appid": "wx9"}, "FiledRecord: the record is about another mini program"),
])
def test_a_number_that_is_none_is_not_accepted(order, province, changes, problem):  # noqa: F811
    receive_now(province, result(order.pk), filed(order, at="2023-09-05", **changes))
    assert state_of(order) != "filed"
    assert [file.problem for file in queries.problems()] == [problem]


def test_one_bad_record_does_not_spoil_the_others_of_its_file(province, handed_over, db):  # noqa: F811
    from tests import samples

    first = handed_over(appid="wx0000000000000001")
    second = handed_over(appid="wx0000000000000002", dossier=samples.spoil(samples.enterprise_dossier(), {
        "organizer.certificate.number": _another_credit_code()}))
    both = filed(first, number="nonsense", at="2023-09-05"), filed(
        second, number="浙ICP备2023000002号-1X", subject="浙ICP备2023000002号", at="2023-09-05")
    records = b"".join(xml.split(b"<BASJ>")[1].split(b"</BASJ>")[0] for xml in both)
    receive_now(province, result(first.pk), result(second.pk), both[0].split(b"<BASJ>")[0] + b"<BASJ>" + records
            + b"</BASJ></ICP></DownloadData>")
    assert (state_of(first), state_of(second)) == ("sms_pending", "filed")
    assert queries.problems().get().problem.startswith("FiledRecord: the filing number is malformed")


def test_a_receiver_that_fails_takes_its_record_back_and_nothing_else(order, province, caplog):  # noqa: F811
    from openbeian.filings.signals import order_moved

    personal = "1390000" + "0001"

    def broken(move, **rest):
        if move.action == "accept":
            raise RuntimeError(order.pk, personal)

    order_moved.connect(broken)
    try:
        receive_now(province, result(order.pk), filed(order, at="2023-09-05"))
    finally:
        order_moved.disconnect(broken)
    assert state_of(order) == "sms_pending"
    (kept,) = queries.problems()
    assert kept.problem == "FiledRecord: RuntimeError"
    assert personal not in caplog.text
    assert verbs.reapply(file_id=kept.pk, actor=OPERATOR) is True
    assert (state_of(order), queries.problems().count()) == ("filed", 0)


def _another_credit_code() -> str:
    from stdnum.cn import uscc

    return "91330106MA0000023" + uscc.calc_check_digit("91330106MA0000023")
