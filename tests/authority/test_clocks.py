"""What the passing of time brings: reminders, limits, files that have been kept long enough."""

import pytest
from django.db import connection

from openbeian.authority import queries, verbs
from openbeian.authority.models import InboxFile, Upload
from openbeian.authority.verbs.keeping import KEPT
from openbeian.filings.queries import findings_of, timeline
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.notices.models import Notice
from openbeian.regime.actors import Actor, Role
from tests.authority.road import (  # noqa: F401
    ZHEJIANG,
    approved,
    cancelled,
    filed,
    handed_over,
    province,
    receive_now,
    reports,
    result,
    sms,
    state_of,
    submitted,
    upload_of,
    verified,
)

OPERATOR = Actor(Role.OPERATOR, "user:9")


@pytest.fixture
def order(db, handed_over):  # noqa: F811
    return handed_over()


# Reminders


def reminders() -> list[dict]:
    return [notice.context for notice in Notice.objects.filter(code="sms_reminder").order_by("pk")]


def test_the_organizer_is_reminded_after_12_and_after_22_hours(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk))
    told = []
    for hour in ("05T21:59", "05T22:00", "05T23:00", "06T07:59", "06T08:00", "06T09:59"):
        told.append(verbs.remind(at=at(f"2023-09-{hour}:00+08:00")))
    assert told == [0, 1, 0, 0, 1, 0]
    assert reminders() == [{"order": order.pk, "hours": 12}, {"order": order.pk, "hours": 2}]
    assert Event.objects.filter(subject=order.subject, tag="authority:sms_reminder").count() == 2


def test_a_late_reminder_is_given_once(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk))
    assert verbs.remind(at=at("2023-09-06T09:30:00+08:00")) == 1
    assert verbs.remind(at=clock.now()) == 0
    assert reminders() == [{"order": order.pk, "hours": 1}]


def test_nobody_is_reminded_who_has_answered_or_is_too_late(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk), verified(order.pk, "2023-09-05T10:30:00+08:00"))
    assert verbs.remind(at=at("2023-09-05T23:00:00+08:00")) == 0
    assert verbs.remind(at=at("2023-09-06T11:00:00+08:00")) == 0


def test_one_of_two_principals_still_missing_is_worth_a_reminder(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk), reports(sms(order.pk, "subject", "verified", "2023-09-05T10:30:00+08:00")))
    assert verbs.remind(at=at("2023-09-05T22:00:00+08:00")) == 1


# Overdue


def overdue(at) -> list[tuple]:
    return [(row.order, row.state, row.days) for row in queries.overdue(at)]


def test_a_handover_without_a_result_surfaces_and_a_person_can_send_it_again(order, province, at):  # noqa: F811
    """The province took the file and never says a word about it."""
    assert overdue(at("2023-09-06T09:00:00+08:00")) == []
    assert overdue(at("2023-09-09T09:00:00+08:00")) == [(order.pk, "handover", 3)]
    assert verbs.send_again(order_id=order.pk, actor=OPERATOR) is True
    assert verbs.send_again(order_id=order.pk, actor=OPERATOR) is False
    verbs.hand_over(order_id=order.pk)
    assert list(Upload.objects.order_by("sequence").values_list("sequence", "state")) == [
        (1, "given_up"), (2, "delivered")]
    receive_now(province, result(order.pk))
    assert (state_of(order), upload_of(order).state) == ("sms_pending", "accepted")
    assert "authority:given_up" in [event.tag for event in timeline(order)]


def test_an_administration_that_takes_longer_than_20_working_days_is_listed(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk), verified(order.pk, "2023-09-05T10:30:00+08:00"))
    order.refresh_from_db()
    # 29 September to 6 October are holidays; 7 and 8 October are worked.
    assert order.due_at.isoformat() == "2023-10-09T16:00:00+00:00"
    assert overdue(at("2023-10-09T23:59:00+08:00")) == []
    assert overdue(at("2023-10-19T10:00:00+08:00")) == [(order.pk, "authority_review", 10)]


def test_what_waits_for_the_organizer_is_not_overdue(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk, 1003))
    assert state_of(order) == "returned"
    assert overdue(at("2024-09-05T10:00:00+08:00")) == []


# Keeping


def test_settled_files_are_emptied_after_three_months_and_not_a_day_before(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk), verified(order.pk, "2023-09-05T10:30:00+08:00"))
    start = at("2023-09-05T10:00:00+08:00")
    assert verbs.purge(at=start + KEPT) == (0, 0)
    later = at("2023-12-08T10:00:00+08:00")
    assert verbs.purge(at=later, dry_run=True) == (1, 2)
    assert verbs.purge(at=later) == (1, 2)
    assert verbs.purge(at=later) == (0, 0)
    assert bytes(upload_of(order).sealed) == b""
    assert {bytes(file.sealed) for file in InboxFile.objects.all()} == {b""}
    assert Event.objects.get(tag="lane:purge").data == {"sent": 1, "received": 2}
    # A file that comes again is still known.
    receive_now(province)
    province.queue = [("F0", result(order.pk))]
    verbs.poll(province=ZHEJIANG)
    assert InboxFile.objects.count() == 2


def test_what_is_outstanding_or_in_question_is_kept(order, province, at):  # noqa: F811
    receive_now(province, cancelled("33000000099"), b"<unreadable")
    later = at("2024-09-05T10:00:00+08:00")
    assert verbs.purge(at=later) == (0, 0)
    for row in (queries.unmatched().get(), queries.problems().get()):
        verbs.mark_seen(row=row, actor=OPERATOR)
    assert verbs.purge(at=later) == (0, 2)


# Asking whether the organizer is on file elsewhere


@pytest.fixture
def asking(province, settings):  # noqa: F811
    from openbeian.v3.wire.demonstration import credentials

    settings.OPENBEIAN_AUTHORITY = {ZHEJIANG: {
        **credentials(ZHEJIANG, settings.SECRET_KEY), "base_url": f"{province.url}/{ZHEJIANG}", "ask_status": True}}
    return province


def status_answer(province, *, on_file: bool) -> None:  # noqa: F811
    from openbeian.v3.wire.answers import Answer, StatusInfo

    province.answers["isp_querybeianstatus"] = [lambda arguments: Answer(0, status=StatusInfo(
        int(arguments["queryConditionType"]), arguments["queryCondition"], on_file,
        subject_number="京ICP备2020000009号" if on_file else None))]


def status_jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'authority.status'")
        return cursor.fetchone()[0]


def test_the_reviewer_is_told_of_a_first_filing_by_somebody_on_file(asking, submitted, db):  # noqa: F811
    from tests.jobs import forget_jobs

    forget_jobs()
    order = submitted()
    assert status_jobs() == 1
    status_answer(asking, on_file=True)
    finding = verbs.ask_status(order_id=order.pk)
    (kept,) = findings_of(order).filter(source="authority")
    assert (kept.rule, kept.severity, kept.field) == ("OB-WIRE-005", "informs", "organizer.certificate.number")
    assert kept.reason_zh == finding.reason_zh and "京ICP备2020000009号" in kept.reason_zh
    assert kept.remedy_zh.startswith("请在“已有备案”中填写主体备案号 京ICP备2020000009号")
    assert (verbs.ask_status(order_id=order.pk), findings_of(order).filter(source="authority").count()) == (None, 1)
    sent = next(arguments for method, arguments in asking.calls if method == "isp_querybeianstatus")
    assert sent["queryConditionType"] == "1"


def test_a_first_filing_by_somebody_not_on_file_needs_no_word(asking, submitted, db):  # noqa: F811
    order = submitted()
    status_answer(asking, on_file=False)
    assert verbs.ask_status(order_id=order.pk) is None
    assert findings_of(order).filter(source="authority").count() == 0


def test_nobody_is_asked_unless_the_account_says_so(province, submitted, db):  # noqa: F811
    from tests.jobs import forget_jobs

    forget_jobs()
    submitted()
    assert status_jobs() == 0


# Once a day


def test_the_daily_job_compares_every_province_with_the_register(order, province, at):  # noqa: F811
    from openbeian.authority.tasks import daily

    receive_now(province, result(order.pk), verified(order.pk, "2023-09-05T11:00:00+08:00"), filed(order))
    at("2023-10-01T03:40:00+08:00")
    daily(timestamp=0)
    (report,) = queries.reconciliations()
    assert (report.province, report.at, report.held, report.told, report.differences) == (
        ZHEJIANG, clock.now(), 1, 1, [])
