"""Addresses of the open API as clients spell them."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import WSGIApplication

_OPEN_API = re.compile("/+(?:wxa|cgi-bin)/")


def with_single_slashes(application: WSGIApplication) -> WSGIApplication:
    """Read several slashes in a row as one under ``/wxa/`` and ``/cgi-bin/``.

    A base address that ends in a slash makes them in many clients.
    """

    def single(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if "//" in path and _OPEN_API.match(path):
            environ["PATH_INFO"] = re.sub("/+", "/", path)
        return application(environ, start_response)

    return single
