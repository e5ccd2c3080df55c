"""Pictures as they are kept: upright, without anything but the picture, and never larger than they came.

Every picture is decoded to see that it is sound. A JPEG is then encoded anew with the compression it came with, so
small print stays as legible as it was; a PNG keeps its own compressed pixels. The same bytes in give the same bytes
out. A process decodes one picture at a time, for a small file can hold a very large one.
"""

import ctypes
import io
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from PIL import ExifTags, Image, ImageFile, ImageOps
from PIL.JpegImagePlugin import get_sampling

# The limits, for one process.
PIXELS_MAX = 40_000_000
"""One picture: more than a photograph or scan of a document in 2 MB can show. Decoded, and for a JPEG encoded, it takes ten
bytes a pixel at most, and a copy of it, turned or converted, four more."""
LARGE_PIXELS = 15_000_000
"""Some 60 MB decoded. Ordinary pictures, photographs of 12 million pixels too, wait for one another, each of which takes a
moment; larger ones take a second, and only one may wait."""
WAITING_SECONDS = 10.0
"""Clients and proxies have more patience than this."""

#: What the tables of a JPEG are multiplied with, in percent, until the picture is no larger than it came.
_COARSER = (100, 115, 130, 150, 180, 220, 300, 500, 900)
#: Qualities for a picture that was no JPEG.
_QUALITIES = (92, 85, 75, 60, 40)
#: The orientations (EXIF) that are not upright, and those in which rows become columns.
_TURNED, _ON_ITS_SIDE = (2, 3, 4, 5, 6, 7, 8), (5, 6, 7, 8)
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_PICTURE = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")

JPEG, PNG = "image/jpeg", "image/png"


class TooManyPixels(Exception):
    """The picture has more than :data:`PIXELS_MAX` pixels."""


class Overloaded(Exception):
    """Too many large pictures are being decoded; again in a few seconds."""


_decoding = threading.Lock()
#: One that is decoded and one that waits.
_large = threading.BoundedSemaphore(2)


@contextmanager
def _turn(pixels: int) -> Iterator[None]:
    """Let one picture at a time be decoded, turned and encoded. Raises :class:`Overloaded`."""
    with ExitStack() as at_the_end:
        if pixels > LARGE_PIXELS:
            if not _large.acquire(blocking=False):
                raise Overloaded
            at_the_end.callback(_large.release)
        if not _decoding.acquire(timeout=WAITING_SECONDS):
            raise Overloaded
        at_the_end.callback(_decoding.release)
        yield


def _give_memory_back() -> None:
    """Let the C library map blocks from 1 MB on for themselves, so that freeing one gives it back at once.

    By itself glibc raises that limit to 32 MB as it goes, and keeps what decoded pictures took, for each thread.
    """
    with suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1024 * 1024)


_M_MMAP_THRESHOLD = -3
_give_memory_back()


def clean(content: bytes) -> tuple[str, bytes]:
    """The content type and bytes under which a JPEG or PNG is kept.

    Raises :class:`TooManyPixels` and :class:`Overloaded`, and Pillow's errors for what is no picture or damaged.
    """
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
        pixels = picture.width * picture.height
        if pixels > PIXELS_MAX:
            raise TooManyPixels
        with _turn(pixels):
            picture.load()
            return _png(picture, content) if picture.format == "PNG" else _jpeg(picture, content)


def _jpeg(picture: Image.Image, content: bytes) -> tuple[str, bytes]:
    """A JPEG in the compression it came with, or a coarser one where that does not fit."""
    compressions = _compressions(picture, len(content))
    _turn_upright(picture)
    return JPEG, _fitting(picture, compressions, limit=len(content))


def _png(picture: Image.Image, content: bytes) -> tuple[str, bytes]:
    """A PNG as it came; only one that has to be turned, and grows by it, becomes a JPEG."""
    if _orientation(picture) not in _TURNED:
        return PNG, b"".join(_picture_chunks(content))
    _turn_upright(picture)
    for level in (6, 9):
        out = io.BytesIO()
        picture.save(out, "PNG", compress_level=level)
        if out.tell() <= len(content):
            return PNG, out.getvalue()
    return JPEG, _fitting(_on_white(picture), [{"quality": quality} for quality in _QUALITIES], limit=len(content))


def _orientation(picture: Image.Image) -> Any:
    return picture.getexif().get(ExifTags.Base.Orientation)


def _turn_upright(picture: Image.Image) -> None:
    """Turn the pixels as what is said about them asks for, and forget all that is said about them.

    Pillow would write some of it again: a comment, a colour profile.
    """
    ImageOps.exif_transpose(picture, in_place=True)
    picture.info = {name: value for name, value in picture.info.items() if name == "transparency"}


def _compressions(picture: Any, size: int) -> list[dict[str, Any]]:
    """How a JPEG of ``size`` bytes was compressed, and coarser ways, for when it is upright."""
    tables = [picture.quantization[key] for key in sorted(picture.quantization)]
    if _orientation(picture) in _ON_ITS_SIDE:
        tables = [[table[place % 8 * 8 + place // 8] for place in range(64)] for table in tables]
    # To optimize, the encoder needs room for the whole file, and has two bytes a pixel. Photographs have half of one.
    dense = size > max(picture.width * picture.height, ImageFile.MAXBLOCK)
    # What printers' colours become has room for all of its colour.
    kept = {"subsampling": 0 if picture.mode == "CMYK" else get_sampling(picture), "optimize": not dense,
            "progressive": "progressive" in picture.info and not dense}
    return [{**kept, "qtables": [[min(step * percent // 100, 255) for step in table] for table in tables]}
            for percent in _COARSER]


def _picture_chunks(content: bytes) -> Iterator[bytes]:
    """What is the picture itself in a PNG: neither what is said about it, nor what comes after its end.

    Raises ValueError for a file cut short, which Pillow decodes if only its end is missing.
    """
    yield _PNG_SIGNATURE
    start, kind = len(_PNG_SIGNATURE), b""
    while kind != b"IEND":
        end = start + 12 + int.from_bytes(content[start:start + 4])
        if end > len(content):
            raise ValueError("the file is cut short")
        kind = content[start + 4:start + 8]
        if kind in _PNG_PICTURE:
            yield content[start:end]
        start = end


def _fitting(picture: Image.Image, compressions: Iterable[Mapping[str, Any]], *, limit: int) -> bytes:
    """The first JPEG of at most ``limit`` bytes, or the last one."""
    if picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    encoded = b""
    for compression in compressions:
        with tempfile.TemporaryFile() as file:  # Pillow holds up all threads while it encodes to anything else
            picture.save(file, "JPEG", **compression)
            file.seek(0)
            encoded = file.read()
        if len(encoded) <= limit:
            break
    return encoded


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture with its transparent parts white, as on paper."""
    if not picture.has_transparency_data:
        return picture
    paper = Image.new("RGB", picture.size, "white")
    layer = picture.convert("RGBA")
    paper.paste(layer, mask=layer)
    return paper
