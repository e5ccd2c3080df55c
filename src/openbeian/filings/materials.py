"""What an uploaded file must be before it is kept.

The type is judged by content, never by name; limits are checked before anything is decoded; pictures are decoded
and encoded anew, so that nothing but the picture is stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from openbeian.filings import pictures
from openbeian.filings.errors import MaterialRefused, Overloaded
from openbeian.filings.findings import finding

IMAGE_BYTES_MAX = 2 * 1024 * 1024
VIDEO_BYTES_MAX = 10 * 1024 * 1024
#: The brand (ISO 14496-12) of QuickTime's own files.
_QUICKTIME = b"qt  "


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be kept."""

    kind: str
    content_type: str
    content: bytes


def check_file(content: bytes, *, kind: str, field: str) -> CheckedFile:
    """Check and, for pictures, re-encode ``content``. Raises :class:`MaterialRefused` and its kind :class:`Overloaded`.

    A large picture may wait until others are decoded, so call it without an open transaction.
    """
    if not content:
        raise MaterialRefused(finding("empty", field))
    return _check_video(content, field) if kind == "video" else _check_image(content, field)


def _check_video(content: bytes, field: str) -> CheckedFile:
    if len(content) > VIDEO_BYTES_MAX:
        raise MaterialRefused(finding("video_too_large", field))
    boxes = list(_boxes(content))
    if boxes[0] != b"ftyp" or content[8:12] == _QUICKTIME or b"moov" not in boxes or b"" in boxes:
        raise MaterialRefused(finding("no_video", field))
    return CheckedFile("video", "video/mp4", content)


def _boxes(content: bytes) -> Iterator[bytes]:
    """The types of the boxes (ISO 14496-12) an MP4 file is made of; an empty one where something else begins.

    A picture in the same container (HEIC) has no ``moov``, a file cut short or with another behind it does not add up.
    """
    start = 0
    while start < len(content):
        size, kind = int.from_bytes(content[start:start + 4]), content[start + 4:start + 8]
        if size == 1:
            size = int.from_bytes(content[start + 8:start + 16])
        elif size == 0:
            size = len(content) - start  # the last box, to the end of the file
        if size < 8 or start + size > len(content):
            yield b""
            return
        yield kind
        start += size


def _check_image(content: bytes, field: str) -> CheckedFile:
    if len(content) > IMAGE_BYTES_MAX:
        raise MaterialRefused(finding("picture_too_large", field))
    try:
        content_type, kept = pictures.clean(content)
    except (pictures.TooManyPixels, Image.DecompressionBombError):
        raise MaterialRefused(finding("too_many_pixels", field)) from None
    except pictures.Overloaded:
        raise Overloaded(finding("overloaded", field)) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, MemoryError) as error:
        raise MaterialRefused(finding("no_picture", field)) from error
    return CheckedFile("image", content_type, kept)
