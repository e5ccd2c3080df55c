"""The proxies of the gate's how-to: its nginx configuration in a real nginx, and the requests that Envoy makes of its own."""

import http.client
import io
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from openbeian.ledger import clock
from openbeian.runtime.processes import free_port
from openbeian.shelf.imports import import_catalogue
from tests.conformance.conftest import _without
from tests.wechat.platform import OPERATOR

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "gate.md"
ALLOWED, DENIED = "wx0000000000000001", "wx00000000000000ff"
CONFIGURATION = """
daemon off; error_log stderr; pid {directory}/nginx.pid;
events {{}}
http {{
    access_log off;
    {places}
    upstream mini_programs {{ server 127.0.0.1:{behind}; }}
    server {{ listen 127.0.0.1:{port}; {snippet} }}
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


@pytest.fixture
def behind() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), MiniPrograms) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def nginx(web: str, behind: int, tmp_path: Path) -> Iterator[int]:
    """The port of an nginx with the how-to's snippet, before the gate of the running system."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        _without("nginx is not installed (Debian and Ubuntu: apt-get install nginx-light)")
    snippet, = re.findall(r"```nginx\n(.*?)```", HOW_TO.read_text(), re.DOTALL)
    assert "http://127.0.0.1:8000/" in snippet
    port = free_port()
    file = tmp_path / "nginx.conf"
    file.write_text(CONFIGURATION.format(
        directory=tmp_path, places=PLACES.format(directory=tmp_path), behind=behind, port=port,
        snippet=snippet.replace("http://127.0.0.1:8000/", f"{web}/")))
    process = subprocess.Popen([program, "-p", str(tmp_path), "-c", str(file)], stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(10)


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


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_the_gate_takes_what_envoy_asks(web: str, listed: None, method: str) -> None:
    """The path that was asked for behind the prefix, any method, no body: ``Content-Length: 0``. Envoy lets pass at 200 alone."""
    assert "path_prefix: /gate/auth\n" in HOW_TO.read_text()
    port = urlsplit(web).port
    assert port is not None
    for appid, status in ((ALLOWED, 200), (DENIED, 403)):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(method, f"/gate/auth/mini-programs/start?appid={appid}&x=%E5%A4%87", headers={
            "Host": "mini.example", "Content-Length": "0", "X-Forwarded-For": "203.0.113.7", "X-Envoy-Internal": "true"})
        assert connection.getresponse().status == status
