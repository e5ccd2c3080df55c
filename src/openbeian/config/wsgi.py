"""The web process: granian serves ``application``."""

import io
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openbeian.config.settings")

#: A request without a length is read no further than this; views refuse what is longer.
CHUNKED_BYTES_MAX = 12 * 1024 * 1024 + 1

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_length(application: Application) -> Application:
    """Give chunked requests their length. Django reads as many bytes as ``Content-Length`` says, else none."""

    def counted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and not environ.get("CONTENT_LENGTH"):
            body, stream = b"", environ["wsgi.input"]
            while len(body) < CHUNKED_BYTES_MAX and (piece := stream.read(CHUNKED_BYTES_MAX - len(body))):
                body += piece
            environ["CONTENT_LENGTH"], environ["wsgi.input"] = str(len(body)), io.BytesIO(body)
        return application(environ, start_response)

    return counted


application = with_length(get_wsgi_application())
