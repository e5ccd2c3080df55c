"""Orders on their way to a province that a test plays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from openbeian.authority import verbs
from openbeian.authority.models import Upload
from openbeian.authority.queries import POLL_TASK
from openbeian.authority.verbs import lanes
from openbeian.filings import submission
from openbeian.filings.models import Order
from openbeian.regime.actors import Actor, Role
from openbeian.regime.lifecycle import OrderKind
from openbeian.review.verbs import approve
from openbeian.v3.wire import EXTENSION
from tests import samples
from tests.authority.province import ProvinceSystem, province_system
from tests.jobs import forget_jobs
from tests.orders import ORGANIZER, REVIEWER, account, submitted  # noqa: F401

ZHEJIANG = "330000"
SUBJECT_NUMBER, NUMBER = "浙ICP备2023000001号", "浙ICP备2023000001号-1X"


@pytest.fixture
def province(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProvinceSystem]:
    """The province of the sample's organizer, at the other end of the wire."""
    another_worker(monkeypatch)
    with province_system(ZHEJIANG, settings.SECRET_KEY) as system:
        settings.OPENBEIAN_AUTHORITY = {}
        settings.OPENBEIAN_SIMULATOR_URL = system.url
        yield system


def another_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, act as a process that has not tried to reach a province yet."""
    monkeypatch.setattr(lanes, "_own_trouble", {})


@pytest.fixture
def approved(submitted: Callable[..., Order], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Order]:  # noqa: F811
    """An order the platform has approved: in hand-over, nothing sent yet. Its pictures are small, to save time."""
    small = samples.png(60, 90)
    monkeypatch.setattr(samples, "png", lambda *size: small)

    def make(**arguments: Any) -> Order:
        return approve(order_id=submitted(**arguments).pk, reviewer=REVIEWER)

    return make


@pytest.fixture
def handed_over(approved: Callable[..., Order], province: ProvinceSystem) -> Callable[..., Order]:
    """An order whose file the province has."""

    def make(**arguments: Any) -> Order:
        order = approved(**arguments)
        verbs.hand_over(order_id=order.pk)
        return order

    return make


def cancelling(order: Order, kind: str = "cancel_service") -> Order:
    """An approved order to cancel the service that ``order`` filed, or its subject."""
    order.refresh_from_db()
    cancel = submission.file(
        kind=OrderKind(kind), appid=order.appid, document=samples.cancellation_dossier(),
        account=account(order.appid, samples.enterprise_dossier()), actor=ORGANIZER)
    return approve(order_id=cancel.pk, reviewer=REVIEWER)


@dataclass(frozen=True)
class Ticked:
    """What the schedule did: the polls it made, as they ended, and what the next run did after them."""

    polled: tuple[verbs.Polled, ...]
    done: verbs.Scheduled


def tick(at: datetime) -> Ticked:
    """The worker's next two runs of the schedule at ``at``, with the polls between them."""
    first = verbs.run_schedule(at=at)
    polls = ProcrastinateJob.objects.filter(task_name=POLL_TASK, status="todo").order_by("pk")
    polled = tuple(verbs.poll(**job.args) for job in polls)
    forget_jobs(POLL_TASK)
    assert sorted(one.province for one in polled) == sorted(first.to_poll)
    second = verbs.run_schedule(at=at)
    forget_jobs(POLL_TASK)
    return Ticked(polled, replace(second, lapsed=first.lapsed + second.lapsed, requeued=first.requeued + second.requeued))


def receive_now(province: ProvinceSystem, *files: bytes) -> verbs.Polled:
    """The province has ``files`` for us, and we ask."""
    start = len(province.acknowledged)
    province.queue += [(f"F{start + i}", xml) for i, xml in enumerate(files)]
    return verbs.poll(province=province.province)


def state_of(order: Order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)


def upload_of(order: Order) -> Upload:
    return Upload.objects.filter(order=order).latest("sequence")


def file(block: str) -> bytes:
    """A download file."""
    return f'<?xml version="1.0" encoding="GBK"?><DownloadData version="V.3.0"><ICP>{block}</ICP></DownloadData>'.encode(
        "gbk")


def result(key: Any, *codes: int, operation: int = 1, text: str = "") -> bytes:
    lines = "".join(f"<Jgxx><Jgdm>{code}</Jgdm><Dmms>{text or '-'}</Dmms></Jgxx>" for code in codes or (0,))
    bs = f"<Bs>{key}</Bs>" if key else ""
    return file(f"<BAJG><Jg_xx>{lines}<Czlx>{operation}</Czlx>{bs}</Jg_xx></BAJG>")


def sms(key: Any, principal: str, outcome: str, at: str, operation: int = 1) -> str:
    return (
        f'<mp:SmsVerification xmlns:mp="{EXTENSION}" version="1"><mp:RecordId>{key}</mp:RecordId>'
        f"<mp:Operation>{operation}</mp:Operation><mp:Principal>{principal}</mp:Principal>"
        f"<mp:Result>{outcome}</mp:Result><mp:At>{at}</mp:At></mp:SmsVerification>")


def reports(*blocks: str) -> bytes:
    return file(f"<BAJG>{''.join(blocks)}</BAJG>")


def verified(key: Any, at: str, operation: int = 1) -> bytes:
    """Everybody concerned has answered the SMS."""
    who = ("subject", "service") if operation == 1 else ("service",)
    return reports(*(sms(key, principal, "verified", at, operation) for principal in who))


def decision(key: Any, passed: bool, at: str, opinion: str = "", operation: int = 1) -> bytes:
    words = f"<Shyj>{opinion}</Shyj>" if opinion else ""
    return file(f"<BAJG><GJSHS><Gjsh><Shsj>{at}</Shsj>{words}<Shjg>{int(passed)}</Shjg><Czlx>{operation}</Czlx>"
                f"<Jlid>{key}</Jlid></Gjsh></GJSHS></BAJG>")


def filed(order: Order, *, number: str = NUMBER, subject: str = SUBJECT_NUMBER, at: str = "2023-09-28 10:00:00",
          appid: str = "") -> bytes:
    return file(
        f"<BASJ><Baxx><Zt_xx><IspZtid>{order.pk}</IspZtid><Ztid>33000000001</Ztid><Baxh>{subject}</Baxh></Zt_xx>"
        f"<Wz_xx><IspWzid>{order.pk}</IspWzid><Wzid>33000000002</Wzid>"
        f'<mp:MiniProgram xmlns:mp="{EXTENSION}" version="1"><mp:AppId>{appid or order.appid}</mp:AppId>'
        f"</mp:MiniProgram><Shsj>{at}</Shsj><Baxh>{number}</Baxh></Wz_xx></Baxx></BASJ>")


def cancelled(service_id: str) -> bytes:
    return file(f"<ZXSJ><Zx_xx><Zxlb>1</Zxlb><Jlid>{service_id}</Jlid></Zx_xx></ZXSJ>")


ORGANIZER_BY_HAND = Actor(Role.ORGANIZER, "user:7")
