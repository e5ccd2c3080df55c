"""What happens with a database that an older version made."""


import pytest
from django.conf import settings
from django.db import connection

from openbeian.cli import main
from openbeian.runtime.setup import OldDatabase, ensure_migrated, pending_migrations

#: Migrations from before they were squashed, as they are recorded in such a database.
OLD = (("register", "0002_numbers_for_ever"), ("register", "0003_accesses"), ("filings", "0002_kinds"))


@pytest.fixture
def old_database(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'register' AND name = '0002_numbers_are_permanent'")
        for app, name in OLD:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, '2024-01-01Z')", [app, name])


@pytest.mark.usefixtures("old_database")
def test_a_database_of_an_older_version_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for check in (pending_migrations, ensure_migrated, lambda: ensure_migrated(always=True)):
        with pytest.raises(OldDatabase) as refused:
            check()
        assert "filings.0002_kinds, register.0002_numbers_for_ever, register.0003_accesses" in str(refused.value)
        assert "There is no upgrade from unreleased versions" in str(refused.value)
        assert "empty database in DATABASE_URL" in str(refused.value)
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(OldDatabase, match=f"Move the directory {settings.VAR} away"):
        pending_migrations()


@pytest.mark.usefixtures("old_database")
def test_the_command_line_says_so_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["openbeian", "migrate"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("数据库由较早的未发布版本建立")
    assert len(said.splitlines()) == 1


@pytest.mark.django_db
def test_a_newer_database_that_has_all_we_need_is_none_of_that() -> None:
    """Older processes go on while a newer release has already migrated."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('shelf', '0009_later', '2030-01-01Z')")
    assert pending_migrations() == []
