"""Jobs of the authority room. Each bears being run again after its worker died at any point."""

from typing import Any

from django.conf import settings
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job

from openbeian.authority.client import LinkError
from openbeian.authority.queries import UPLOAD_TASK
from openbeian.ledger import clock


class Backoff(BaseRetryStrategy):
    """Trouble with the link: again after 1, 2, 4 … seconds, at most 5 minutes, 100 times (some eight hours).

    What is left then is taken up by the next tick, so an order waits for ever at worst, but is never lost.
    """

    LONGEST_SECONDS = 300
    ATTEMPTS_MAX = 100

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if not isinstance(exception, LinkError) or job.attempts >= self.ATTEMPTS_MAX:
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
    verbs.lapse_overdue(at=at)
    expire_idle(at=at)


def _defer_once(task: Any, queueing_lock: str, **arguments: Any) -> None:
    try:
        task.configure(queueing_lock=queueing_lock).defer(**arguments)
    except AlreadyEnqueued:
        pass
