"""Pictures as they are kept: upright, without anything but the picture, and never larger than they came.

Every picture is decoded to see that it is sound. A JPEG is then encoded anew with the compression it came with, so
small print stays as legible as it was; a PNG keeps its own compressed pixels. The same bytes in give the same bytes
out. How much memory decoding may take is limited here, too, for a small file can hold a very large picture.
"""

import ctypes
import io
import operator
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from PIL import ExifTags, Image, ImageFile, ImageOps
from PIL.JpegImagePlugin import get_sampling

# The limits, for one process. A web process has four threads and takes some 150 MB without pictures.
PIXELS_MAX = 40_000_000
"""One picture: more than a photograph or scan of a document in 2 MB can show."""
MEMORY_BYTES = 10 * PIXELS_MAX
"""All pictures that are decoded at one time: the largest JPEG there is, or two of the largest PNGs. A copy of one, which is
being turned or converted, comes on top: 160 MB at most."""
AT_ONCE, LARGE_BYTES, LARGE_WAITING_MAX = 2, MEMORY_BYTES // 2, 1
"""Threads that may decode a picture at one time. An ordinary picture, a photograph of 12 million pixels too, waits for the
others, each of which takes a moment; of large ones, which take a second, only so many may wait."""
WAITING_SECONDS = 10.0
"""Clients and proxies have more patience than this, and a picture takes a second."""

#: Bytes of a pixel in memory, where it is not four; and what libjpeg keeps of each sample of one.
_PIXEL_BYTES, _COEFFICIENT_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2}, 2
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


class Memory:
    """The memory that decoded pictures may take together, and how many may be decoded at one time.

    Of pictures that take more than ``large`` bytes only ``waiting_max`` may wait.
    """

    def __init__(
        self, size: int, *, at_once: int = AT_ONCE, large: int = LARGE_BYTES, waiting_max: int = LARGE_WAITING_MAX,
        seconds: float = WAITING_SECONDS,
    ) -> None:
        self._free, self._at_once, self._seconds = size, at_once, seconds
        self._large, self._waiting_max = large, waiting_max
        self._taken = self._waiting = 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Take ``size`` bytes while the block runs, and wait until they are free. Raises :class:`Overloaded`."""
        with self._changed:
            if not self._fits(size):
                self._wait_for(size)
            self._free -= size
            self._taken += 1
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._taken -= 1
                self._changed.notify_all()

    def _fits(self, size: int) -> bool:
        return self._free >= size and self._taken < self._at_once

    def _wait_for(self, size: int) -> None:
        large = size > self._large
        if large and self._waiting >= self._waiting_max:
            raise Overloaded
        self._waiting += large
        try:
            if not self._changed.wait_for(lambda: self._fits(size), self._seconds):
                raise Overloaded
        finally:
            self._waiting -= large


_memory = Memory(MEMORY_BYTES)
#: One picture at a time is turned or converted, which takes its memory twice.
_copying = threading.Lock()


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
        if picture.width * picture.height > PIXELS_MAX:
            raise TooManyPixels
        with _memory.taken(min(_bytes_needed(picture), MEMORY_BYTES)):
            picture.load()
            return _png(picture, content) if picture.format == "PNG" else _jpeg(picture, content)


def _bytes_needed(picture: Any) -> int:
    """What decoding takes, and for a JPEG, of which libjpeg keeps all coefficients, encoding."""
    each: float = _PIXEL_BYTES.get(picture.mode, 4)
    if picture.format != "PNG":
        _, wide, high, _ = zip(*picture.layer, strict=True)
        samples = sum(map(operator.mul, wide, high)) / (max(wide) * max(high))
        each += _COEFFICIENT_BYTES * samples
    return int(picture.width * picture.height * each)


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
    with _copying:
        picture = _on_white(picture)
    return JPEG, _fitting(picture, [{"quality": quality} for quality in _QUALITIES], limit=len(content))


def _orientation(picture: Image.Image) -> Any:
    return picture.getexif().get(ExifTags.Base.Orientation)


def _turn_upright(picture: Image.Image) -> None:
    """Turn the pixels as what is said about them asks for, and forget all that is said about them.

    Pillow would write some of it again: a comment, a colour profile.
    """
    with _copying:
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
    """What is the picture itself in a PNG: neither what is said about it, nor what comes after its end."""
    yield _PNG_SIGNATURE
    start, kind = len(_PNG_SIGNATURE), b""
    while kind != b"IEND":
        end = start + 12 + int.from_bytes(content[start:start + 4])
        kind = content[start + 4:start + 8]
        if kind in _PNG_PICTURE:
            yield content[start:end]
        start = end


def _fitting(picture: Image.Image, compressions: Iterable[Mapping[str, Any]], *, limit: int) -> bytes:
    """The first JPEG of at most ``limit`` bytes, or the last one."""
    if picture.mode not in ("L", "RGB"):
        with _copying:
            picture = picture.convert("RGB")
    encoded = b""
    for compression in compressions:
        out = io.BytesIO()
        picture.save(out, "JPEG", **compression)
        encoded = out.getvalue()
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
