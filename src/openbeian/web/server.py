"""The HTTP server: granian, whose threads run a WSGI application, each request with its whole body.

In granian's WSGI mode a thread waits for the client that sends a body. Its asynchronous interface, RSGI, has nobody wait,
but takes each request through an event loop. Here it gets a loop that runs whatever one of granian's threads brings on that
thread, at once: a request starts on the thread where it arrives, and continues where the next piece of its body arrives.

``python -m openbeian.web.server openbeian.config.wsgi:application --port 8000 --workers 4``
"""

import argparse
import asyncio
import collections
import contextlib
import functools
import io
import logging
import os
import resource
import select
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from typing import Any
from wsgiref.types import WSGIApplication

from django.core.signals import request_started
from django.db import connections
from django.utils.module_loading import import_string
from granian import Granian, loops
from granian.constants import HTTPModes, Interfaces, TaskImpl
from granian.log import LogLevels

from openbeian.ledger.instance import compare_at_start
from openbeian.web.bodies import Bodies, BodyRefused, announced_length
from openbeian.web.machines import OPEN_API, OPEN_API_BYTES_MAX

log = logging.getLogger(__name__)

#: Of one process; more wait until one closes.
CONNECTIONS_MAX = 2048
#: Questions that are answered also while all turns are taken, by the one thread more than there are turns.
AT_ONCE = ("/livez", "/healthz")

_ALWAYS = {
    "SCRIPT_NAME": "", "SERVER_SOFTWARE": "Granian", "wsgi.version": (1, 0), "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True, "wsgi.multiprocess": False, "wsgi.multithread": True, "wsgi.run_once": False,
}  # fmt: skip


class ThreadsLoop(asyncio.SelectorEventLoop):
    """Runs what granian's threads bring on these threads; itself it only keeps time and hears signals, on its own."""

    def __init__(self) -> None:
        super().__init__()
        self.own_thread = threading.get_ident()
        self.before_stopping: Callable[[], None] = lambda: None

    def call_soon(self, callback: Any, *arguments: Any, context: Any = None) -> Any:  # type: ignore[override]
        """For a piece that is there before anybody waits for it."""
        if threading.get_ident() == self.own_thread:
            return super().call_soon(callback, *arguments, context=context)
        return callback(*arguments)

    def call_soon_threadsafe(self, callback: Any, *arguments: Any, context: Any = None) -> Any:  # type: ignore[override]
        """For a request, a piece of a body, or (the only call without arguments) the end of serving."""
        return callback(*arguments) if arguments else super().call_soon_threadsafe(callback, context=context)

    def create_task(self, coroutine: Any, **more: Any) -> Any:  # type: ignore[override]
        """Run a request until it waits."""
        if threading.get_ident() == self.own_thread:
            return super().create_task(coroutine, **more)
        return _continue(coroutine)

    def add_signal_handler(self, number: int, callback: Any, *arguments: Any) -> None:  # type: ignore[override]
        """Let go of what would keep the process from stopping, first."""
        def stop() -> None:
            self.before_stopping()
            callback(*arguments)

        super().add_signal_handler(number, stop)


def _continue(request: Coroutine[Any, None, None], arrived: Any = None) -> None:
    try:
        if arrived is not None and arrived.cancelled():
            awaited = request.throw(asyncio.CancelledError())
        else:
            awaited = request.send(None)
    except StopIteration:
        return
    awaited.add_done_callback(functools.partial(_continue, request))


class Turns:
    """Whole requests that wait until one of so many others is answered. No thread waits with them.

    Whoever awaits one of the two lines goes on when its turn has come, on the thread that brings it or on one that is free
    again. Uploads, whose pictures take a while, leave one turn to the others, so they may come first.
    """

    def __init__(self, number: int) -> None:
        self.free, self.lock = number, threading.Lock()
        self.uploads, self.others = Line(self, number - 1), Line(self, number)

    def work(self) -> None:
        """Work on what waits, as far as there are turns."""
        while True:
            with self.lock:
                line = next((line for line in (self.uploads, self.others) if line.waiting and line.free and self.free), None)
                if line is None:
                    return
                self.free -= 1
                line.free -= 1
                go_on = line.waiting.popleft()
            try:
                go_on(line)
            except Exception as error:  # the client has gone, or the application has failed: the others still wait
                log.info("a request ended with %s", type(error).__name__)
            finally:
                with self.lock:
                    self.free += 1
                    line.free += 1


class Line:
    """Those that wait for a turn, and how many of them may have one."""

    def __init__(self, turns: Turns, free: int) -> None:
        self.turns, self.free = turns, free
        self.waiting: collections.deque[Callable[[Line], None]] = collections.deque()

    def __await__(self) -> Generator[Any, Any, None]:
        yield self

    def cancelled(self) -> bool:
        """Never: nobody withdraws a request."""
        return False

    def add_done_callback(self, go_on: "Callable[[Line], None]") -> None:
        """The request waits now."""
        self.waiting.append(go_on)
        self.turns.work()


class Server:
    """A WSGI application as one for RSGI, whose names are those with underscores."""

    def __init__(self, application: WSGIApplication, threads: int) -> None:
        self.application, self.bodies, self.turns = application, Bodies(threads), Turns(threads)

    def __rsgi_init__(self, loop: ThreadsLoop) -> None:
        """Before serving."""
        loop.before_stopping = self.bodies.stop
        self.bodies.keep_time(loop)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request. A body that cannot be used is refused, and the connection closed."""
        environ = environ_of(scope)
        length = announced_length(scope.headers)
        if length == 0:
            if scope.path not in AT_ONCE:
                await self.turns.others
            await self._answer(environ, protocol)
            return
        if length and length > OPEN_API_BYTES_MAX and OPEN_API.match(scope.path):
            await self._answer(environ, protocol)
            await self.bodies.discard(protocol, length)
            return
        try:
            async with self.bodies.read(protocol, length) as (body, found):
                is_upload = environ.get("CONTENT_TYPE", "").lower().startswith("multipart/")
                await (self.turns.uploads if is_upload else self.turns.others)
                await self._answer(environ | {"wsgi.input": body, "CONTENT_LENGTH": str(found)}, protocol)
        except BodyRefused as refused:
            headers = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]
            if refused.status == 503:
                headers.append(("Retry-After", "10"))
            protocol.response_str(refused.status, headers, refused.text + "\n")

    async def _answer(self, environ: dict[str, Any], protocol: Any) -> None:
        begun: list[tuple[int, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            begun.append((int(status[:3]), headers))

        with contextlib.ExitStack() as at_the_end:
            self.bodies.working.add(thread := threading.get_ident())
            at_the_end.callback(self.bodies.working.discard, thread)
            answer = self.application(environ, start_response)
            if close := getattr(answer, "close", None):
                at_the_end.callback(close)
            if getattr(answer, "streaming", False):
                stream = protocol.response_stream(*begun[-1])
                try:
                    for piece in answer:
                        await stream.send_bytes(piece)  # does not wait; raises if the client has gone
                finally:
                    del stream  # ends the answer, also where the traceback of an error keeps this frame
            else:
                protocol.response_bytes(*begun[-1], b"".join(answer))


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


def skip_health_checks(**_: Any) -> None:
    """Spare Django's health check, which is a statement, where the socket shows that the connection works.

    A server that goes away closes its end, and the socket has something to read then. Receiver of ``request_started``.
    """
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None:
            poll = select.poll()
            poll.register(connection.connection.fileno(), select.POLLIN)
            connection.health_check_done = not poll.poll(0)  # type: ignore[attr-defined]


def load(application: str, *, threads: int) -> Server:
    """The application that is named ``module:name``. Raises SystemExit for another instance's database."""
    server = Server(import_string(application.replace(":", ".")), threads)
    request_started.connect(skip_health_checks)
    compare_at_start()
    return server


loops.register("threads")(ThreadsLoop)


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(prog="python -m openbeian.web.server")
    parser.add_argument("application", help="module:name of a WSGI application")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--threads", type=int, default=4, help="of each process; one more answers /healthz")
    return parser


def main() -> None:
    """Serve until a signal comes. What the processes write is for their user and group only."""
    os.umask(0o027)
    chosen = command_line().parse_args()
    # A long body lies in a file, besides its connection, and granian turns in circles if no more may be opened.
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(files, min(most, 2 * CONNECTIONS_MAX + 1000)), most))
    server = Granian(
        chosen.application, chosen.host, chosen.port, interface=Interfaces.RSGI, workers=chosen.workers,
        loop="threads", task_impl=TaskImpl.asyncio, http=HTTPModes.http1, websockets=False,  # type: ignore[arg-type]
        backlog=CONNECTIONS_MAX, backpressure=CONNECTIONS_MAX, blocking_threads_idle_timeout=600,
        log_level=LogLevels.error, respawn_failed_workers=True, workers_kill_timeout=8,
    )  # fmt: skip
    # As a parameter it is refused: with an ordinary event loop more than one thread would be of no use.
    server.on_startup(lambda: setattr(server, "blocking_threads", chosen.threads + 1))
    server.serve(target_loader=functools.partial(load, threads=chosen.threads))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
