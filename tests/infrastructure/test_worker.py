"""A job made by a running job belongs to that job's transaction."""

import pytest
from django.db import connection, transaction

from openbeian.config.worker import worker_application
from openbeian.notices.tasks import deliver


class Undone(Exception):
    pass


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_job_made_in_a_worker_goes_with_its_transaction() -> None:
    before = jobs()
    fetching = worker_application()
    task = fetching.tasks["notices.deliver"]
    assert task is deliver
    with pytest.raises(Undone), transaction.atomic():
        task.configure(lock="a").defer(lane_id=1)
        assert jobs() == before + 1
        raise Undone
    assert jobs() == before
