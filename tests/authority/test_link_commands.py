"""``openbeian authority`` for whoever looks after the link: halt, overdue, reconcile, tasks, code tables, files."""

import csv
import io
import json
from dataclasses import dataclass, field

import pytest

from openbeian.authority import verbs
from openbeian.authority.models import Assignment, AssignmentKind, CodeDifference, InboxFile, Lane, Unmatched
from openbeian.authority.verbs.assignments import keep_assignment, lines_of_assignment
from openbeian.authority.verbs.codes import compare_codes
from openbeian.filings.models import Order
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.notices.models import Notice
from tests.authority.road import (  # noqa: F401
    NUMBER,
    ZHEJIANG,
    approved,
    cancelled,
    filed,
    handed_over,
    province,
    receive_now,
    result,
    submitted,
)
from tests.authority.test_commands import openbeian


@dataclass(frozen=True)
class Notice_:
    """A notice as a province might send it."""

    id: str
    number: str
    content: str = field(repr=False)


@pytest.fixture
def order(db, handed_over) -> Order:  # noqa: F811
    return handed_over()


@pytest.fixture
def file(order, province) -> InboxFile:  # noqa: F811
    receive_now(province, result(order.pk))
    return InboxFile.objects.get()


# Lanes


def test_halt_and_resume(order):
    assert openbeian("halt", ZHEJIANG).stdout == "已停用。Halted.\n"
    assert (Lane.objects.get().halted_at is not None, openbeian("status").exit_code) == (True, 1)
    assert json.loads(openbeian("status", "--json").stdout)["lanes"][0]["halted_at"] is not None
    assert openbeian("resume", ZHEJIANG).stdout == "已恢复。Resumed.\n"
    assert openbeian("resume", ZHEJIANG).stdout == "该省未暂停。That lane is not paused.\n"
    assert openbeian("halt", "999999").exit_code == 2


def test_overdue(order, at):
    assert openbeian("overdue").stdout == "没有超期。Nothing is overdue.\n"
    at("2023-09-09T09:00:00+08:00")
    said = openbeian("overdue")
    assert said.exit_code == 1 and f"{order.pk}  first_filing" in said.stdout and "3 天 days over" in said.stdout
    told = json.loads(openbeian("overdue", "--json").stdout)
    assert [(row["order"], row["state"], row["days"]) for row in told["orders"]] == [(order.pk, "handover", 3)]
    assert openbeian("send-again", str(order.pk)).exit_code == 0
    assert openbeian("send-again", str(order.pk)).exit_code == 1


def test_purge_can_be_tried_dry(order, province, at):  # noqa: F811
    receive_now(province, result(order.pk))
    at("2024-09-05T10:00:00+08:00")
    assert openbeian("purge", "--dry-run").stdout == "1 个已发 sent, 1 个已收 received\n"
    assert openbeian("purge").stdout == "1 个已发 sent, 1 个已收 received\n"
    assert openbeian("purge").stdout == "0 个已发 sent, 0 个已收 received\n"


def test_reconcile_and_apply(order, province):  # noqa: F811
    receive_now(province, result(order.pk), filed(order, at="2023-09-05"), cancelled("33000000002"))
    said = openbeian("reconcile", "--province", ZHEJIANG, "--json")
    (report,) = json.loads(said.stdout)
    assert (said.exit_code, report["held"]) == (1, 1)
    assert [(one["kind"], one["number"]) for one in report["differences"]] == [("cancelled_there", NUMBER)]
    assert openbeian("apply", str(Unmatched.objects.get().pk)).stdout == f"{NUMBER}\n"
    assert openbeian("reconcile").exit_code == 0
    assert openbeian("apply", "999999").exit_code == 2


# Tasks


def keep(file: InboxFile, kind: AssignmentKind, key: str = "7", number: str = "") -> Assignment | None:
    return keep_assignment(
        kind, Notice_(key, number, "请更新主体地址"), numbers=(number,), ids=(), file=file, at=clock.now())


def test_a_task_is_kept_once_has_a_limit_and_is_done(file):
    row = keep(file, AssignmentKind.CHECK)
    assert keep(file, AssignmentKind.CHECK) is None
    assert [line.text for line in lines_of_assignment(row)] == ["7", "请更新主体地址"]
    assert [line.personal for line in lines_of_assignment(row)] == [False, True]
    (listed,) = json.loads(openbeian("tasks", "list", "--json").stdout)
    assert (listed["kind"], listed["due_at"]) == ("check", "2023-09-20T00:00:00+08:00")
    assert openbeian("tasks", "done", str(row.pk)).exit_code == 0
    assert openbeian("tasks", "done", str(row.pk)).exit_code == 1
    assert openbeian("tasks", "list").stdout == "没有任务。There are no tasks.\n"
    assert "已办 done" in openbeian("tasks", "list", "--done").stdout


def test_a_task_past_its_limit_is_overdue(file, at):
    row = keep(file, AssignmentKind.CHECK)
    at("2023-10-19T10:00:00+08:00")
    told = json.loads(openbeian("overdue", "--json").stdout)
    assert [task["id"] for task in told["tasks"]] == [row.pk]


def test_a_notice_to_rectify_reaches_the_organizer_concerned_and_no_text_leaves_the_seal(order, province):  # noqa: F811
    receive_now(province, result(order.pk), filed(order, at="2023-09-05"))
    row = keep(InboxFile.objects.first(), AssignmentKind.RECTIFY, number=NUMBER)
    assert row.appid == order.appid
    told = Notice.objects.get(code="rectify")
    assert (told.appid, told.context) == (order.appid, {"number": NUMBER})
    assert "请更新主体地址" not in str(list(Event.objects.values()) + list(Notice.objects.values()))


# Code tables


def test_code_tables_are_judged_and_exported_and_change_nothing(file):
    rows = [("Dwxz", "77", "新的单位性质", True), ("Zjlx", "1", "另一个名称", True), ("Dwxz", "5", "个人", True),
            ("Yylb", "3", "维吾尔语", False), ("Unknown", "1", "x", True)]
    assert compare_codes(rows=rows, file=file, at=clock.now()) == 3
    assert compare_codes(rows=rows, file=file, at=clock.now()) == 0
    listed = json.loads(openbeian("codes", "list", "--json").stdout)
    assert [(one["table"], one["code"], one["theirs"]) for one in listed] == [
        ("certificate_types", "1", "另一个名称"), ("subject_types", "77", "新的单位性质"),
        ("wire_codes/language", "3", None)]
    first, second, third = (str(one["id"]) for one in listed)
    assert openbeian("codes", "reject", first).exit_code == 0
    assert [openbeian("codes", "accept", number).exit_code for number in (second, third, third)] == [0, 0, 1]
    assert openbeian("codes", "list").stdout == "没有差异。No difference.\n"
    assert json.loads(openbeian("codes", "show", second).stdout)["verdict"] == "accepted"
    exported = list(csv.DictReader(io.StringIO(openbeian("codes", "export").stdout)))
    assert [(row["table"], row["code"], row["name"], row["name_before"]) for row in exported] == [
        ("subject_types", "77", "新的单位性质", ""), ("wire_codes/language", "3", "", "维吾尔语")]
    assert [event.tag for event in Event.objects.filter(tag__startswith="codes:").order_by("id")] == [
        "codes:reject", "codes:accept", "codes:accept"]
    assert CodeDifference.objects.filter(verdict="").count() == 0
    # Judged once, it does not come back with the next file.
    assert compare_codes(rows=rows, file=file, at=clock.now()) == 0
    assert verbs.export_codes().count("\n") == 3
