"""Bodies of requests: read whole, on the event loop and within limits, before a thread begins to work on the request."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from typing import IO, Any

#: A request without a length is kept no further than this; the open API refuses what is longer.
CHUNKED_BYTES_MAX = 12 * 1024 * 1024 + 1
#: A body is read up to here, so that the client gets to see the answer. One that announces more is not read at all:
#: its end is out of reach.
READ_BYTES_MAX = 64 * 1024 * 1024
#: What is longer lies in a temporary file.
IN_MEMORY_BYTES_MAX = 1024 * 1024
#: All bodies of a process together.
HELD_BYTES_MAX = 256 * 1024 * 1024
#: A client that sends nothing for so long has gone silent.
SILENT_SECONDS = 10.0
#: A body may take this long, and longer if it comes at this rate or faster.
SLOW_SECONDS, SLOW_BYTES_PER_SECOND = 60.0, 16 * 1024


class BodyRefused(Exception):
    """A body that cannot be used: the status and the text of the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class Bodies:
    """The bodies that one process reads."""

    def __init__(self, *, silent_seconds: float = SILENT_SECONDS, slow_seconds: float = SLOW_SECONDS,
                 held_bytes_max: int = HELD_BYTES_MAX) -> None:
        self.silent_seconds, self.slow_seconds, self.held_bytes_max = silent_seconds, slow_seconds, held_bytes_max
        self.held_bytes = 0

    @contextlib.asynccontextmanager
    async def read(self, pieces: AsyncIterator[bytes], length: int | None) -> AsyncIterator[tuple[IO[bytes], int]]:
        """The body as a file, and its length; ``length`` is None if the client did not announce one.

        Raises :class:`BodyRefused` for a body that is silent (408), slow (408) or ends early (400), and while the
        bodies of the process take too much room (503).
        """
        held = 0
        most = CHUNKED_BYTES_MAX if length is None else READ_BYTES_MAX
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES_MAX) as kept:
            try:
                if length is None or length <= READ_BYTES_MAX:
                    received = 0
                    async for piece in self._in_time(pieces):
                        received += len(piece)
                        kept.write(piece := piece[:most - held])
                        held += len(piece)
                        self._hold(len(piece))
                        if received >= READ_BYTES_MAX:
                            break
                    if received < (length or 0):
                        raise BodyRefused(400, "The body ended before the length that was announced.")
                kept.seek(0)
                yield kept, held if length is None else length
            finally:
                self.held_bytes -= held

    def _hold(self, number: int) -> None:
        self.held_bytes += number
        if self.held_bytes > self.held_bytes_max:
            raise BodyRefused(503, "Too many large requests at once. Try again in some seconds.")

    async def _in_time(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        clock = asyncio.get_running_loop().time
        slow_at, stream = clock() + self.slow_seconds, aiter(pieces)
        while True:
            try:
                async with asyncio.timeout_at(min(clock() + self.silent_seconds, slow_at)):
                    piece = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise BodyRefused(408, "The body did not arrive in time.") from None
            slow_at += len(piece) / SLOW_BYTES_PER_SECOND
            yield piece


def announced_length(headers: Any) -> int | None:
    """How long the body will be: 0 if the request has none, None if it comes in chunks. ``headers`` are RSGI's."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return None
    return int(headers.get("content-length") or 0)
