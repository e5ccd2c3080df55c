"""Jobs of the authority room. Each bears being run again after its worker died at any point."""

from typing import Any

from django.conf import settings
from django.db import transaction
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job

from openbeian.authority.client import LinkError
from openbeian.authority.queries import SEND_TASK, UPLOAD_TASK
from openbeian.ledger import clock


class Backoff(BaseRetryStrategy):
    """Trouble with the link: again after 1, 2, 4 … seconds, at most 5 minutes, 100 times (some eight hours).

    What is left then is taken up by the next tick, so an order waits for ever at worst, but is never lost.
    """

    LONGEST_SECONDS = 300

    def __init__(self, attempts: int = 100) -> None:
        self.attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if not isinstance(exception, LinkError) or job.attempts >= self.attempts:
            return None
        return RetryDecision(retry_in={"seconds": min(2**min(job.attempts, 16), self.LONGEST_SECONDS)})


@app.task(name=UPLOAD_TASK, retry=Backoff())
def upload(order_id: int) -> None:
    """Hand one order over to its province."""
    from openbeian.authority.verbs import hand_over

    hand_over(order_id=order_id)


def defer_upload(*, order_id: int, province: str) -> None:
    """Make the upload job of an order, in the caller's transaction. One lane's jobs run one after the other."""
    upload.configure(lock=f"authority:{province}").defer(order_id=order_id)


@app.task(name=SEND_TASK, retry=Backoff())
def send(province: str) -> None:
    """Send what is prepared on a lane, such as the answer to a task."""
    from openbeian.authority.verbs import send

    send(province=province)


def defer_send(*, province: str) -> None:
    """Make a job that sends what is prepared on a lane, in the caller's transaction.

    A second one finds nothing left to do. (They must not be kept apart by a queueing lock: the first could not be
    tried again while the second waits.)
    """
    send.configure(lock=f"authority:{province}").defer(province=province)


@app.task(name="authority.status", retry=Backoff(attempts=5))
def ask_status(order_id: int) -> None:
    """Ask whether the organizer of a submitted order is on file somewhere, for the reviewer."""
    from openbeian.authority.verbs import ask_status

    ask_status(order_id=order_id)


@app.task(name="authority.poll")
def poll(province: str) -> None:
    """Take over what one province has for us."""
    from openbeian.authority.verbs import poll

    poll(province=province)


def _cron(seconds: float) -> str:
    """A period as cron has it; procrastinate's cron has seconds as a sixth field."""
    whole = max(1, round(seconds))
    return f"* * * * * */{whole}" if whole < 60 else f"*/{min(59, whole // 60)} * * * *"


@app.periodic(cron=_cron(settings.OPENBEIAN_POLL_SECONDS))
@app.task(name="authority.tick", queueing_lock="authority.tick")
def tick(timestamp: int) -> None:
    """Ask every province that may have something for us, each in a job of its own so that none holds up another.

    ``timestamp`` is the queue's wall clock and of no interest here.
    """
    from openbeian.authority import queries, verbs
    from openbeian.filings.verbs import expire_idle

    at = clock.now()
    verbs.take_up_again()
    for province in queries.lanes_to_poll(at):
        _defer_once(poll, f"authority.poll:{province}", province=province)
    verbs.remind(at=at)
    verbs.lapse_overdue(at=at)
    expire_idle(at=at)


@app.periodic(cron="40 3 * * *")
@app.task(name="authority.daily", queueing_lock="authority.daily")
def daily(timestamp: int) -> None:
    """Once a day: compare the register with every province, settle limits, empty files kept long enough."""
    from openbeian.authority import verbs
    from openbeian.ledger import working_days

    at = clock.now()
    verbs.reconcile_all(at=at)
    working_days.settle()
    verbs.purge(at=at)


def _defer_once(task: Any, queueing_lock: str, **arguments: Any) -> None:
    try:
        with transaction.atomic():  # a refusal must not spoil the caller's transaction
            task.configure(queueing_lock=queueing_lock).defer(**arguments)
    except AlreadyEnqueued:
        pass
