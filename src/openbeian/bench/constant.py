"""The yardstick of everything that answers over HTTP: the same server with nothing to do."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

_BODY = b'{"errcode":0,"errmsg":"ok"}'


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application that answers 200 and a constant to everything."""
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(_BODY)))])
    return [_BODY]


@contextlib.contextmanager
def constant_server() -> Iterator[str]:
    """The same HTTP server as the system's, answering a constant; gives its address."""
    with serving("openbeian.bench.constant:application") as url:
        yield url


@contextlib.contextmanager
def serving(application: str, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve a WSGI application by the system's HTTP server, in that server's own threads; gives its address."""
    from django.conf import settings

    from openbeian.runtime.processes import answers, free_port

    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
         "--no-ws", "--http", "1", "--log-level", "error",
         "--workers", str(settings.OPENBEIAN_WEB_WORKERS), "--blocking-threads", "8",
         application],
        env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        while not answers(url):
            if server.poll() is not None:
                raise RuntimeError(f"the server of {application} ended at once")
        yield url
    finally:
        server.terminate()
        server.wait(20)
