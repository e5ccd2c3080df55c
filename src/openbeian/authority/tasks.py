"""Jobs of the authority room. Each is idempotent: its worker may die at any point."""

import math

from django.conf import settings
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from openbeian.authority import verbs
from openbeian.authority.client import LinkError
from openbeian.authority.queries import POLL_TASK, SEND_TASK
from openbeian.authority.verbs.lanes import OWN_TROUBLE
from openbeian.filings.decide import UPLOAD_JOB
from openbeian.ledger import clock, working_days


class Backoff(BaseRetryStrategy):
    """Trouble with the link: retry after 1, 2, 4 … seconds, at most 5 minutes, ``attempts`` times or without end.

    What one worker cannot reach another may, and other jobs of the lane wait for this one: it is retried after 8 seconds
    at most.
    """

    LONGEST_SECONDS, LONGEST_SECONDS_OF_OWN_TROUBLE = 300, 8

    def __init__(self, attempts: float = math.inf) -> None:
        self.attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if not isinstance(exception, LinkError) or job.attempts >= self.attempts:
            return None
        own = isinstance(exception, OWN_TROUBLE)
        longest = self.LONGEST_SECONDS_OF_OWN_TROUBLE if own else self.LONGEST_SECONDS
        return RetryDecision(retry_in={"seconds": min(2**min(job.attempts, 16), longest)})


@app.task(name=UPLOAD_JOB, retry=Backoff())
def upload(order_id: int) -> None:
    """Hand one order over to its province."""
    verbs.hand_over(order_id=order_id)


@app.task(name=SEND_TASK, retry=Backoff())
def send(province: str) -> None:
    """Send what is prepared on a lane, such as the answer to a task."""
    verbs.send(province=province)


@app.task(name="authority.status", retry=Backoff(attempts=5))
def ask_status(order_id: int) -> None:
    """Ask whether the organizer of a submitted order is registered somewhere, for the reviewer."""
    verbs.ask_status(order_id=order_id)


@app.task(name=POLL_TASK)
def poll(province: str) -> None:
    """Take over what one province has for us."""
    verbs.poll(province=province)


def _cron(seconds: float) -> str:
    """A period as cron has it; procrastinate's cron has seconds as a sixth field."""
    whole = max(1, round(seconds))
    return f"* * * * * */{whole}" if whole < 60 else f"*/{min(59, whole // 60)} * * * *"


@app.periodic(cron=_cron(settings.OPENBEIAN_POLL_SECONDS))
@app.task(name="authority.tick", queueing_lock="authority.tick")
def tick(timestamp: int) -> None:
    """Run the schedule. ``timestamp`` is the queue's wall clock and of no interest here."""
    verbs.run_schedule(at=clock.now())


@app.periodic(cron="40 3 * * *")
@app.task(name="authority.daily", queueing_lock="authority.daily")
def daily(timestamp: int) -> None:
    """Once a day: compare the register with every province, settle limits, empty files kept long enough."""
    at = clock.now()
    verbs.reconcile_all(at=at)
    working_days.settle()
    verbs.purge(at=at)
