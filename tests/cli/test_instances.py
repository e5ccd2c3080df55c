"""No command touches the database of another instance, and none removes what others have written."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner

from openbeian.cli import app
from openbeian.ledger.instance import WrongDatabase
from openbeian.runtime.database import url_from_settings
from tests.cli.commands import WITHOUT_DATABASE, all_commands
from tests.cli.test_cli import openbeian

pytestmark = pytest.mark.django_db(transaction=True)

#: Run as processes of their own, as they start others.
SYSTEM = ("up", "demo", "sandbox", "worker")


def rows() -> dict[str, set[str]]:
    """By table the keys of its rows. Whoever runs, jobs and migrations do not count."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(("procrastinate_", "django_")) and table != "openbeian_instance":
                columns = connection.introspection.get_primary_key_columns(cursor, table)
                cursor.execute(f"SELECT ROW({', '.join(columns)})::text FROM {table}")
                found[table] = {key for (key,) in cursor.fetchall()}
    return found


def environment(kind: str) -> dict[str, str]:
    return {"DATABASE_URL": url_from_settings(connection.settings_dict), "OPENBEIAN_INSTANCE": kind}


def test_every_command_refuses_the_database_of_another_instance(settings: Any) -> None:
    commands = set(all_commands()) - set(WITHOUT_DATABASE)
    before = rows()
    settings.OPENBEIAN_INSTANCE = "production"
    accepted = []
    for words in sorted(commands - set(SYSTEM)):
        connection.close()
        if not isinstance(CliRunner().invoke(app, words.split()).exception, WrongDatabase):
            accepted.append(words)
    settings.OPENBEIAN_INSTANCE = "test"
    for words in SYSTEM:
        said = openbeian(words, **environment("demo"))
        if said.returncode != 1 or "belongs to the instance test" not in said.stderr:
            accepted.append(words)
    assert (accepted, rows()) == ([], before)


@pytest.fixture
def demo(settings: Any) -> Iterator[None]:
    """This process and its database as those of a demonstration."""
    def claim_as(kind: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE openbeian_instance SET kind = %s", [kind])
        settings.OPENBEIAN_INSTANCE = kind

    claim_as("demo")
    yield
    claim_as("test")


CATALOGUE = "appid,name,organizer_name,province,first_listed_at\nwx01,青禾文具,杭州青禾示例科技有限公司,浙江,2022-05-01\n"
PLANTED = (
    "clock set 2026-03-02T10:00:00+08:00",
    "shelf import {file}",
    "shelf waive wx01 --until 2026-04-15 --reason test",
    "shelf sweep",
    "accounts create qinghe --role organizer",
    "accounts appoint qinghe wx01",
    "clients create 示例服务商",
    "authority halt 330000",
    "authority simulator set 330000 queue_length=5",
    "authority simulator faults --seed 7 --rate 0.1 --only late",
    "authority simulator issue SJTB --province 330000",
    "authority simulator seed-record --province 330000 --organizer 杭州示例有限公司 --certificate-number 91330106MA0000015K",
)


def arguments(command: Any, file: Path) -> list[str]:
    """Something for everything that the command has to be given."""
    given: list[str] = []
    for parameter in command.params:
        if parameter.required:
            value = {"file": str(file), "province": "330000"}.get(parameter.name, "1")
            given += [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]
    return given


@pytest.mark.usefixtures("demo")
def test_no_command_removes_what_others_wrote(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.csv"
    file.write_text(CATALOGUE)
    for line in PLANTED:
        words = [word.format(file=file) for word in line.split()]
        ran = CliRunner().invoke(app, words, input="a-long-password\na-long-password\n")
        assert (line, ran.exit_code, ran.output if ran.exit_code else "") == (line, 0, "")
    planted = rows()
    assert sum(len(keys) for keys in planted.values()) > 20

    for words, command in all_commands().items():
        if words not in (*WITHOUT_DATABASE, *SYSTEM):
            CliRunner().invoke(app, [*words.split(), *arguments(command, file)])
    for words in ("demo --headless", "demo", "sandbox --fresh"):
        openbeian(*words.split(), **environment("demo"))
    run_for_a_while("up", "--port", "0", "--simulator-port", "0")
    after = rows()
    assert {table: keys - after[table] for table, keys in planted.items() if keys - after[table]} == {}


def run_for_a_while(*words: str) -> None:
    """Start the system, wait until it is ready, and end it as Ctrl-C does."""
    process = subprocess.Popen([sys.executable, "-m", "openbeian.cli", *words], env={**os.environ, **environment("demo")},
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr is not None
    said = ""
    while "Ctrl-C" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    assert "no demonstration" in said
    time.sleep(2)  # what workers do at once
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
