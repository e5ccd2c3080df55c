"""Bodies of requests: of known length, and read to their end before the answer leaves."""

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

#: A request without a length is read no further than this; the open API refuses what is longer.
CHUNKED_BYTES_MAX = 12 * 1024 * 1024 + 1
#: What a view left unread of a body is read up to here, so that the client gets to see the answer. The end of one that
#: says it is longer is out of reach.
LEFT_OVER_BYTES_MAX = 64 * 1024 * 1024
_PIECE = 256 * 1024

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_whole_body(application: Application) -> Application:
    """Give chunked requests their length, and read every body to its end before anything is answered.

    Django reads as many bytes as ``Content-Length`` says, else none. The server closes a connection on which a body
    is still to come, and the client, cut off while it sends, may lose the answer.
    """

    def whole(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        stream = environ["wsgi.input"]
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and not environ.get("CONTENT_LENGTH")
        if chunked:
            body = b"".join(_pieces(stream, CHUNKED_BYTES_MAX))
            environ["CONTENT_LENGTH"], environ["wsgi.input"] = str(len(body)), io.BytesIO(body)
        answer = application(environ, start_response)
        if chunked or 0 < int(environ.get("CONTENT_LENGTH") or 0) <= LEFT_OVER_BYTES_MAX:
            for _ in _pieces(stream, LEFT_OVER_BYTES_MAX):
                pass
        return answer

    return whole


def _pieces(stream: Any, most: int) -> Iterator[bytes]:
    while most and (piece := stream.read(min(most, _PIECE))):
        most -= len(piece)
        yield piece
