"""A web process whose way to the database can break."""

from collections.abc import Iterator

import pytest
from django.db import connection

from openbeian.runtime.processes import Running, serve
from tests.runtime.swallowing import Way, way_to


@pytest.fixture
def way(transactional_db: None) -> Iterator[Way]:
    with way_to(f"{connection.settings_dict['HOST']}/.s.PGSQL.5432") as way:
        yield way


@pytest.fixture
def running(way: Way) -> Iterator[Running]:
    url = f"postgresql://openbeian@127.0.0.1:{way.port}/{connection.settings_dict['NAME']}"
    with serve(worker=False, simulator=False, environment={"DATABASE_URL": url}) as running:
        yield running
