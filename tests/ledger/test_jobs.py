"""Jobs are made by the name of their task, in the transaction of the caller."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued, TaskNotFound
from tests.jobs import forget_jobs

from openbeian.ledger import jobs

pytestmark = pytest.mark.django_db(transaction=True)
TASK = "notices.deliver"


@pytest.fixture(autouse=True)
def empty_queue() -> None:
    forget_jobs()


def test_a_job_has_the_settings_of_its_task_and_those_of_the_call() -> None:
    before = datetime.now(UTC)
    jobs.defer(TASK, client_id="wx0123456789abcdef")
    jobs.defer(TASK, lock="a", queueing_lock="b", priority=3, schedule_in=timedelta(hours=1), client_id="wx1")
    first, second = ProcrastinateJob.objects.order_by("id")
    assert (first.task_name, first.args, first.lock, first.queueing_lock, first.priority, first.scheduled_at) == (
        TASK, {"client_id": "wx0123456789abcdef"}, None, None, -10, None)
    assert (second.lock, second.queueing_lock, second.priority) == ("a", "b", 3)
    assert before + timedelta(hours=1) <= second.scheduled_at <= datetime.now(UTC) + timedelta(hours=1)


def test_a_job_is_made_with_the_callers_change_or_not_at_all() -> None:
    with transaction.atomic():
        jobs.defer(TASK, client_id="wx0123456789abcdef")
        transaction.set_rollback(True)
    assert ProcrastinateJob.objects.count() == 0


def test_a_name_without_a_task_is_refused() -> None:
    with pytest.raises(TaskNotFound):
        jobs.defer("notices.delivre", client_id="wx0123456789abcdef")


def test_a_second_job_is_refused_while_the_first_waits_and_the_caller_goes_on() -> None:
    with transaction.atomic():
        assert jobs.defer_once(TASK, queueing_lock="a", client_id="wx1") is True
        assert jobs.defer_once(TASK, queueing_lock="a", client_id="wx2") is False
        jobs.defer(TASK, client_id="wx3")
    assert list(ProcrastinateJob.objects.order_by("id").values_list("args", flat=True)) == [
        {"client_id": "wx1"}, {"client_id": "wx3"}]
    with pytest.raises(AlreadyEnqueued):
        jobs.defer(TASK, queueing_lock="a", client_id="wx4")
