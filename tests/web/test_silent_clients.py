"""Clients that announce a body and do not send it keep nobody else waiting, with no proxy in front."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from openbeian.runtime.processes import Running

BODY_TO_COME = b"POST /wxa/icp/apply_icp_filing HTTP/1.1\r\nHost: test\r\nContent-Length: 200\r\n\r\n"
#: No call is answered as late as this unless it waits for something.
WAITING_SECONDS = 5


@contextlib.contextmanager
def connections(url: str, number: int, *, timeout: float) -> Iterator[list[socket.socket]]:
    where = urlsplit(url)
    with contextlib.ExitStack() as opened:
        yield [opened.enter_context(socket.create_connection((where.hostname, where.port), timeout=timeout))
               for _ in range(number)]


def answer_on(connection: socket.socket) -> tuple[int, bytes]:
    """The next answer, which has a length: its status and its body."""
    with connection.makefile("rb") as answer:
        status = int(answer.readline().split()[1])
        headers = dict(line.lower().split(b": ", 1) for line in iter(answer.readline, b"\r\n"))
        return status, answer.read(int(headers[b"content-length"]))


def answered(url: str, request: bytes) -> tuple[int, bytes]:
    with connections(url, 1, timeout=WAITING_SECONDS) as (connection,):
        connection.sendall(request)
        return answer_on(connection)


@pytest.mark.parametrize("number", [12, 40])
@pytest.mark.parametrize("process", ["web_url", "simulator_url"])
def test_other_requests_are_answered_while_clients_send_no_body(
    services: "Running", number: int, process: str
) -> None:
    url = getattr(services, process)
    with connections(url, number, timeout=30) as silent:
        for connection in silent:
            connection.sendall(BODY_TO_COME)
        time.sleep(0.5)  # until the process is busy with all of them
        assert [answered(url, b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n")[0] for _ in range(10)] == [200] * 10


def test_a_client_that_stays_silent_is_answered_408_and_cut_off(services: "Running") -> None:
    with connections(services.web_url, 1, timeout=30) as (silent,):
        silent.sendall(BODY_TO_COME + b'{"half":')
        assert answer_on(silent) == (408, b"The body did not arrive in time.\n")
        assert silent.recv(1) == b""


def test_a_client_that_stops_sending_in_the_middle_is_answered_400(services: "Running") -> None:
    with connections(services.web_url, 1, timeout=WAITING_SECONDS) as (connection,):
        connection.sendall(BODY_TO_COME + b'{"half":')
        connection.shutdown(socket.SHUT_WR)
        assert answer_on(connection) == (400, b"The body ended before the length that was announced.\n")


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_of_ten_megabytes_reaches_the_view_whole(services: "Running", announced: bool) -> None:
    body = b'{"grant_type": ' + b" " * 10_000_000 + b'"none"}'
    head = b"POST /cgi-bin/stable_token HTTP/1.1\r\nHost: test\r\n"
    if announced:
        status, answer = answered(services.web_url, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    else:
        status, answer = answered(
            services.web_url, head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    assert (status, json.loads(answer)["errcode"]) == (200, 40002)


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(services: "Running") -> None:
    with connections(services.web_url, 1, timeout=WAITING_SECONDS) as (connection,):
        connection.sendall(
            b"POST /cgi-bin/stable_token HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert json.loads(answer_on(connection)[1])["errcode"] == 40002


def test_an_answer_to_head_has_its_length_and_no_body(services: "Running") -> None:
    with connections(services.web_url, 1, timeout=WAITING_SECONDS) as (connection,):
        connection.sendall(b"HEAD /gate/auth?appid=x HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        with connection.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403") and b"content-length: " in head
    assert body == b""
