"""A proxy before the simulated administration that can do harm at an exact moment of an exact call."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import urlsplit

METHODS = ("isp_upload", "isp_downloadack", "isp_download", "isp_querypreviousupload", "isp_querybeianstatus")
Moment = Literal["before", "after"]


@dataclass
class Proxy:
    """Passes calls on and counts those that arrived. ``harm`` is done once, before or after a call is passed on."""

    url: str
    upstream: str
    arrived: list[str] = field(default_factory=list)
    harm: tuple[str, Moment, Callable[[], None]] | None = None
    done: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take_harm(self, method: str, moment: Moment) -> Callable[[], None] | None:
        with self._lock:
            if self.harm is not None and self.harm[:2] == (method, moment):
                action, self.harm = self.harm[2], None
                return action
        return None


@contextmanager
def proxy(upstream: str) -> Iterator[Proxy]:
    """A proxy on a free port before ``upstream``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    made = Proxy(f"http://127.0.0.1:{server.server_address[1]}", upstream)
    server.proxy = made  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass_on(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        method = next((name for name in METHODS if f":{name}>".encode() in body or f"<{name}>".encode() in body), "")
        own: Proxy = self.server.proxy  # type: ignore[attr-defined]
        if action := own.take_harm(method, "before"):
            return self._do(action, own)
        answer = self._ask(body)
        own.arrived.append(method)
        if action := own.take_harm(method, "after"):
            return self._do(action, own)
        self._answer(*answer)

    def _do(self, action: Callable[[], None], own: Proxy) -> None:
        action()
        self.close_connection = True
        own.done.set()

    def _pass_on(self, body: bytes) -> None:
        self._answer(*self._ask(body))

    def _ask(self, body: bytes) -> tuple[int, str, bytes]:
        own: Proxy = self.server.proxy  # type: ignore[attr-defined]
        connection = http.client.HTTPConnection(urlsplit(own.upstream).netloc, timeout=30)
        headers = {name: self.headers[name] for name in ("Content-Type", "SOAPAction") if self.headers[name]}
        connection.request(self.command, self.path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers["Content-Type"], content

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # whoever asked is gone

    def log_message(self, *arguments: Any) -> None:
        pass
