"""The link end to end, in real processes: our worker against the simulated administration, whatever it sends."""

from collections.abc import Iterator
from typing import Any

import pytest

from openbeian.authority import queries, verbs
from openbeian.authority.models import Assignment, CodeDifference, InboxFile, Lane, Upload
from openbeian.filings.models import Order
from openbeian.ledger import clock
from openbeian.ledger.clock import set_instant
from openbeian.notices.models import Notice
from openbeian.regime.actors import Actor, Role
from openbeian.register.models import Service
from openbeian.runtime.processes import Running, free_port, serve
from openbeian.simulator import models as theirs
from openbeian.simulator import queries as desk
from openbeian.simulator import verbs as administration
from tests.authority.province import wait_until
from tests.authority.road import ZHEJIANG, approved, state_of, submitted  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
OPERATOR = Actor(Role.OPERATOR, "user:9")


@pytest.fixture(scope="module")
def processes(django_db_setup: None) -> Iterator[Running]:
    environment = {"OPENBEIAN_POLL_SECONDS": "1", "OPENBEIAN_WORKER_HEARTBEAT": "0.2"}
    with serve(web=False, worker=False, simulator_port=free_port(), environment=environment) as system:
        yield system


@pytest.fixture
def system(transactional_db: None, processes: Running) -> Iterator[Running]:
    processes.start("worker")
    yield processes
    processes.stop("worker")


@pytest.fixture
def filed(system: Running, approved: Any) -> Order:  # noqa: F811
    """An order on file, all the way through both systems."""
    administration.change_settings(automatic_decision_after=0)
    order = approved()
    wait_until(lambda: state_of(order) == "sms_pending")
    message = next(line for line in desk.messages("13900000001") if line["key"] == order.pk)
    administration.verify_sms(code=message["code"], mobile="13900000001", certificate_last6="140010")
    wait_until(lambda: state_of(order) == "filed")
    order.refresh_from_db()
    return order


def taken_over() -> bool:
    return not theirs.Outgoing.objects.filter(acknowledged_at=None).exists() and not InboxFile.objects.filter(
        acknowledged_at=None).exists()


def sent(block: str, **content: Any) -> None:
    """The clerk sends something of his own accord, and we have it."""
    administration.issue(block=block, province=ZHEJIANG, content=content)
    # An idle lane is asked once an hour; a poll that was under way as the clerk sent it puts that down afterwards.
    wait_until(lambda: Lane.objects.update(next_poll_at=None) and taken_over())


def test_everything_a_clerk_can_send_arrives_and_is_understood(filed, system):
    sent("SJTB")
    report = verbs.reconcile(province=ZHEJIANG, at=clock.now())
    assert (report.held, report.told, report.differences) == (1, 1, [])
    assert Service.objects.get().accesses.get().province_access_id == filed.province_access_id != ""

    sent("XGTZ", text="请核实主体地址", number=filed.service_number)
    assert Assignment.objects.get(kind="rectify").appid == filed.appid
    assert Notice.objects.get(code="rectify").appid == filed.appid
    sent("HCJG")
    sent("FFJRHMD")
    sent("HMDLB")
    sent("JCDM", changes={"Dwxz": [{"Id": 77, "Mc": "新的单位性质"}]})
    assert list(CodeDifference.objects.values_list("table", "code", "theirs")) == [
        ("subject_types", "77", "新的单位性质")]
    assert sorted(Assignment.objects.values_list("kind", flat=True)) == ["check", "illegal_access", "rectify"]
    assert [file.problem for file in queries.problems()] == []
    assert [row.reason for row in queries.unmatched()] == []


def test_tasks_are_answered_and_the_administration_takes_the_answers(filed, system):
    sent("HSRW")
    sent("WBAWZLB")
    for row in Assignment.objects.order_by("pk"):
        assert verbs.answer_assignment(
            assignment_id=row.pk, passed=True, opinion="已核实", actor=OPERATOR, at=clock.now())
    answers = Upload.objects.filter(order=None)
    wait_until(lambda: answers.filter(state="accepted").count() == 2)
    assert sorted(theirs.Report.objects.values_list("kind", flat=True)) == ["HSJG", "WBACLJG"]
    assert (queries.problems().count(), queries.unmatched().count()) == (0, 0)


def test_a_province_switched_off_for_three_days_and_on_again(filed, system, approved, at):  # noqa: F811
    from tests import samples
    from tests.authority.test_uploads import credit_code

    administration.switch_province(ZHEJIANG, on=False)
    orders = [approved(appid=f"wx000000000000001{number}", dossier=samples.spoil(samples.enterprise_dossier(), {
        "organizer.certificate.number": credit_code(number)})) for number in (1, 2)]
    wait_until(lambda: Lane.objects.get().send_error)
    at("2023-09-08T10:00:00+08:00")
    assert [state_of(order) for order in orders] == ["handover", "handover"]
    administration.switch_province(ZHEJIANG, on=True)
    set_instant(clock.now(), running=True)
    wait_until(lambda: [state_of(order) for order in orders] == ["sms_pending", "sms_pending"], seconds=60)
    assert list(theirs.Upload.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3]
    wait_until(lambda: Lane.objects.get().send_error == Lane.objects.get().poll_error == "")
