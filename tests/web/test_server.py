"""Clients that are slow, silent, gone or malicious keep nobody else waiting, with no proxy in front.

The server leans on how granian calls its event loop: these tests show whether another version still does.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from openbeian.runtime.processes import answers, free_port

PROJECT = Path(__file__).parents[2]
#: No request here is answered as late as this unless something hangs.
WAITING_SECONDS = 20
CHUNKED = b"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"


def posted(length: int) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % length


def asked(path: str, method: str = "GET", more: str = "") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: test\r\n{more}\r\n".encode()


class Attacked:
    """A served application and what clients do to it."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process, self.port = process, port

    @contextlib.contextmanager
    def connections(self, number: int, first: bytes = b"") -> Iterator[list[socket.socket]]:
        with contextlib.ExitStack() as opened:
            made = [opened.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=WAITING_SECONDS))
                    for _ in range(number)]
            for connection in made:
                connection.sendall(first)
            yield made

    def ask(self, request: bytes, *, half_closed: bool = False) -> tuple[int, bytes]:
        with self.connections(1, request) as (connection,):
            if half_closed:
                connection.shutdown(socket.SHUT_WR)
            return answer_on(connection)


def answer_on(connection: socket.socket) -> tuple[int, bytes]:
    """The next answer, which has a length: its status and its body."""
    with connection.makefile("rb", buffering=0) as answer:
        status = int(answer.readline().split()[1])
        headers = dict(line.lower().split(b": ", 1) for line in iter(answer.readline, b"\r\n"))
        body = b""
        while len(body) < int(headers[b"content-length"]):
            body += answer.read(int(headers[b"content-length"]) - len(body)) or b""
        return status, body


@contextlib.contextmanager
def served() -> Iterator[Attacked]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.web.attacked", "tests.web.attacked:application", "--port", str(port)], cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(PROJECT / "src"), str(PROJECT)))}, start_new_session=True)
    try:
        while not answers(f"http://127.0.0.1:{port}/"):
            assert process.poll() is None
        yield Attacked(process, port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def server() -> Iterator[Attacked]:
    with served() as attacked:
        yield attacked


@pytest.mark.parametrize("length", [0, 2, 10_000_000])
def test_a_body_reaches_the_application_whole(server: Attacked, length: int) -> None:
    body = b"x" * length
    chunks = b"%x\r\n%s\r\n" % (length, body) if body else b""
    assert server.ask(posted(length) + body) == (200, b"%d" % length)
    assert server.ask(CHUNKED + chunks + b"0\r\n\r\n") == (200, b"%d" % length)


@pytest.mark.parametrize("cut_off", [posted(200) + b"half", CHUNKED + b"5\r\nwhole\r\n", CHUNKED + b"9\r\nhalf"])
def test_a_body_that_is_cut_off_is_answered_400(server: Attacked, cut_off: bytes) -> None:
    assert server.ask(cut_off, half_closed=True) == (400, b"The body ended early.\n")


def test_a_body_that_announces_too_much_is_answered_413(server: Attacked) -> None:
    assert server.ask(posted(10**9))[0] == 413


def test_silent_clients_keep_nobody_waiting_and_are_cut_off(server: Attacked) -> None:
    with (
        server.connections(500), server.connections(100, b"POST / HT"),
        server.connections(12, posted(200)) as silent, server.connections(40, CHUNKED + b"1\r\nx\r\n") as slow,
    ):
        assert [server.ask(asked("/")) for _ in range(20)] == [(200, b"0")] * 20
        assert [server.ask(posted(2) + b"{}") for _ in range(20)] == [(200, b"2")] * 20
        for connection in silent + slow:
            assert answer_on(connection) == (408, b"The body did not arrive in time.\n")
            assert connection.recv(1) == b""


def test_clients_that_leave_do_no_harm(server: Attacked) -> None:
    unfinished = (b"", b"POST / HT", posted(200), posted(200) + b"half", CHUNKED + b"9\r\nhalf")
    for first in (*unfinished, asked("/pause"), asked("/endless")):
        with server.connections(20, first):
            pass
    assert server.ask(posted(2) + b"{}") == (200, b"2")


def test_the_application_works_on_so_many_requests_at_once(server: Attacked) -> None:
    with ThreadPoolExecutor(40) as clients:
        requests = [asked("/pause"), posted(2).replace(b"/ ", b"/pause ", 1) + b"{}"] * 40
        assert [status for status, _ in clients.map(server.ask, requests)] == [200] * 80
    assert server.ask(asked("/most")) == (200, b"4")


def test_uploads_leave_a_turn_to_the_others(server: Attacked, tmp_path: Path) -> None:
    upload = posted(2).replace(b"/ ", f"/until?{tmp_path} ".encode(), 1)[:-2] + b"Content-Type: Multipart/form-data\r\n\r\n{}"
    with server.connections(20, upload) as uploads:
        while not Path(tmp_path, "begun").exists():
            time.sleep(0.01)
        assert [server.ask(request) for request in (asked("/"), posted(2) + b"{}") * 10] == [(200, b"0"), (200, b"2")] * 10
        Path(tmp_path, "go").touch()
        assert [answer_on(one) for one in uploads] == [(200, b"2")] * 20


def test_health_is_answered_while_all_turns_are_taken_and_the_others_wait(server: Attacked, tmp_path: Path) -> None:
    held = asked(f"/until?{tmp_path}")
    with server.connections(4, held) as working, server.connections(20, asked("/error")) as failing:
        with server.connections(20, posted(2) + b"{}") as waiting:
            assert server.ask(asked("/livez")) == server.ask(asked("/healthz")) == (200, b"0")
            Path(tmp_path, "go").touch()
            assert [answer_on(one) for one in (*working, *waiting)] == [(200, b"0")] * 4 + [(200, b"2")] * 20
        assert [answer_on(one)[0] for one in failing] == [500] * 20


def test_requests_sent_together_on_one_connection_are_answered_in_turn(server: Attacked) -> None:
    with server.connections(1) as (connection,):
        connection.sendall(asked("/query?1") + posted(3) + b"abc" + asked("/query?2") + CHUNKED + b"1\r\nx\r\n0\r\n\r\n")
        assert [answer_on(connection) for _ in range(4)] == [(200, b"1"), (200, b"3"), (200, b"2"), (200, b"1")]


def test_who_waits_to_be_asked_for_the_body_is_asked(server: Attacked) -> None:
    with server.connections(1, asked("/", "POST", "Expect: 100-continue\r\nContent-Length: 2\r\n")) as (connection,):
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert answer_on(connection) == (200, b"2")


def until_closed(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as answer:
        return answer.read()


def test_an_answer_to_head_has_its_length_and_no_body(server: Attacked) -> None:
    with server.connections(1, asked("/", "HEAD", "Connection: close\r\n")) as (connection,):
        head, _, body = until_closed(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200") and b"content-length: 1" in head
    assert body == b""


def test_a_stream_is_sent_and_closed_whatever_becomes_of_it(server: Attacked) -> None:
    closed = int(server.ask(asked("/closed"))[1])
    with server.connections(1, asked("/stream", more="Connection: close\r\n")) as (connection,):
        assert until_closed(connection).count(b"piece") == 3
    with server.connections(1, asked("/broken", more="Connection: close\r\n")) as (connection,):
        assert until_closed(connection).count(b"piece") == 3
    with server.connections(1, asked("/endless")) as (connection,):
        assert b"200 OK" in connection.recv(1000)
    deadline = time.monotonic() + WAITING_SECONDS
    while int(server.ask(asked("/closed"))[1]) < closed + 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("request_", [asked("/error"), posted(1).replace(b"/ ", b"/error ", 1) + b"x"])
def test_an_application_that_fails_is_answered_500(server: Attacked, request_: bytes) -> None:
    assert server.ask(request_)[0] == 500
    assert server.ask(asked("/")) == (200, b"0")


def test_a_process_that_stops_answers_what_runs_and_waits_for_nobody_else(tmp_path: Path) -> None:
    with (
        served() as server, server.connections(100), server.connections(12, posted(200) + b"half") as silent,
        server.connections(1, asked(f"/until?{tmp_path}")) as (running,),
    ):
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        assert [answer_on(connection)[0] for connection in silent] == [503] * 12
        (tmp_path / "go").touch()
        assert answer_on(running) == (200, b"0")
        # Later than this, granian would have killed it.
        assert server.process.wait(7) == 0
