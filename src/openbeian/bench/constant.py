"""The yardstick of everything that answers over HTTP: the same server with nothing to do."""

from collections.abc import Callable, Iterable
from typing import Any

_BODY = b'{"errcode":0,"errmsg":"ok"}'


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application that answers 200 and a constant to everything."""
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(_BODY)))])
    return [_BODY]
