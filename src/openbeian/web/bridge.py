"""Between the HTTP server and Django: bodies are awaited on the event loop, and views run in a few threads.

A thread that reads a body waits for its client; as many silent clients as there are threads would stop a process that
has no proxy in front. The server can read with a time limit only in its own asynchronous interface, RSGI; Django, its
signals and its database connections, one for each thread, want WSGI.
"""

import asyncio
import contextlib
import functools
import io
import sys
import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import Any

from openbeian.web.bodies import Bodies, BodyRefused, announced_length

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[str, str]]
_Request = tuple[dict[str, Any], Any, "asyncio.Future[None]"]

_ALWAYS = {
    "SCRIPT_NAME": "", "SERVER_SOFTWARE": "Granian", "wsgi.version": (1, 0), "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True, "wsgi.multiprocess": False, "wsgi.multithread": True, "wsgi.run_once": False,
}  # fmt: skip


class Bridge:
    """An RSGI application that runs a WSGI application in ``threads`` threads, each request with its whole body.

    The names with underscores are those of RSGI.
    """

    def __init__(self, application: Application, *, threads: int, bodies: Bodies | None = None) -> None:
        self.application, self.bodies = application, bodies or Bodies()
        self.waiting: SimpleQueue[_Request] = SimpleQueue()
        self.threads = [threading.Thread(target=self._work, name=f"request-{number}", daemon=True)
                        for number in range(threads)]  # fmt: skip

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads; the server calls this once, in the process that serves."""
        for thread in self.threads:
            thread.start()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request. A body that cannot be used is refused, and the connection closed."""
        environ = environ_of(scope)
        length = announced_length(scope.headers)
        if length == 0:
            await self._run(environ, protocol)
            return
        try:
            async with self.bodies.read(protocol, length) as (body, found):
                await self._run(environ | {"wsgi.input": body, "CONTENT_LENGTH": str(found)}, protocol)
        except BodyRefused as refused:
            headers = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]
            if refused.status == 503:
                headers.append(("Retry-After", "10"))
            protocol.response_str(refused.status, headers, refused.text + "\n")

    async def _run(self, environ: dict[str, Any], protocol: Any) -> None:
        # A bare queue: an executor's own futures would cost some two hundredths of a small request.
        answered = asyncio.get_running_loop().create_future()
        self.waiting.put((environ, protocol, answered))
        await answered

    def _work(self) -> None:
        while True:
            self._answer_and_report(*self.waiting.get())

    def _answer_and_report(self, environ: dict[str, Any], protocol: Any, answered: "asyncio.Future[None]") -> None:
        report = functools.partial(answered.set_result, None)
        try:
            self._answer(environ, protocol)
        except BaseException as error:
            report = functools.partial(answered.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process ends
            answered.get_loop().call_soon_threadsafe(report)

    def _answer(self, environ: dict[str, Any], protocol: Any) -> None:
        begun: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: Headers, error: object = None) -> None:
            begun.append((int(status[:3]), headers))

        with contextlib.ExitStack() as at_the_end:
            answer = self.application(environ, start_response)
            if close := getattr(answer, "close", None):
                at_the_end.callback(close)
            if getattr(answer, "streaming", False):
                stream = protocol.response_stream(*begun[-1])
                try:
                    for piece in answer:
                        stream.send_bytes(piece)
                finally:
                    del stream  # ends the answer, also where the traceback of an error keeps this frame
            else:
                body = b"".join(answer)
                protocol.response_bytes(*begun[-1], body)


def environ_of(scope: Any) -> dict[str, Any]:
    """WSGI's record of a request without a body, from RSGI's."""
    server, _, port = scope.server.rpartition(":")
    environ = {
        **_ALWAYS,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}", "SERVER_NAME": server.strip("[]"), "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"), "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"), "QUERY_STRING": scope.query_string,
        "wsgi.url_scheme": scope.scheme, "wsgi.input": io.BytesIO(),
    }  # fmt: skip
    for name, value in scope.headers.items():
        key = _key(name)
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    environ.setdefault("HTTP_HOST", scope.authority or "")
    return environ


@functools.lru_cache(512)
def _key(header: str) -> str:
    key = header.replace("-", "_").upper()
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
