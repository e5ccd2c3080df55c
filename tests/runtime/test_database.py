"""Which database a process uses."""

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from openbeian.runtime.database import settings_from_url, url_from_settings


def connection_facts(url: str) -> tuple[object, ...]:
    made = settings_from_url(url)
    ours = {"server_side_binding", "prepare_threshold"}
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


@pytest.mark.parametrize("url", [
    "mysql://root:secret@db/openbeian", "postgresql://u:secret@db", "postgresql://u:secret@db/x?nonsense=1", "secret",
])  # fmt: skip
def test_a_wrong_address_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL") as refused:
        settings_from_url(url)
    assert "secret" not in str(refused.value)


@pytest.fixture
def kept() -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own, as one that a web process keeps between two requests."""
    made = connection.copy()
    made.connect()
    yield made
    made.close()


def last_statement(backend: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [backend])
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_is_found_well_without_a_statement(kept: BaseDatabaseWrapper) -> None:
    with kept.cursor() as cursor:
        cursor.execute("SELECT 42")
    assert kept.is_usable()
    assert last_statement(kept.connection.info.backend_pid) == "SELECT 42"


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_that_the_server_closed_is_found_broken(kept: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [kept.connection.info.backend_pid])
        assert cursor.fetchone() == (True,)
    assert not kept.is_usable()


@pytest.mark.django_db
def test_a_statement_that_comes_again_is_prepared() -> None:
    """Parsed and planned once; a value in the text of the statement would make it another one each time."""
    with connection.cursor() as cursor:
        for number in range(7):
            cursor.execute("SELECT %s::int + 1000", [number])
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%::int + 1000"])
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_a_cursor_of_the_driver_is_used_again_when_it_is_free(kept: BaseDatabaseWrapper) -> None:
    with kept.cursor() as outer:
        outer.execute("SELECT 1")
        with kept.cursor() as inner:
            inner.execute("SELECT 2")
            assert (outer.fetchone(), inner.fetchone()) == ((1,), (2,))
            free = inner.cursor
            inner.close()
        with kept.cursor() as one, kept.cursor() as other:
            assert (one.cursor is free, other.cursor is free) == (True, False), "closed twice, given out once"


@pytest.mark.django_db
def test_a_cursor_with_many_rows_is_not_kept(kept: BaseDatabaseWrapper) -> None:
    with kept.cursor() as cursor:
        cursor.execute("SELECT generate_series(1, 1000)")
        assert len(cursor.fetchall()) == 1000
        large = cursor.cursor
    assert large.closed
    with kept.cursor() as cursor:
        assert cursor.cursor is not large


@pytest.mark.django_db
def test_a_cursor_of_a_lost_connection_is_not_given_out_on_the_next(kept: BaseDatabaseWrapper) -> None:
    with kept.cursor() as cursor:
        cursor.execute("SELECT 1")
    with kept.cursor() as outlasting:
        kept.close()
        kept.connect()
    with kept.cursor() as cursor:
        cursor.execute("SELECT 3")
        assert cursor.fetchone() == (3,)
        assert cursor.cursor.connection is kept.connection
    assert outlasting.cursor is None


@pytest.mark.django_db
def test_the_driver_s_errors_are_django_s() -> None:
    with pytest.raises(IntegrityError, match="filings_organizer"), transaction.atomic(), connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute("INSERT INTO filings_organizer (certificate_digest) VALUES (%s)", [b"the same"])
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.fetchone()
    with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
        transaction.set_rollback(True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
