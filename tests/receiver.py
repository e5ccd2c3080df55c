"""A third-party platform's address: a small HTTP server that takes pushes and answers as told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    path: str
    query: dict[str, str]
    content_type: str
    body: bytes


@dataclass
class Receiver:
    """What has come in so far. ``answers`` are given in turn; when they run out, ``success``.

    Paths in ``hanging`` get no answer until the receiver closes. ``before_answer`` is
    called between a request and its answer.
    """

    url: str = ""
    requests: list[Received] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    hanging: set[str] = field(default_factory=set)
    closing: threading.Event = field(default_factory=threading.Event)
    before_answer: Callable[[], object] = lambda: None

    def wait(self, count: int, *, seconds: float = 20) -> list[Received]:
        """The first ``count`` requests, waited for. Fails when they do not come."""
        deadline = monotonic() + seconds
        while len(self.requests) < count:
            assert monotonic() < deadline, f"{len(self.requests)} of {count} pushes came"
            sleep(0.05)
        return self.requests[:count]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens on a free port of this machine while the block runs."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            receiver.requests.append(Received(
                parts.path, dict(parse_qsl(parts.query)), self.headers.get("Content-Type", ""), body))
            if parts.path in receiver.hanging:
                receiver.closing.wait()
                return
            receiver.before_answer()
            status, answer = receiver.answers.pop(0) if receiver.answers else (200, b"success")
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", receiver.url)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/events"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
