"""Where the authorization page may return to."""

from urllib.parse import SplitResult, urlsplit

from openbeian.accounts.models import ApiClient
from openbeian.ledger.clock import settable

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def allowed_redirect(client: ApiClient, uri: str) -> SplitResult | None:
    """``redirect_uri`` taken apart, if it leads to one of the platform's hosts; otherwise None.

    A registered host without a port stands for every port. In demonstrations a client's own machine will do as well.
    """
    if not uri or len(uri) > 2000 or "\\" in uri or any(sign <= " " or sign == "\x7f" for sign in uri):
        return None
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host.isascii() or "@" in parts.netloc or not host:
        return None
    named = f"[{host}]" if ":" in host else host
    if {named, f"{named}:{port or {'http': 80, 'https': 443}[parts.scheme]}"} & set(client.redirect_hosts):
        return parts
    return parts if settable() and host in _LOOPBACK else None


def origin(parts: SplitResult) -> str:
    """Scheme, host and port of an address."""
    return f"{parts.scheme}://{parts.netloc.lower()}"


def with_code(parts: SplitResult, *, auth_code: str, expires_in: int) -> str:
    """The address to return to, its own query first and unchanged. Authorization codes need no escaping but the @."""
    query = f"auth_code={auth_code.replace('@', '%40')}&expires_in={expires_in}"
    return parts._replace(query=f"{parts.query}&{query}" if parts.query else query).geturl()
