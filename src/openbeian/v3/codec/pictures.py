"""Attachment pictures, made small enough for the wire.

V3.0 allows 150 KB for a verification sheet and 100 KB for every other picture (decoded size). The pictures are of
documents, so small print has to stay legible: colour and sharpness of the compression go before size. For a page of
10-point Chinese text, 1,400 pixels in the coarsest grey are easier to read than 1,000 pixels in good colour of the
same bytes; and below 1,000 pixels a picture is rather refused than sent.
"""

import io
from collections.abc import Iterator

from PIL import Image, UnidentifiedImageError

KILOBYTE = 1024
SHEET_BYTES_MAX = 150 * KILOBYTE
PICTURE_BYTES_MAX = 100 * KILOBYTE

SIDE_MIN = 1000
"""Pixels of the longer side that no picture is made smaller than."""

#: Longer sides and JPEG qualities that are tried in turn: first all that look good, then all that can be read.
_GOOD = ((2000, 1700, 1400), (("RGB", 85), ("RGB", 72), ("RGB", 60), ("RGB", 50), ("RGB", 40)))
_LARGEST = (_GOOD[0][0], _GOOD[0][0])
_LEGIBLE = ((1400, 1200, SIDE_MIN), (("RGB", 30), ("L", 30), ("L", 25), ("L", 20)))


class PictureTooLarge(ValueError):
    """A picture that cannot be brought under its limit, or is none. The text names no content."""


def jpeg(content: bytes, *, limit: int = PICTURE_BYTES_MAX) -> bytes:
    """``content`` as a JPEG of at most ``limit`` bytes, as large and sharp as that allows.

    Pictures were decoded and cleaned when they were uploaded, so a JPEG that fits is passed on as it is.
    Raises :class:`PictureTooLarge`.
    """
    if content[:2] == b"\xff\xd8" and len(content) <= limit:
        return content
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as opened:
            opened.draft(None, _LARGEST)  # a JPEG with more pixels than are sent is decoded to fewer
            picture = _on_white(opened)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureTooLarge("not a readable picture") from error
    for sides, qualities in (_GOOD, _LEGIBLE):
        for sized in _sizes(picture, sides):
            if (fitting := _best(sized, qualities, limit)) is not None:
                return fitting
    raise PictureTooLarge("the picture does not fit")


def _sizes(picture: Image.Image, sides: tuple[int, ...]) -> Iterator[Image.Image]:
    """The picture at each size, never larger than it is."""
    longest = max(picture.size)
    if longest < sides[-1]:
        yield picture
    for side in dict.fromkeys(min(side, longest) for side in sides if min(side, longest) >= sides[-1]):
        sized = picture.copy()
        sized.thumbnail((side, side), Image.Resampling.LANCZOS)
        yield sized


def _best(picture: Image.Image, qualities: tuple[tuple[str, int], ...], limit: int) -> bytes | None:
    """The best quality that fits; the last is tried first, because most often it tells that none does."""
    fitting = _compressed(picture, *qualities[-1])
    if len(fitting) > limit:
        return None
    for mode, quality in qualities[:-1]:
        if len(better := _compressed(picture, mode, quality)) <= limit:
            return better
    return fitting


def _compressed(picture: Image.Image, mode: str, quality: int) -> bytes:
    out = io.BytesIO()
    picture.convert(mode).save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture in RGB, transparent parts white as on paper."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    return picture.convert("RGB")
