"""What an uploaded file must be before it is kept.

The type is judged by content, never by name; limits are checked before anything is decoded; pictures are decoded
and encoded anew, so that nothing but the picture is stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from openbeian.filings import pictures
from openbeian.filings.errors import MaterialRefused, Overloaded
from openbeian.regime.findings import Finding, Severity

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


def _finding(rule: str, reason_zh: str, reason_en: str, remedy_zh: str, remedy_en: str, field: str) -> Finding:
    return Finding(
        rule=rule, severity=Severity.BLOCKS, field=field, reason_zh=reason_zh, reason_en=reason_en,
        remedy_zh=remedy_zh, remedy_en=remedy_en, clause="平台素材规范")


def _refusal(*texts: str) -> MaterialRefused:
    return MaterialRefused(_finding(*texts))


def check_file(content: bytes, *, kind: str, field: str) -> CheckedFile:
    """Check and, for pictures, re-encode ``content``. Raises :class:`MaterialRefused` and its kind :class:`Overloaded`.

    A large picture may wait until others are decoded, so call it without an open transaction.
    """
    if not content:
        raise _refusal("OB-MAT-101", "文件为空。", "The file is empty.", "请选择文件后重新上传。",
                       "Choose a file and upload it again.", field)
    return _check_video(content, field) if kind == "video" else _check_image(content, field)


def _check_video(content: bytes, field: str) -> CheckedFile:
    if len(content) > VIDEO_BYTES_MAX:
        raise _refusal("OB-MAT-102", "视频超过 10 MB。", "The video is larger than 10 MB.",
                       "请压缩后重新上传。", "Compress it and upload it again.", field)
    boxes = list(_boxes(content))
    if boxes[0] != b"ftyp" or content[8:12] == _QUICKTIME or b"moov" not in boxes or b"" in boxes:
        raise _refusal("OB-MAT-103", "文件内容不是 MP4 视频，或已损坏。", "The content is not an MP4 video, or it is damaged.",
                       "请上传 MP4 格式的视频。", "Upload an MP4 video.", field)
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
        raise _refusal("OB-MAT-102", "图片超过 2 MB。", "The picture is larger than 2 MB.",
                       "请压缩后重新上传。", "Compress it and upload it again.", field)
    try:
        content_type, kept = pictures.clean(content)
    except (pictures.TooManyPixels, Image.DecompressionBombError):
        raise _refusal("OB-MAT-104", "图片像素过大。", "The picture has too many pixels.",
                       "请将图片缩小到 4000 万像素以内。", "Scale it down to 40 million pixels.", field) from None
    except pictures.Overloaded:
        raise Overloaded(_finding("OB-MAT-105", "同时处理的大图片过多。", "Too many large pictures are being processed.",
                                  "请几秒后重试。", "Try again in a few seconds.", field)) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, MemoryError) as error:
        raise _refusal("OB-MAT-103", "文件内容不是 JPG 或 PNG 图片，或已损坏。",
                       "The content is not a JPG or PNG picture, or it is damaged.",
                       "请上传原始彩色 JPG 或 PNG 图片。", "Upload the original colour picture as JPG or PNG.",
                       field) from error
    return CheckedFile("image", content_type, kept)
