"""A closed loop of HTTP requests: so many connections, each sending its next request when the last is answered."""

import json
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Figures:
    """What a run showed. Times in milliseconds."""

    number: int
    seconds: float
    median_ms: float
    p95_ms: float

    @property
    def per_second(self) -> float:
        return self.number / self.seconds


class WrongAnswer(Exception):
    """The server answered otherwise than it should; a figure would mean nothing."""


def request(method: str, path: str, body: object = None) -> bytes:
    """An HTTP/1.1 request as bytes; a body is sent as JSON."""
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    kind = "" if body is None else "Content-Type: application/json\r\n"
    return f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{kind}Content-Length: {len(content)}\r\n\r\n".encode() + content


def upload(path: str, content: bytes, **fields: str) -> bytes:
    """An HTTP/1.1 request as bytes that uploads a picture as ``media``, with the other fields of a form."""
    parts = [f'--parts\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    media = '--parts\r\nContent-Disposition: form-data; name="media"; filename="picture"\r\n\r\n'
    body = "".join((*parts, media)).encode() + content + b"\r\n--parts--\r\n"
    return (f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: multipart/form-data; boundary=parts\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def drive(url: str, requests: Sequence[bytes], *, connections: int, accept: Callable[[int, bytes], bool]) -> Figures:
    """Send every request once, ``connections`` at a time. ``accept`` gets status and body of each answer.

    Raises :class:`WrongAnswer` at the first answer that is not accepted.
    """
    where = urlsplit(url)
    waiting: Iterator[bytes] = iter(requests)
    lock = threading.Lock()
    times: list[float] = []
    wrong: list[str] = []

    def take() -> bytes | None:
        with lock:
            return None if wrong else next(waiting, None)

    def work() -> None:
        with socket.create_connection((where.hostname or "", where.port or 80), timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            mine = []
            while (sent := take()) is not None:
                began = time.perf_counter()
                connection.sendall(sent)
                status, body = _read(connection)
                mine.append(time.perf_counter() - began)
                if not accept(status, body):
                    wrong.append(f"{status} {body[:300]!r}")
                    break
            with lock:
                times.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if wrong or len(times) != len(requests):
        raise WrongAnswer(wrong[0] if wrong else f"{len(requests) - len(times)} requests were not answered")
    times.sort()
    return Figures(len(times), seconds, 1000 * statistics.median(times), 1000 * times[int(0.95 * (len(times) - 1))])


def _read(connection: socket.socket) -> tuple[int, bytes]:
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _some(connection)
    head, body = received[:end].lower(), received[end + 4:]
    status = int(head[9:12])
    begin = head.find(b"content-length:")
    length = int(head[begin + 15:].split(b"\r\n", 1)[0]) if begin >= 0 else 0
    while len(body) < length:
        body += _some(connection)
    return status, body


def _some(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise WrongAnswer("the server closed the connection")
    return part
