"""The processes of the system take a request up only when its body is there."""

import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from openbeian.runtime.processes import Running


def connect(url: str) -> http.client.HTTPConnection:
    where = urlsplit(url)
    return http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)


@pytest.mark.parametrize("process", ["web_url", "simulator_url"])
def test_other_requests_are_answered_while_clients_send_no_body(services: "Running", process: str) -> None:
    url = getattr(services, process)
    silent = [connect(url) for _ in range(40)]
    for connection in silent:
        connection.putrequest("POST", "/wxa/icp/apply_icp_filing")
        connection.putheader("Content-Length", "200")
        connection.endheaders()
    for _ in range(10):
        other = connect(url)
        other.request("GET", "/healthz")
        assert other.getresponse().status == 200
        other.close()
    for connection in silent:
        connection.close()


@pytest.mark.parametrize("sent", [0, 1, 13 * 1024 * 1024])
def test_a_call_that_announces_too_much_is_refused_whatever_comes(services: "Running", sent: int) -> None:
    connection = connect(services.web_url)
    connection.putrequest("POST", "/wxa/icp/apply_icp_filing")
    connection.putheader("Content-Length", str(13 * 1024 * 1024))
    connection.endheaders(b" " * sent)
    assert json.loads(connection.getresponse().read())["errcode"] == 47001
    connection.close()


@pytest.mark.parametrize("in_chunks", [True, False])
def test_a_body_of_ten_megabytes_reaches_the_view_whole(services: "Running", in_chunks: bool) -> None:
    body = b'{"grant_type": ' + b" " * 10_000_000 + b'"none"}'
    connection = connect(services.web_url)
    connection.request("POST", "/cgi-bin/stable_token", iter([body]) if in_chunks else body, encode_chunked=in_chunks)
    assert json.loads(connection.getresponse().read())["errcode"] == 40002
    connection.close()
