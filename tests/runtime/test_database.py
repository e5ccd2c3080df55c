"""Which database a process uses."""

import pytest
from django.db import connection

from openbeian.runtime.database import PATIENCE, settings_from_url, url_from_settings


def connection_facts(url: str) -> tuple[object, ...]:
    made = settings_from_url(url)
    ours = {"server_side_binding", "prepare_threshold", *PATIENCE}
    return (*(made[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")),
            {name: value for name, value in made["OPTIONS"].items() if name not in ours})


@pytest.mark.parametrize(
    ("url", "facts"),
    [
        ("postgresql://filing:s%40fe%2F@db.example:5433/open%20beian?sslmode=require",
         ("open beian", "filing", "s@fe/", "db.example", "5433", {"sslmode": "require"})),
        ("postgres://filing@/openbeian?host=/run/a%20socket", ("openbeian", "filing", "", "/run/a socket", "", {})),
        ("postgresql://[2001:db8::1]/openbeian", ("openbeian", "", "", "2001:db8::1", "", {})),
    ],
)  # fmt: skip
def test_reads_an_address(url: str, facts: tuple[object, ...]) -> None:
    assert connection_facts(url) == facts


@pytest.mark.parametrize("url", [
    "postgresql://filing:p%3Aw%40@db.example:5433/openbeian?sslmode=require",
    "postgresql://openbeian@/test_openbeian?host=/var/a%20path/postgres/data",
])  # fmt: skip
def test_an_address_survives_the_way_through_the_settings(url: str) -> None:
    assert settings_from_url(url_from_settings(settings_from_url(url))) == settings_from_url(url)


@pytest.mark.django_db
def test_a_statement_that_comes_again_is_prepared() -> None:
    """Parsed and planned once; a value in the text of the statement would make it another one each time."""
    with connection.cursor() as cursor:
        for number in range(7):
            cursor.execute("SELECT %s::int + 1000", [number])
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%::int + 1000"])
        assert cursor.fetchone() == (1,)
