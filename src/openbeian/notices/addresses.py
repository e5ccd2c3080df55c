"""Where a push may go.

A client's URL is somebody else's word. It is resolved once, every private, loopback or otherwise special address
is refused (unless the operator allows them), and the connection goes to the very address that was checked, so a
name that changes its mind in between leads nowhere.
"""

import contextlib
import ipaddress
import queue
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

RESOLVE_SECONDS = 3.0
CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
#: From the connection to the last byte of the answer.
PUSH_SECONDS = 15.0
_ANSWER_BYTES = 64
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """The URL leads nowhere a push may go. The text is a short code."""


@dataclass(frozen=True)
class Answer:
    """Status and first bytes of what a client answered."""

    status: int
    body: bytes


class _CutOff(HTTPConnection):
    """A connection that ends after :data:`PUSH_SECONDS`.

    ``READ_SECONDS`` begin anew with each byte; a receiver that sends one now and then would hold a worker for ever.
    """

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        self._end = made.dup()  # TLS takes the socket itself over
        self._timer = threading.Timer(PUSH_SECONDS, self._cut)
        self._timer.daemon = True
        self._timer.start()
        return made

    def _cut(self) -> None:
        with contextlib.suppress(OSError):  # it has ended by itself
            self._end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if hasattr(self, "_timer"):
            self._timer.cancel()
            self._end.close()
        super().close()


class _CutOffTLS(_CutOff, HTTPSConnection):
    pass


def post(url: str, *, body: bytes, content_type: str, allow_private: bool) -> Answer:
    """POST ``body`` to ``url``; redirects are not followed and proxies not used.

    Raises :class:`AddressRefused` and :class:`urllib3.exceptions.HTTPError`.
    """
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host:
        raise AddressRefused("bad_url")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = checked_address(host, port, allow_private=allow_private)
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, timeout=timeout, retries=False, assert_hostname=host, server_hostname=host)
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout, retries=False)
    pool.ConnectionCls = _CutOffTLS if parts.scheme == "https" else _CutOff
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    default_port = port == (443 if parts.scheme == "https" else 80)
    headers = {"Content-Type": content_type, "User-Agent": "OpenBeian",
               "Host": _bracketed(host) if default_port else f"{_bracketed(host)}:{port}"}
    with pool:
        answer = pool.urlopen(
            "POST", target, body=body, headers=headers, redirect=False, preload_content=False, decode_content=False)
        try:
            return Answer(answer.status, answer.read(_ANSWER_BYTES))
        finally:
            answer.close()


def checked_address(host: str, port: int, *, allow_private: bool) -> str:
    """One address of ``host`` that may be connected to. Raises :class:`AddressRefused`."""
    for address in _resolved(host, port):
        if allow_private or is_public(address):
            return address
    raise AddressRefused("private_address")


def _resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of ``host``. The resolver has no time-out of its own, so a thread asks it and is left behind."""
    found: queue.SimpleQueue[Sequence[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put([str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError):
            found.put([])

    threading.Thread(target=ask, daemon=True).start()
    try:
        addresses = found.get(timeout=RESOLVE_SECONDS)
    except queue.Empty:
        raise AddressRefused("resolver_timeout") from None
    if not addresses:
        raise AddressRefused("unresolvable")
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address is reachable on the public internet and hides no other address."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour or ip.teredo or ip in _NAT64:
            return False
    return ip.is_global and not ip.is_multicast


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
