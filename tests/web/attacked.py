"""The process that `test_server` attacks: a WSGI application on the system's server, with a short patience."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from openbeian.web import bodies, server

bodies.SLOW_SECONDS, bodies.LOOK_SECONDS = 1.0, 0.1

_working: set[int] = set()
_most = 0
_streams_closed = 0


class Stream:
    streaming = True

    def __init__(self, path: str) -> None:
        self.path = path

    def __iter__(self) -> Iterator[bytes]:
        for number in itertools.count():
            if number == 3 and self.path != "/endless":
                break
            yield b"piece"
            time.sleep(0.001)
        if self.path == "/broken":
            raise ValueError("the middle of a stream")

    def close(self) -> None:
        global _streams_closed
        _streams_closed += 1


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the path says; else with the length of the body."""
    global _most
    _working.add(thread := threading.get_ident())
    _most = max(_most, len(_working))
    try:
        return _answer(environ, start_response)
    finally:
        _working.discard(thread)


def _answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path, asked = environ["PATH_INFO"], environ["QUERY_STRING"]
    body = environ["wsgi.input"].read()
    assert len(body) == int(environ.get("CONTENT_LENGTH") or 0)
    if path == "/error":
        raise ValueError("an application that fails")
    if path == "/until":
        Path(asked, "begun").touch()
        while not Path(asked, "go").exists():
            time.sleep(0.01)
    if path == "/pause":
        time.sleep(0.05)
    answer = {
        "/most": b"%d" % _most, "/closed": b"%d" % _streams_closed, "/query": asked.encode(),
    }.get(path, b"%d" % len(body))
    streamed = path in ("/stream", "/broken", "/endless")
    start_response("200 OK", [] if streamed else [("Content-Length", str(len(answer)))])
    return Stream(path) if streamed else [answer]


if __name__ == "__main__":
    server.main()
