"""Small files that hold very large pictures, many at once: the web process keeps its memory, and goes on answering."""

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from PIL import Image

from openbeian.filings import pictures

if TYPE_CHECKING:
    from openbeian.runtime.processes import Running
    from tests.wechat.platform import Platform

MEGABYTE = 1024 * 1024


def memory_of(parent: int) -> int:
    """The bytes that a process and its children have in memory."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue  # it has ended
        if parent in (int(fields["Pid"]), int(fields["PPid"])):
            total += int(fields.get("VmRSS", "0 kB").split()[0]) * 1024
    return total


@contextmanager
def watched(pid: int) -> Iterator[list[int]]:
    """The memory of a process tree, again and again while the block runs."""
    seen, over = [memory_of(pid)], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            seen.append(memory_of(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    yield seen
    over.set()
    thread.join()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_sixteen_pictures_of_forty_million_pixels_at_once(web: str, _web: "Running", platform: "Platform") -> None:
    def upload(content: bytes) -> int:
        return requests.post(
            f"{web}/wxa/icp/upload_icp_media", params={"access_token": platform.token}, timeout=120,
            files={"media": ("a.png", content, "image/png")},
            data={"type": "image", "icp_order_field": "icp_materials.commitment_letter"}).json()["errcode"]

    def file(width: int) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", (width, width), "white").save(out, "PNG")
        return out.getvalue()

    large, small = file(6300), file(1000)
    assert len(large) < 150_000
    assert upload(small) == 0
    pid = _web.pid("web")
    assert pid is not None
    before = memory_of(pid)
    answers: list[int] = []
    with watched(pid) as seen:
        threads = [threading.Thread(target=lambda: answers.append(upload(large))) for _ in range(16)]
        for thread in threads:
            thread.start()
        during = [requests.get(f"{web}/gate/check?appid=wx1111111111111111", timeout=60).status_code for _ in range(5)]
        for thread in threads:
            thread.join()
    assert during == [200] * 5
    assert set(answers) <= {0, -1} and 2 <= answers.count(0) < 16
    assert max(seen) - before < 4 * pictures.PIXELS_MAX + 60 * MEGABYTE
    assert memory_of(pid) - before < 100 * MEGABYTE, "what decoding took is given back"
    assert upload(large) == upload(small) == 0, "afterwards there is room again"
