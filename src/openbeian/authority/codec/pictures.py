"""Attachment pictures, made small enough for the wire.

V3.0 allows 150 KB for a verification sheet and 100 KB for every other picture (decoded size).
"""

import io

from PIL import Image, UnidentifiedImageError

KILOBYTE = 1024
SHEET_BYTES_MAX = 150 * KILOBYTE
PICTURE_BYTES_MAX = 100 * KILOBYTE

_SIDE_MAX = 1600
_QUALITIES = (85, 72, 60, 48)
_SIDE_MIN = 320
_SHRINK = 0.8


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
            picture = _on_white(opened)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise PictureTooLarge("not a readable picture") from error
    side = min(_SIDE_MAX, max(picture.size))
    while side >= _SIDE_MIN:
        smaller = picture.copy()
        smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            out = io.BytesIO()
            smaller.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= limit:
                return out.getvalue()
        side = int(side * _SHRINK)
    if max(picture.size) < _SIDE_MIN:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=_QUALITIES[0], optimize=True)
        if out.tell() <= limit:
            return out.getvalue()
    raise PictureTooLarge("the picture does not fit")


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture in RGB, transparent parts white as on paper."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    return picture.convert("RGB")
