"""An answer reaches a client whose body is still on its way, whatever the call makes of that body."""

import json
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from tests.wechat.platform import Platform

MEGABYTE = 1_000_000


def post(web: str, address: str, body: bytes, *, length: str) -> dict[str, Any]:
    """The headers first and the body a moment later, as many clients send them; then the whole answer."""
    where = urlsplit(web)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.sendall(f"POST {address} HTTP/1.1\r\nHost: test\r\n{length}\r\n\r\n".encode())
        time.sleep(0.1)
        connection.sendall(body)
        with connection.makefile("rb") as answer:
            headers = list(iter(answer.readline, b"\r\n"))
            size = next(int(line[15:]) for line in headers if line.lower().startswith(b"content-length:"))
            return json.loads(answer.read(size))


@pytest.mark.parametrize("size, expected", [(2, 0), (MEGABYTE, 0), (40 * MEGABYTE, 47001)])
def test_a_call_that_needs_no_body_is_answered_all_the_same(
    web: str, platform: "Platform", size: int, expected: int
) -> None:
    address = f"/wxa/icp/query_icp_district_code?access_token={platform.token}"
    body = b"{" + b" " * (size - 2) + b"}"
    assert post(web, address, body, length=f"Content-Length: {size}")["errcode"] == expected


def test_a_body_without_a_length_that_does_not_end_soon_is_refused(web: str, platform: "Platform") -> None:
    address = f"/wxa/icp/apply_icp_filing?access_token={platform.token}"
    chunk = b"%x\r\n%s\r\n" % (MEGABYTE, b" " * MEGABYTE)
    answer = post(web, address, 20 * chunk + b"0\r\n\r\n", length="Transfer-Encoding: chunked")
    assert answer["errcode"] == 47001
