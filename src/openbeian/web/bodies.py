"""Bodies of requests: received whole and within limits, by nobody who waits, before a thread works on the request."""

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import AsyncIterator
from typing import IO, Any

#: More than the longest that somebody may send: 67.7 MB, to the simulator. Views have limits below it.
BYTES_MAX = 72 * 1024 * 1024
#: What is longer lies in a temporary file.
IN_MEMORY_BYTES_MAX = 128 * 1024
#: All bodies of a process together.
HELD_BYTES_MAX = 1024 * 1024 * 1024
#: So much has to arrive in so long.
SLOW_BYTES, SLOW_SECONDS = 16 * 1024, 10.0
WHOLE_SECONDS = 600.0
#: How often it is looked who is late.
LOOK_SECONDS = 1.0


class BodyRefused(Exception):
    """A body that cannot be used: the status and the text of the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class Bodies:
    """The bodies that one process receives, beside the ``threads`` that bring them and work on requests."""

    def __init__(self, threads: int) -> None:
        self.held_bytes, self.counting = 0, threading.Lock()
        self.stopping = False
        self.threads = threads
        #: Those that work on a request.
        self.working: set[int] = set()
        self.seconds = 0.0
        #: The next piece of each body, and until when it may come.
        self.awaited: dict[Any, float] = {}

    def keep_time(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on, refuse who is late. While most threads work no time passes: what came may wait for a thread."""
        if 2 * len(self.working) <= self.threads:
            self.seconds += LOOK_SECONDS
        for piece, due in self.awaited.copy().items():
            if due < self.seconds:
                piece.cancel()
        loop.call_later(LOOK_SECONDS, self.keep_time, loop)

    def stop(self) -> None:
        """From now on, wait for nothing."""
        self.stopping = True
        for piece in self.awaited.copy():
            piece.cancel()

    @contextlib.asynccontextmanager
    async def read(self, protocol: Any, length: int | None) -> AsyncIterator[tuple[IO[bytes], int]]:
        """The body as a file, and its length; ``length`` is None if the client did not announce one.

        Raises :class:`BodyRefused` for one that is too long (413), too slow (408) or ends early (400), and while the
        bodies of the process take too much room or the process stops (503).
        """
        if length and length > BYTES_MAX:
            raise _too_long()
        received = 0
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES_MAX) as kept:
            try:
                async for piece in self._in_time(protocol, length):
                    received += len(piece)
                    self._hold(len(piece))
                    if received > BYTES_MAX:
                        raise _too_long()
                    kept.write(piece)
                kept.seek(0)
                yield kept, received
            finally:
                self._hold(-received)

    async def discard(self, protocol: Any, length: int) -> None:
        """Receive a body that was refused already: a client that sends it nevertheless reads the answer only then."""
        with contextlib.suppress(BodyRefused):
            async for _ in self._in_time(protocol, length):
                pass

    def _hold(self, number: int) -> None:
        with self.counting:
            self.held_bytes += number
        if number > 0 and self.held_bytes > HELD_BYTES_MAX:
            raise BodyRefused(503, "Too many large requests at once. Try again in some seconds.")

    async def _in_time(self, protocol: Any, length: int | None) -> AsyncIterator[bytes]:
        latest, pieces, ended = self.seconds + WHOLE_SECONDS, aiter(protocol), False
        received = enough = 0
        while received != length:
            if received >= enough:
                due, enough = self.seconds + SLOW_SECONDS, received + SLOW_BYTES
            try:
                awaited = anext(pieces)
            except StopAsyncIteration:
                return
            self.awaited[awaited] = min(due, latest)
            try:
                if self.stopping:
                    awaited.cancel()
                piece = await awaited
            except asyncio.CancelledError:
                if self.stopping:
                    raise BodyRefused(503, "The server stops. Try again in some seconds.") from None
                raise BodyRefused(408, "The body did not arrive in time.") from None
            finally:
                del self.awaited[awaited]
            # A body without a length ends with an empty piece and then no more; one that is cut off, with two empty ones.
            if not piece and (ended or length is not None):
                raise BodyRefused(400, "The body ended early.")
            ended = not piece
            received += len(piece)
            yield piece


def _too_long() -> BodyRefused:
    return BodyRefused(413, f"The body is longer than {BYTES_MAX} bytes.")


def announced_length(headers: Any) -> int | None:
    """How long the body will be: 0 if the request has none, None if it comes in chunks. ``headers`` are RSGI's."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return None
    return int(headers.get("content-length") or 0)
