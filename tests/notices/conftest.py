"""A client's address, and a worker that runs what is waiting and stops."""

from collections.abc import Iterator

import pytest

from tests.jobs import run_jobs
from tests.receiver import Receiver, receiving

__all__ = ["receiver", "run_jobs"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found
