"""The gate beside clients that are silent, slow or heavy, and its quiet self of the same run."""

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from urllib.parse import urlsplit

from PIL import Image

from openbeian.bench import load
from openbeian.bench.load import drive
from openbeian.bench.report import Cost
from openbeian.bench.scene import Applicant, applicants
from openbeian.filings.pictures import PIXELS_MAX
from openbeian.runtime.processes import serve

SILENT, SLOW, HEAVY = 500, 40, 16
#: Above what the server wants to see of a body: 16 KB in ten seconds.
_PIECE, _PAUSE = b" " * 1024, 0.4


def measure(*, requests: int) -> list[Cost]:
    """Ask the gate one question after another: quiet, beside each sort of unfriendly clients, and beside all of them."""
    who = applicants(1)[0]
    with serve(worker=False, simulator=False) as running:
        url = running.web_url
        asked = [load.request("GET", f"/gate/auth?appid={who.appid}")] * requests

        def median(*beside: AbstractContextManager[None]) -> float:
            with ExitStack() as attack:
                for one in beside:
                    attack.enter_context(one)
                return drive(url, asked, connections=1, accept=lambda status, body: status in (200, 403)).median_ms

        sorts: dict[str, Callable[[], AbstractContextManager[None]]] = {
            f"{SILENT} silent connections": lambda: _silent(url),
            f"{SLOW} slow bodies": lambda: _slow(url),
            f"{HEAVY} pictures of {PIXELS_MAX // 1_000_000} million pixels": lambda: _heavy(url, who),
        }
        median()
        quiet = median()
        return [
            Cost(f"/gate/auth beside {name}", median(*(sort() for sort in those)), "quiet", quiet, goal=2)
            for name, those in [*((name, [sort]) for name, sort in sorts.items()), ("all of them", list(sorts.values()))]
        ]


@contextlib.contextmanager
def _connected(url: str, number: int) -> Iterator[list[socket.socket]]:
    where = urlsplit(url)
    with ExitStack() as opened:
        yield [opened.enter_context(socket.create_connection((where.hostname or "", where.port or 80), timeout=60))
               for _ in range(number)]


@contextlib.contextmanager
def _silent(url: str) -> Iterator[None]:
    with _connected(url, SILENT):
        yield


@contextlib.contextmanager
def _slow(url: str) -> Iterator[None]:
    with _connected(url, SLOW) as connections:
        for connection in connections:
            connection.sendall(b"POST /wxa/icp/apply_icp_filing HTTP/1.1\r\nHost: bench\r\nContent-Length: 10000000\r\n\r\n")

        def send(over: threading.Event) -> None:
            for connection in connections:
                connection.sendall(_PIECE)
            over.wait(_PAUSE)

        with _repeated(send):
            yield


@contextlib.contextmanager
def _heavy(url: str, who: Applicant) -> Iterator[None]:
    """So many uploads at the same time, and again when all are answered: accepted, or refused for a moment."""
    picture = io.BytesIO()
    Image.new("RGB", (int(PIXELS_MAX ** 0.5),) * 2, "white").save(picture, "PNG")
    upload = load.upload(f"/wxa/icp/upload_icp_media?access_token={who.token}", picture.getvalue(),
                         type="image", icp_order_field="icp_materials.commitment_letter")

    def accept(status: int, body: bytes) -> bool:
        return b'"errcode":0' in (plain := body.replace(b" ", b"")) or b'"errcode":-1' in plain

    with _repeated(lambda over: drive(url, [upload] * HEAVY, connections=HEAVY, accept=accept)):
        yield


@contextlib.contextmanager
def _repeated(attack: Callable[[threading.Event], object]) -> Iterator[None]:
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            attack(over)

    with ThreadPoolExecutor(1) as thread:
        attacking = thread.submit(work)
        try:
            yield
        finally:
            over.set()
    attacking.result()
