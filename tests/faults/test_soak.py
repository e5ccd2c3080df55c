"""A small soak: orders of all nine kinds through a link on which everything goes wrong, and every one at its end.

And the proof that a soak can fail: its checks are shown spoilt tables and name what was spoilt.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import transaction

from openbeian.authority.models import (
    ANSWERED_BY_UPLOAD,
    Assignment,
    InboxFile,
    Lane,
    Reconciliation,
    Unmatched,
    Upload,
)
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.lifecycle import OrderKind, State
from openbeian.register.models import Access, Service
from openbeian.runtime.processes import Running, serve
from openbeian.simulator import models as theirs
from openbeian.simulator import queries as desk
from openbeian.soak import checks
from openbeian.soak.checks import Scene
from openbeian.soak.commands import ENVIRONMENT
from openbeian.soak.dossiers import Organizer
from openbeian.soak.errands import Deed, Errand
from openbeian.soak.people import OPERATOR
from openbeian.soak.plan import Life, PlannedOrder, Turn, plan
from openbeian.soak.run import Soak
from openbeian.soak.trouble import Menu

#: Short lives, and yet a refusal, a data error, two lapses, wrong codes, and one order left where it lapsed.
ORDERS, SEED = 14, 68


@pytest.fixture
def running(transactional_db: None) -> Iterator[Running]:
    with serve(web=False, environment=ENVIRONMENT) as system:
        yield system


def test_a_small_soak_ends_as_planned_and_its_checks_name_what_is_spoilt(running: Running) -> None:
    menu = Menu(kill_every=45, tasks_every=12, fault_rate=0.05)
    soak = Soak(orders=ORDERS, seed=SEED, workers=[running], menu=menu, at_once=60, say=lambda line: None,
                kill_database=None)
    soak.work()
    soak.rest()
    report = soak.compare()
    assert "\n".join(report.violations) == ""
    assert report.ends == {"filed": 10, "cancelled": 3, "sms_lapsed": 1}
    assert report.struck["worker killed"] > 0 and sum(report.faults.values()) > 0
    assert report.tasks > 0
    assert report.uploads == sum(len(errand.planned.turns) for errand in soak.people.errands) + report.tasks

    # Asked within this transaction, where the spoilt rows are.
    scene = replace(soak.scene, on_file=lambda province: desk.filed(province=province))
    assert checks.violations(scene) == []
    for spoil in SPOILT:
        with transaction.atomic():
            wanted, spoilt = spoil(scene)
            found = checks.violations(spoilt)
            transaction.set_rollback(True)
        assert [sentence for sentence in found if wanted in sentence], f"{spoil.__name__}: {found}"


def an_upload_is_lost(scene: Scene) -> tuple[str, Scene]:
    upload = theirs.Upload.objects.filter(sequence=1).first()
    theirs.Upload.objects.filter(pk=upload.pk).update(sequence=1000)
    return f"{upload.province_id}: the province's uploads lack the numbers [1", scene


def an_upload_arrived_as_another(scene: Scene) -> tuple[str, Scene]:
    first, second = theirs.Upload.objects.filter(province="440000").order_by("sequence")[:2]
    theirs.Upload.objects.filter(pk=first.pk).update(sealed=second.sealed)
    return "440000: upload 1 is another file there than here", scene


def an_upload_is_doubled(scene: Scene) -> tuple[str, Scene]:
    upload = Upload.objects.order_by("pk").first()
    lane = Lane.objects.get(pk=upload.province)
    Lane.objects.filter(pk=lane.pk).update(last_sequence=lane.last_sequence + 1)
    Upload.objects.create(
        province=lane.pk, sequence=lane.last_sequence + 1, order=upload.order, operation=upload.operation, state="accepted",
        record_key=upload.record_key, sealed=upload.sealed, created_at=upload.created_at)
    count = upload.order.uploads.count()
    return f"was {count - 1} times, and has {count} uploads", scene


def an_answer_to_a_task_is_doubled(scene: Scene) -> tuple[str, Scene]:
    report = theirs.Report.objects.filter(kind__in=["HSJG", "WBACLJG"]).first()
    report.pk = None
    report.save()
    return "answers to tasks were taken, and the province holds", scene


def a_task_is_open(scene: Scene) -> tuple[str, Scene]:
    task = Assignment.objects.filter(kind__in=ANSWERED_BY_UPLOAD).first()
    Assignment.objects.filter(pk=task.pk).update(done_at=None)
    return f"{task} is open, with 1 answers", scene


def a_number_differs(scene: Scene) -> tuple[str, Scene]:
    service = Service.objects.first()
    theirs.Service.objects.filter(number=service.number).update(number=f"{service.number[:-2]}9X")
    return f"{service.number}: the register has (", scene


def a_number_is_issued_twice(scene: Scene) -> tuple[str, Scene]:
    number = Service.objects.first().number
    record(tag="register:number:issued", actor=OPERATOR, subject="app:x", at=scene.at, data={"number": number})
    return f"{number} was issued 2 times", scene


def a_file_had_no_effect(scene: Scene) -> tuple[str, Scene]:
    file = InboxFile.objects.filter(problem="").first()
    InboxFile.objects.filter(pk=file.pk).update(applied_at=None, acknowledged_at=None)
    return f"{file.file_name} never took effect", scene


def an_answer_of_ours_went_to_the_strangers(scene: Scene) -> tuple[str, Scene]:
    file = InboxFile.objects.filter(problem="").exclude(unmatched__isnull=False).first()
    Unmatched.objects.create(province=file.province, file=file, record="Decision", reason="unknown_record", at=scene.at)
    return f"{file.file_name} is among the answers for a person", scene


def a_stranger_is_not_told(scene: Scene) -> tuple[str, Scene]:
    row = Unmatched.objects.filter(record_key__startswith="9000000").first()
    row.delete()
    return f"{row.file.file_name} is missing among the answers for a person", scene


def an_order_was_to_end_otherwise(scene: Scene) -> tuple[str, Scene]:
    errand = next(errand for errand in scene.errands if errand.planned.end == State.FILED)
    other = replace(errand, planned=replace(errand.planned, turns=(Turn.REFUSE,), given_up=False))
    errands = [other if one is errand else one for one in scene.errands]
    return "stands at filed, not at authority_rejected", replace(scene, errands=errands)


def an_order_stands_in_no_plan(scene: Scene) -> tuple[str, Scene]:
    *others, last = scene.errands
    return f"order:{last.order_id} stands in no plan", replace(scene, errands=others)


def an_access_has_ended(scene: Scene) -> tuple[str, Scene]:
    access = Access.objects.filter(until=None).first()
    Access.objects.filter(pk=access.pk).update(until=clock.now())
    return f"1 mini programs are not provided and should be: ['{access.appid}']", scene


def the_province_differs(scene: Scene) -> tuple[str, Scene]:
    row = Reconciliation.objects.first()
    Reconciliation.objects.filter(pk=row.pk).update(differences=[{"kind": "missing_here", "number": "示ICP备1号-1X"}])
    return f"{row.province}: missing_here 示ICP备1号-1X", scene


def a_request_is_open(scene: Scene) -> tuple[str, Scene]:
    theirs.Record.objects.filter(pk=theirs.Record.objects.order_by("pk").first().pk).update(state="review")
    return "1 requests are open at the provinces", scene


SPOILT: tuple[Callable[[Scene], tuple[str, Scene]], ...] = (
    an_upload_is_lost, an_upload_arrived_as_another, an_upload_is_doubled, an_answer_to_a_task_is_doubled, a_task_is_open,
    a_number_differs, a_number_is_issued_twice, a_file_had_no_effect, an_answer_of_ours_went_to_the_strangers,
    a_stranger_is_not_told, an_order_was_to_end_otherwise, an_order_stands_in_no_plan, an_access_has_ended,
    the_province_differs, a_request_is_open)


# The plan


def test_the_same_seed_gives_the_same_plan_with_exactly_so_many_orders() -> None:
    for orders in (1, 14, 30, 500):
        lives = list(plan(orders=orders, seed=7))
        assert lives == list(plan(orders=orders, seed=7))
        assert sum(len(life.orders) for life in lives) == orders
    assert lives != list(plan(orders=500, seed=8))
    assert {order.kind for life in plan(orders=14, seed=8) for order in life.orders} == set(OrderKind)
    assert {turn for life in lives for order in life.orders for turn in order.turns} == set(Turn)


def errand(*turns: Turn, kind: OrderKind = OrderKind.FIRST_FILING, **how: bool) -> Errand:
    life = Life(1, "330000", ((PlannedOrder(kind, 0, turns, **how),),))
    return Errand(Organizer(life), 0, life.orders[0])


def test_an_errand_goes_from_deed_to_deed() -> None:
    one = errand(Turn.DATA_ERROR, Turn.LAPSE, Turn.ACCEPT)
    done = [one.deed]
    one.order_id = 1
    for state in ("platform_review", "handover", "returned", "platform_review", "sms_pending", "sms_lapsed", "handover",
                  "filed"):
        one.seen_at(state)
        done.append(one.deed)
    assert done == ["submit", "approve", "wait", "submit", "approve", "wait", "resubmit", "wait", "wait"]
    assert (one.over, one.astray) == (True, "")


def test_an_errand_that_leaves_the_plan_says_where() -> None:
    one = errand(Turn.REFUSE, Turn.ACCEPT)
    one.order_id = 1
    for state in ("platform_review", "sms_pending", "sms_lapsed"):
        one.seen_at(state)
    assert one.astray == "handing over no. 1, planned to end in refuse, left it at sms_lapsed"
    assert (one.over, one.deed) == (True, Deed.WAIT)


# The command


def test_the_command_runs_on_an_instance_of_its_own_and_leaves_nothing_behind(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    ran = subprocess.run(
        [sys.executable, "-m", "openbeian.cli", "soak", "--orders", "1", "--seed", "3", "--workers", "1",
         "--kill-every", "0", "--database-kills", "0", "--json"],
        env={**kept, "OPENBEIAN_VAR": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = json.loads(ran.stdout)
    assert (report["orders"], report["ends"], report["violations"]) == (1, {"filed": 1}, [])
    assert list(tmp_path.iterdir()) == []
