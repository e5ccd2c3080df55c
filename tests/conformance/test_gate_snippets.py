"""The proxies of the gate's how-to: its nginx configuration in a real nginx, and the requests that Envoy makes of its own."""

import http.client
import io
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
import yaml

from openbeian.ledger import clock
from openbeian.runtime.processes import free_port
from openbeian.shelf.imports import import_catalogue
from tests.conformance.conftest import _without
from tests.conformance.documents import block
from tests.wechat.platform import OPERATOR

ALLOWED, DENIED = "wx0000000000000001", "wx00000000000000ff"
CONFIGURATION = """
daemon off; error_log stderr; pid {directory}/nginx.pid;
events {{}}
http {{
    access_log off;
    {places}
    {http}
}}
"""
PLACES = "".join(f"{name}_temp_path {{directory}}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))


class MiniPrograms(BaseHTTPRequestHandler):
    """What stands behind the proxy."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"started")

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


class GateWithoutDatabase(MiniPrograms):
    """What the gate answers while its database is away."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.send_header("X-Gate-Code", "unavailable")
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port of a server with these answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def behind() -> Iterator[int]:
    with served(MiniPrograms) as port:
        yield port


@contextmanager
def running_nginx(directory: Path, http: str, port: int) -> Iterator[None]:
    """nginx with this in its ``http`` block, which listens on the port."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        _without("nginx is not installed (Debian and Ubuntu: apt-get install nginx-light)")
    file = directory / "nginx.conf"
    file.write_text(CONFIGURATION.format(directory=directory, places=PLACES.format(directory=directory), http=http))
    process = subprocess.Popen([program, "-p", str(directory), "-c", str(file)], stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def nginx(web: str, behind: int, tmp_path: Path) -> Iterator[int]:
    """The port of an nginx with the how-to's snippet, before the gate of the running system."""
    with asking_nginx(tmp_path, usual_locations(), web, behind) as port:
        yield port


def usual_locations() -> str:
    return block("docs/how-to/gate.md", "location /mini-programs/").text


def lenient_locations() -> str:
    """Those with the other ``location = /gate``, by which all pass while the gate is away."""
    usual, other = usual_locations(), block("docs/how-to/gate.md", "location = /gate").text
    return usual[:usual.index("location = /gate")] + other


@contextmanager
def asking_nginx(directory: Path, locations: str, gate: str, behind: int) -> Iterator[int]:
    """The port of an nginx with these locations, before the gate at this address."""
    port = free_port()
    locations = replaced(locations, {"http://127.0.0.1:8000/": f"{gate}/"})
    http = f"""upstream mini_programs {{ server 127.0.0.1:{behind}; }}
    server {{ listen 127.0.0.1:{port}; {locations} }}"""
    with running_nginx(directory, http, port):
        yield port


def replaced(snippet: str, places: dict[str, str]) -> str:
    """The snippet with the reader's own addresses and files, each of which it names."""
    for shown, ours in places.items():
        assert shown in snippet
        snippet = snippet.replace(shown, ours)
    return snippet


def _wait_for(port: int, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
            return
        except OSError:
            time.sleep(0.05)
    process.kill()
    pytest.fail(f"nginx does not start: {process.communicate()[1]}")


def ask(port: int, method: str, path: str, **headers: str) -> tuple[int, str | None, bytes]:
    """Status, ``X-Gate-Code`` and body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body=b"x" * 5000 if method == "POST" else None, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.headers["X-Gate-Code"], answer.read()


@pytest.fixture
def listed(web: str) -> None:
    """A mini program whose deadline has not come, so that it may still be unfiled."""
    clock.set_instant(datetime.fromisoformat("2023-10-01T10:00:00+08:00"), running=False)
    rows = f"appid,name,organizer_name,province,first_listed_at\n{ALLOWED},青禾文具,杭州青禾示例科技有限公司,330000,2023-08-01"
    assert import_catalogue(source=io.BytesIO(rows.encode()), actor=OPERATOR).bad_rows == 0


def test_nginx_asks_the_gate_as_the_how_to_has_it(nginx: int, listed: None) -> None:
    for method in ("GET", "POST"):
        allowed = (200, "listed_before_start_until_deadline", b"started")
        assert ask(nginx, method, f"/mini-programs/start?x=1&appid={ALLOWED}") == allowed
        status, code, body = ask(nginx, method, f"/mini-programs/start?appid={DENIED}")
        assert (status, code, b"started" in body) == (403, "unknown_app", False)
    assert ask(nginx, "GET", "/mini-programs/start")[:2] == (403, "bad_request")
    assert ask(nginx, "GET", f"/mini-programs/start?appid={ALLOWED}&appid={DENIED}")[:2] == (403, "bad_request")
    assert ask(nginx, "GET", f"/gate?appid={ALLOWED}")[0] == 404


@pytest.mark.parametrize(("locations", "passes"), [(usual_locations(), False), (lenient_locations(), True)])
def test_while_the_gate_is_away_nobody_passes_unless_the_proxy_says_so(
    behind: int, tmp_path: Path, locations: str, passes: bool
) -> None:
    with served(GateWithoutDatabase) as broken:
        for gate in (f"http://127.0.0.1:{broken}", f"http://127.0.0.1:{free_port()}"):
            with asking_nginx(tmp_path, locations, gate, behind) as port:
                status, _, body = ask(port, "GET", f"/mini-programs/start?appid={DENIED}")
            assert (status, body == b"started") == ((200, True) if passes else (500, False))


def test_an_nginx_that_lets_pass_while_the_gate_is_away_denies_what_the_gate_denies(
    web: str, listed: None, behind: int, tmp_path: Path
) -> None:
    with asking_nginx(tmp_path, lenient_locations(), web, behind) as port:
        assert ask(port, "GET", f"/mini-programs/start?appid={ALLOWED}")[::2] == (200, b"started")
        assert ask(port, "GET", f"/mini-programs/start?appid={DENIED}")[:2] == (403, "unknown_app")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_the_gate_takes_what_envoy_asks(web: str, listed: None, method: str) -> None:
    """The path that was asked for behind the prefix, any method, no body: ``Content-Length: 0``.

    Envoy lets pass at 200 alone, and hands on of a refusal the headers that the patterns name.
    """
    [envoy] = yaml.safe_load(block("docs/how-to/gate.md", "http_filters:").text)["http_filters"]
    service = envoy["typed_config"]["http_service"]
    assert urlsplit(service["server_uri"]["uri"])[:2] == ("http", "127.0.0.1:8000")
    [pattern] = service["authorization_response"]["allowed_client_headers"]["patterns"]
    port = urlsplit(web).port
    assert port is not None
    for appid, status in ((ALLOWED, 200), (DENIED, 403)):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(method, f"{service['path_prefix']}/mini-programs/start?appid={appid}&x=%E5%A4%87", headers={
            "Host": "mini.example", "Content-Length": "0", "X-Forwarded-For": "203.0.113.7", "X-Envoy-Internal": "true"})
        answer = connection.getresponse()
        handed_on = {name.lower() for name in answer.headers if name.lower().startswith(pattern["prefix"])}
        assert (answer.status, "x-gate-code" in handed_on) == (status, True)


def test_nginx_leads_a_client_here_by_name(web: str, tmp_path: Path) -> None:
    """A client that knows ``api.weixin.qq.com`` alone and trusts our authority; only its resolver is ours."""
    certificate, key, port = tmp_path / "own.pem", tmp_path / "own.key", free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=api.weixin.qq.com", "-addext",
         "subjectAltName=DNS:api.weixin.qq.com", "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    server = replaced(block("docs/how-to/file-through-the-api.md", "server {").text, {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl", "/etc/ssl/own-ca/api.weixin.qq.com.pem": str(certificate),
        "/etc/ssl/own-ca/api.weixin.qq.com.key": str(key), "$URL": web})
    with running_nginx(tmp_path, server, port):
        trusting = ssl.create_default_context(cafile=str(certificate))
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain, trusting.wrap_socket(
                plain, server_hostname="api.weixin.qq.com") as line:
            line.sendall(b"POST /cgi-bin/component/api_component_token HTTP/1.0\r\nHost: api.weixin.qq.com\r\n"
                         b"Content-Length: 2\r\n\r\n{}")
            answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["errcode"] == 41018
