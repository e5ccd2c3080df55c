"""The worker is killed (SIGKILL) in the middle of a call to the administration. Nothing is lost or done twice.

Real processes: worker, simulated administration, and a proxy between them that pulls the trigger at an exact moment.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from openbeian.authority import queries
from openbeian.authority.models import Challenge, InboxFile, Upload
from openbeian.filings.models import Order
from openbeian.ledger.models import Event
from openbeian.runtime.processes import Running, free_port, serve
from openbeian.simulator import models as theirs
from openbeian.simulator import queries as desk
from openbeian.simulator import verbs as administration
from tests import samples
from tests.authority.province import wait_until
from tests.authority.road import approved, state_of, submitted  # noqa: F401
from tests.authority.test_uploads import credit_code
from tests.faults.proxy import Proxy, proxy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def running(django_db_setup: None) -> Iterator[tuple[Running, Proxy]]:
    """The simulated administration, with the proxy before it; the worker goes through the proxy."""
    port = free_port()
    with proxy(f"http://127.0.0.1:{port}") as between:
        environment = {"OPENBEIAN_SIMULATOR_URL": between.url, "OPENBEIAN_WORKER_HEARTBEAT": "0.2",
                       "OPENBEIAN_POLL_SECONDS": "1"}
        with serve(web=False, worker=False, simulator_port=port, environment=environment) as system:
            yield system, between


@pytest.fixture
def system(transactional_db: None, running: tuple[Running, Proxy]) -> Iterator[Running]:
    processes, between = running
    between.arrived.clear()
    between.done.clear()
    processes.start("worker")
    yield processes
    between.harm = None
    processes.stop("worker")


def events(order: Order, tag: str) -> int:
    return Event.objects.filter(subject=order.subject, tag=tag).count()


def everything_taken_over() -> bool:
    return not theirs.Outgoing.objects.filter(acknowledged_at=None).exists() and not InboxFile.objects.filter(
        acknowledged_at=None).exists()


@pytest.fixture
def another(approved: Any, at: Any) -> Callable[[], Order]:  # noqa: F811
    """One more approved order, each of an organizer of its own."""
    numbers = iter(range(1, 10))

    def make() -> Order:
        number = next(numbers)
        return approved(appid=f"wx000000000000000{number}", dossier=samples.spoil(samples.enterprise_dossier(), {
            "organizer.certificate.number": credit_code(number)}))

    return make


def kill_at(system: Running, between: Proxy, call: str, moment: str) -> None:
    between.done.clear()
    between.harm = (call, moment, lambda: system.kill("worker"))  # type: ignore[assignment]


def dead(system: Running, between: Proxy) -> bool:
    """Whether the trigger was pulled and the worker is gone."""
    assert between.done.wait(60), "the worker never came to this call"
    return system.pid("worker") is None


def under_way(order: Order) -> bool:
    return state_of(order) == "sms_pending" and everything_taken_over()


def assert_each_once(between: Proxy, orders: list[Order]) -> None:
    """Sent once, accepted once, told once."""
    count = len(orders)
    assert between.arrived.count("isp_upload") == count
    assert list(theirs.Upload.objects.order_by("sequence").values_list("sequence", flat=True)) == [*range(1, count + 1)]
    assert list(Upload.objects.order_by("sequence").values_list("order_id", "sequence", "state")) == [
        (order.pk, number, "accepted") for number, order in enumerate(orders, 1)]
    assert (theirs.Record.objects.count(), theirs.ShortMessage.objects.count()) == (count, count)
    assert (InboxFile.objects.count(), Challenge.objects.count()) == (count, 2 * count)
    for order in orders:
        assert (events(order, "authority:prepared"), events(order, "order:uploaded")) == (1, 1)


def test_worker_killed_mid_upload(system, running, another):
    _, between = running

    # Numbered and stored, but never sent.
    kill_at(system, between, "isp_upload", "before")
    first = another()
    assert dead(system, between)
    assert list(Upload.objects.values_list("state", "attempts")) == [("prepared", 1)]
    assert theirs.Upload.objects.count() == 0
    system.start("worker")
    wait_until(lambda: under_way(first))
    assert_each_once(between, [first])

    # Sent and accepted, but not noted.
    kill_at(system, between, "isp_upload", "after")
    second = another()
    assert dead(system, between)
    assert (Upload.objects.get(order=second).state, theirs.Upload.objects.count()) == ("prepared", 2)
    system.start("worker")
    wait_until(lambda: under_way(second))
    assert_each_once(between, [first, second])


def test_worker_killed_mid_download(system, running, another):
    _, between = running

    # Delivered, but not stored.
    kill_at(system, between, "isp_download", "after")
    first = another()
    assert dead(system, between)
    system.start("worker")
    wait_until(lambda: under_way(first))
    assert_each_once(between, [first])

    # Committed, but not acknowledged.
    kill_at(system, between, "isp_downloadack", "before")
    second = another()
    assert dead(system, between)
    assert (state_of(second), theirs.Outgoing.objects.filter(acknowledged_at=None).count()) == ("sms_pending", 1)
    system.start("worker")
    wait_until(lambda: under_way(second))
    assert theirs.Outgoing.objects.latest("number").deliveries >= 2
    assert_each_once(between, [first, second])

    # Acknowledged, but not noted.
    kill_at(system, between, "isp_downloadack", "after")
    third = another()
    assert dead(system, between)
    assert theirs.Outgoing.objects.filter(acknowledged_at=None).count() == 0
    assert InboxFile.objects.filter(acknowledged_at=None).count() == 1
    system.start("worker")
    wait_until(lambda: under_way(third))
    assert_each_once(between, [first, second, third])

    # And once more as a number is on its way.
    administration.change_settings(automatic_decision_after=0)
    message = next(line for line in desk.messages("13900000001") if line["key"] == third.pk)
    answer = administration.verify_sms(code=message["code"], mobile="13900000001", certificate_last6="140010")
    assert answer.result == "verified"
    kill_at(system, between, "isp_downloadack", "before")
    assert dead(system, between)
    system.start("worker")
    wait_until(lambda: state_of(third) == "filed" and everything_taken_over())
    third.refresh_from_db()
    assert third.service_number == theirs.Service.objects.get().number
    assert (events(third, "order:verified"), events(third, "order:accept")) == (1, 1)
    assert (queries.unmatched().count(), queries.problems().count()) == (0, 0)
