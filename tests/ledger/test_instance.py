"""A database says which instance it belongs to, and no other instance may use it."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from tests.cli.test_cli import openbeian

from openbeian.ledger import instance
from openbeian.ledger.instance import WrongDatabase, claimed_by
from openbeian.runtime.database import url_from_settings

OTHER_KEY = base64.b64encode(b"x" * 32).decode()
pytestmark = pytest.mark.django_db(transaction=True)


def connect_anew() -> None:
    connection.close()
    connection.ensure_connection()


def test_a_database_is_claimed_once() -> None:
    first = claimed_by(connection)
    assert first is not None and first.kind == "test"
    instance.claim()
    assert claimed_by(connection) == first
    connect_anew()


def test_another_kind_of_instance_is_refused_with_what_to_do(settings: Any) -> None:
    settings.OPENBEIAN_INSTANCE = "production"
    for _ in range(2):  # a refused connection is not kept
        with pytest.raises(WrongDatabase) as refused:
            connect_anew()
    name = connection.settings_dict["NAME"]
    assert refused.value.en.startswith(f"The database ({name}, ")
    assert "this command runs as production. Nothing was changed. To work on that database, set OPENBEIAN_INSTANCE=test;" in (
        refused.value.en)
    settings.OPENBEIAN_INSTANCE = "test"
    connect_anew()


@pytest.mark.parametrize(("change", "allowed"), [
    (lambda keys: {**keys, "digest": OTHER_KEY}, False),
    (lambda keys: {**keys, "keys": {"k1": OTHER_KEY}}, False),
    (lambda keys: {**keys, "current": "k2", "keys": {**keys["keys"], "k2": OTHER_KEY}}, True),
    (lambda keys: {**keys, "current": "k2", "keys": {"k2": OTHER_KEY}}, True),  # resealed, and the old key removed
], ids=["digest", "same name", "another key", "without the first"])
def test_keys_may_be_added_but_not_exchanged(
    settings: Any, change: Callable[[dict[str, Any]], dict[str, Any]], allowed: bool
) -> None:
    settings.OPENBEIAN_KEYS = change(settings.OPENBEIAN_KEYS)
    if allowed:
        connect_anew()
    else:
        with pytest.raises(WrongDatabase, match="whose keys are not those in .*/secrets.json"):
            connect_anew()
    connection.close()


def test_a_process_does_not_go_on_with_another_instance_s_database(monkeypatch: pytest.MonkeyPatch) -> None:
    connect_anew()
    monkeypatch.setitem(instance._first_met, "id", "of the database before")
    with pytest.raises(WrongDatabase, match="is now that of another instance"):
        connect_anew()


@pytest.fixture
def stranger() -> Iterator[Callable[[], None]]:
    """Connects anew, as a database user without any privilege."""
    def connect() -> None:
        connect_anew()
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE stranger")

    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE stranger")
    yield connect
    connect_anew()
    with connection.cursor() as cursor:
        cursor.execute("DROP ROLE stranger")


def test_a_database_that_does_not_say_whose_it_is_is_refused(stranger: Callable[[], None]) -> None:
    for use in (lambda: instance.compare(connection=connection), instance.claim):
        stranger()
        with pytest.raises(WrongDatabase, match="belongs to: permission denied for table openbeian_instance. Nothing was"):
            use()


@pytest.fixture
def other_database() -> Iterator[str]:
    """The address of an empty database."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE openbeian_other")
    yield url_from_settings({**connection.settings_dict, "NAME": "openbeian_other"})
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE openbeian_other WITH (FORCE)")


def tables(address: str) -> list[str]:
    with psycopg.connect(address) as other:
        found = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [name for (name,) in found]


def test_an_empty_database_is_claimed_before_its_tables_are_made(other_database: str) -> None:
    assert openbeian("migrate", DATABASE_URL=other_database, OPENBEIAN_INSTANCE="demo").returncode == 0
    assert "simulator_record" in tables(other_database)
    for kind, words in (("demo", ""), ("sandbox", "belongs to the instance demo")):
        said = openbeian("migrate", DATABASE_URL=other_database, OPENBEIAN_INSTANCE=kind)
        assert (said.returncode, words in said.stderr) == (1 if words else 0, True)


@pytest.mark.parametrize(("table", "words"), [
    ("ledger_event", "was made by an older, unreleased version"), ("customers", "holds tables of something else")])
def test_a_database_that_is_not_empty_and_says_nothing_is_left_as_it_is(
    other_database: str, table: str, words: str
) -> None:
    with psycopg.connect(other_database) as other:
        other.execute(f"CREATE TABLE {table} (id integer)")
    said = openbeian("migrate", DATABASE_URL=other_database)
    assert (said.returncode, words in said.stderr) == (1, True)
    assert len(said.stderr.splitlines()) == 1
    assert tables(other_database) == [table]
