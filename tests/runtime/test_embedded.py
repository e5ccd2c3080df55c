"""The embedded PostgreSQL: up while someone uses it, down when nobody does, whatever happens to the users."""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from openbeian.runtime.embedded import Deaths, EmbeddedServer, EmbeddedServerError

FAST = {"fsync": "off", "full_page_writes": "off"}

# A user of the server in a process of its own: says that it is connected, then waits to be told to end.
USER = """
import sys
from pathlib import Path
from openbeian.runtime.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), options={"fsync": "off"})
server.acquire()
server.ensure_database()
print("up", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="openbeian-embedded-", ignore_cleanup_errors=True) as directory:
        yield Path(directory) / "a path with spaces, and a comma" / "postgres"


@pytest.fixture
def short_home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="openbeian-embedded-", ignore_cleanup_errors=True) as directory:
        yield Path(directory) / "postgres"


def another_user(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=30)
    assert process.returncode == 0


def postmaster(home: Path) -> int:
    return int((home / "data" / "postmaster.pid").read_text().splitlines()[0])


def is_up(home: Path) -> bool:
    return EmbeddedServer(home).is_accepting()


def wait_until(happened: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def fetch(server: EmbeddedServer, query: str) -> object:
    with psycopg.connect(server.url()) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_starts_keeps_its_data_and_stops(home: Path) -> None:
    server = EmbeddedServer(home, options=FAST)
    server.acquire()
    server.ensure_database()
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('小程序')")
    server.release(wait=True)
    assert not is_up(home)
    assert not server.is_kept()

    again = EmbeddedServer(home, options=FAST)
    again.acquire()
    assert fetch(again, "SELECT word FROM kept") == "小程序"
    assert fetch(again, "SHOW listen_addresses") == ""
    assert fetch(again, "SHOW server_encoding") == "UTF8"
    again.release(wait=True)


def test_the_last_user_stops_it_not_the_first(short_home: Path) -> None:
    first, second = another_user(short_home), another_user(short_home)
    before = postmaster(short_home)
    end(first)
    time.sleep(0.5)
    assert is_up(short_home)
    assert postmaster(short_home) == before
    end(second)
    wait_until(lambda: not is_up(short_home))


def test_a_killed_user_neither_keeps_it_up_nor_takes_it_down(short_home: Path) -> None:
    killed, living = another_user(short_home), another_user(short_home)
    killed.kill()
    killed.wait()
    time.sleep(0.5)
    assert is_up(short_home)
    living.kill()
    living.wait()
    wait_until(lambda: not EmbeddedServer(short_home).is_kept())
    assert not is_up(short_home)


def test_a_killed_server_comes_back(short_home: Path) -> None:
    server = EmbeddedServer(short_home, options=FAST)
    server.acquire()
    server.ensure_database()
    killed = postmaster(short_home)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: is_up(short_home) and postmaster(short_home) != killed)
    assert fetch(server, "SELECT 1") == 1
    server.release(wait=True)
    assert not is_up(short_home)


def test_a_server_killed_now_and_then_comes_back_for_ever() -> None:
    """Only deaths in quick succession are counted: after six of them the keeper gives up."""
    often, now_and_then, in_between = Deaths(), Deaths(), Deaths()
    assert [often.count(at) for at in (100.0, 101.0, 102.0, 103.0, 104.0, 105.0)] == [1, 2, 3, 4, 5, 6]
    assert [now_and_then.count(3600.0 * hour) for hour in range(8)] == [1] * 8
    assert [in_between.count(at) for at in (0.0, 1.0, 59.9, 60.0, 61.0, 500.0)] == [1, 2, 3, 3, 3, 1]


def test_a_killed_keeper_is_replaced_and_the_server_adopted(short_home: Path) -> None:
    server = EmbeddedServer(short_home, options=FAST)
    server.acquire()
    server.ensure_database()
    before = postmaster(short_home)
    assert server._keeper is not None
    server._keeper.kill()
    server._keeper.wait()
    assert is_up(short_home)

    newcomer = another_user(short_home)
    assert postmaster(short_home) == before
    server.release()
    end(newcomer)
    wait_until(lambda: not is_up(short_home))


def kill_keeper(server: EmbeddedServer) -> None:
    assert server._keeper is not None
    server._keeper.kill()


def kill_postmaster(server: EmbeddedServer) -> None:
    server.kill()


@pytest.mark.parametrize("kills", [(kill_keeper, kill_postmaster), (kill_postmaster, kill_keeper)])
def test_it_comes_back_when_keeper_and_server_are_killed_in_any_order(
    short_home: Path, kills: tuple[Callable[[EmbeddedServer], None], ...]
) -> None:
    server = EmbeddedServer(short_home, options=FAST)
    server.acquire()
    server.ensure_database()
    killed = postmaster(short_home)
    for kill in kills:
        kill(server)
    wait_until(lambda: is_up(short_home) and postmaster(short_home) != killed)
    assert fetch(server, "SELECT 1") == 1
    server.release(wait=True)
    assert not is_up(short_home)


def test_it_comes_back_once_it_can_start_again_however_long_that_took(short_home: Path) -> None:
    """As after a full disk: the keeper has given up long before."""
    server = EmbeddedServer(short_home, options=FAST)
    server.acquire()
    server.ensure_database()
    control, away = short_home / "data/global/pg_control", short_home / "away"
    control.rename(away)
    server.kill()
    keeper = server._keeper
    wait_until(lambda: server._keeper is not keeper)
    away.rename(control)
    wait_until(lambda: is_up(short_home))
    assert fetch(server, "SELECT 1") == 1
    server.release(wait=True)
    assert not is_up(short_home)
    assert not server.is_kept()


def test_many_start_it_at_once(short_home: Path) -> None:
    starting = [
        subprocess.Popen([sys.executable, "-c", USER, str(short_home)], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]  # fmt: skip
    for process in starting:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
    for process in starting:
        end(process)
    wait_until(lambda: not is_up(short_home))


def test_a_pid_file_whose_number_some_other_program_has(short_home: Path) -> None:
    server = EmbeddedServer(short_home, options=FAST)
    server.acquire()
    server.release(wait=True)
    (short_home / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{short_home / 'data'}\n1\n5432\n\n\n")
    server.acquire()
    assert server.is_accepting()
    server.release(wait=True)


def test_an_interrupted_first_start_leaves_no_half_cluster(short_home: Path) -> None:
    (short_home / "data.new").mkdir(parents=True)
    (short_home / "data.new" / "PG_VERSION").write_text("18\n")
    server = EmbeddedServer(short_home, options=FAST)
    server.acquire()
    assert server.is_accepting()
    server.release(wait=True)


def test_a_start_that_fails_says_why(short_home: Path) -> None:
    server = EmbeddedServer(short_home, options={**FAST, "shared_buffers": "nonsense"})
    with pytest.raises(EmbeddedServerError, match='invalid value for parameter "shared_buffers"'):
        server.acquire()


def test_data_of_another_release_is_left_alone(short_home: Path) -> None:
    server = EmbeddedServer(short_home, options=FAST)
    server.acquire()
    server.release(wait=True)
    (short_home / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedServerError, match="made by PostgreSQL 17; this release brings 18"):
        server.acquire()


def in_a_child_as(user: str, what: Callable[[], None]) -> str:
    """Do something in a forked child that has become another user; gives the text of the error it ran into."""
    account = pwd.getpwnam(user)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        said = ""
        try:
            what()
        except Exception as error:
            said = str(error)
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading) as answer:
        return answer.read()


def test_another_unix_user_cannot_enter(short_home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become someone else; CI runs as root")
    server = EmbeddedServer(short_home, options=FAST)
    server.acquire()
    server.ensure_database()
    short_home.parent.chmod(0o755)
    assert "Permission denied" in in_a_child_as("nobody", lambda: psycopg.connect(server.url()).close())
    assert "belongs to another user (root)" in in_a_child_as("nobody", lambda: EmbeddedServer(short_home).acquire())

    (short_home / "data").chmod(0o755)  # even where the directory lets him through, the server does not
    refused = in_a_child_as("nobody", lambda: psycopg.connect(server.url()).close())
    assert 'Peer authentication failed for user "openbeian"' in refused
    server.release(wait=True)
