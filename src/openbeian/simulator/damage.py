"""Files and answers that arrive damaged (faults `wrong_hash`, `truncated`, `restarting`)."""

import base64
from collections.abc import Iterator
from dataclasses import replace

from django.http import HttpResponse, StreamingHttpResponse

from openbeian.v3.wire import packing
from openbeian.v3.wire.packing import Packed, PackingSettings


def wrong_hash(packed: Packed) -> Packed:
    """The file with the hash of something else."""
    digest = bytearray(base64.b64decode(packed.beianInfoHash))
    digest[0] ^= 0x01
    return replace(packed, beianInfoHash=base64.b64encode(bytes(digest)).decode())


def truncated(xml: bytes, settings: PackingSettings, entry_name: str) -> Packed:
    """Half of the archive, not encrypted, with the hash of that half: its hash is right, it does not unzip."""
    archive = base64.b64decode(packing.pack(xml, replace(settings, encrypt=False), entry_name).beianInfo)
    half = archive[: len(archive) // 2]
    digest = packing.archive_hash(half, settings)
    return Packed(base64.b64encode(half).decode(), base64.b64encode(digest).decode())


class Broken(Exception):
    """Ends an answer in the middle; the server then closes the connection."""


def broken_off(answer: HttpResponse) -> StreamingHttpResponse:
    """The first bytes of an answer, after which the connection is closed."""

    def part() -> Iterator[bytes]:
        yield answer.content[:16]
        raise Broken("the connection is closed by the fault menu")

    stream = StreamingHttpResponse(part(), status=answer.status_code, content_type=answer["Content-Type"])
    stream["Content-Length"] = str(len(answer.content))
    return stream
