"""The command line: help at once, one clear line for what can go wrong, plain exit codes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from openbeian import __version__
from openbeian.cli import ROOMS, app
from openbeian.cli.commands import FAST
from tests.cli.commands import all_commands


def openbeian(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run([sys.executable, "-m", "openbeian.cli", *words], env={**kept, "COLUMNS": "120", **environment},
                          capture_output=True, text=True, timeout=120)  # fmt: skip


def test_help_needs_no_database_and_names_every_command() -> None:
    began = time.monotonic()
    said = openbeian("--help", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    took = time.monotonic() - began
    assert said.returncode == 0
    for name in ("up", "demo", "sandbox", "worker", "migrate", "health", "test", "version", *ROOMS):
        assert f"│ {name} " in said.stdout
    assert "Example: openbeian gate check" in said.stdout
    assert took < 20  # far above what it takes, far below loading everything on a busy machine


@pytest.mark.django_db
@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_room_brings_its_commands(room: str) -> None:
    said = CliRunner().invoke(app, [room, "--help"], prog_name="openbeian")
    assert said.exit_code == 0
    assert f"Usage: openbeian {room} " in said.output
    assert "╭─ Commands " in said.output


@pytest.mark.django_db
def test_every_command_shows_an_example() -> None:
    without = [words for words, command in all_commands().items()
               if not (command.epilog or "").startswith(f"Example: openbeian {words.split()[0]}")]
    assert without == []


def test_the_fast_tests_are_where_they_are_named() -> None:
    assert [name for name in FAST if not (Path(__file__).parents[1] / name).exists()] == []


def test_version() -> None:
    assert openbeian("version").stdout == f"OpenBeian {__version__}\n"


def test_a_wrong_call_has_exit_code_2() -> None:
    assert openbeian("no-such-command").returncode == 2


def test_a_database_that_does_not_answer_is_one_clear_line() -> None:
    said = openbeian("review", "list", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert said.returncode == 1
    assert said.stderr.startswith("The database does not answer: ")
    assert len(said.stderr.splitlines()) == 1


def test_a_wrong_address_is_one_clear_line() -> None:
    said = openbeian("review", "list", DATABASE_URL="mysql://root:secret@db/x")
    assert said.returncode == 1
    assert said.stderr == "DATABASE_URL is an address like postgresql://user:password@host:5432/database\n"


@pytest.mark.parametrize("kind", ["production", ""])
def test_the_demonstration_refuses_another_kind_of_instance_before_it_reads_settings(kind: str) -> None:
    said = openbeian("demo", "--headless", OPENBEIAN_INSTANCE=kind, DATABASE_URL="mysql://root:secret@db/x")
    assert (said.returncode, said.stdout, said.stderr) == (
        1, "", "只有演示实例可以运行演示；请设置 OPENBEIAN_INSTANCE=demo。 "
               "Only a demonstration instance can run the demonstration; set OPENBEIAN_INSTANCE=demo.\n")


def test_a_command_starts_the_database_makes_the_tables_and_leaves_nothing_running(tmp_path: Path) -> None:
    environment = {"OPENBEIAN_INSTANCE": "sandbox", "OPENBEIAN_VAR": str(tmp_path / "a var"), "DATABASE_URL": ""}
    missing = openbeian("review", "show", "1", **environment)
    assert missing.returncode == 1
    assert missing.stderr == "没有这个订单。 There is no such order.\n"

    told = openbeian("migrate", "--check", **environment)
    assert (told.returncode, told.stdout) == (0, "")

    from openbeian.runtime.embedded import EmbeddedServer

    server = EmbeddedServer(tmp_path / "a var" / "postgres")
    deadline = time.monotonic() + 20
    while server.is_kept():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not server.is_accepting()
