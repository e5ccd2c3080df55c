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
#: Up to this length a body is read before anything is done: one that ends early must not pass for an empty one. The
#: forms and files that are longer show by themselves where they end.
READ_FIRST_BYTES_MAX = 1024 * 1024
_ENDED_EARLY = b"The body ended before the length that was announced.\n"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_whole_body(application: Application) -> Application:
    """Give chunked requests their length, refuse bodies that end early, and read every body to its end before anything
    is answered.

    Django reads as many bytes as ``Content-Length`` says, else none. The server closes a connection on which a body
    is still to come, and the client, cut off while it sends, may lose the answer.
    """

    def whole(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        stream = environ["wsgi.input"]
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and not environ.get("CONTENT_LENGTH")
        if chunked:
            body = b"".join(_pieces(stream, CHUNKED_BYTES_MAX))
            environ["CONTENT_LENGTH"], environ["wsgi.input"] = str(len(body)), io.BytesIO(body)
        elif 0 < (length := int(environ.get("CONTENT_LENGTH") or 0)) <= READ_FIRST_BYTES_MAX:
            body = b"".join(_pieces(stream, length))
            if len(body) < length:
                start_response("400 Bad Request", [
                    ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_ENDED_EARLY)))])
                return [_ENDED_EARLY]
            environ["wsgi.input"] = io.BytesIO(body)
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
