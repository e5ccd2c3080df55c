"""The parts of an uploaded form (RFC 7578), with file names that may be in any encoding, since nobody needs them.

Django reads a part's headers as UTF-8 and drops the part if they are something else. Clients on Chinese systems write
file names in GBK or Big5; others use RFC 2231, RFC 5987, Latin-1, loose quotes and backslashes, or more than the 1,024
bytes of headers that Django reads. Here headers stay bytes: of the multi-byte encodings that occur, none uses the
bytes of a semicolon, a quotation mark or a line break inside a character.
"""

import base64
import binascii
import re
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict

#: A quoted text may hold quoted pairs. If it ends nowhere when read so, its backslashes are parts of characters, or of paths.
_PARAMETER = re.compile(rb';\s*([\w*]+)\s*=\s*("(?:[^"\\]|\\.)*"(?=\s*(?:;|$))|"[^"]*"|[^;]*)')
_FOLD = re.compile(rb"\r\n[ \t]+")
#: What is no text although its part has no file name.
_FILE_TYPES = (b"image/", b"video/", b"application/octet-stream")


class Part(NamedTuple):
    """One part of a form: a text, or the content of a file."""

    name: str
    is_file: bool
    content: bytes

    @property
    def text(self) -> str:
        """The content as a text."""
        return self.content.decode("utf-8", "replace")


def read_parts(body: bytes, boundary: bytes, *, most: int) -> list[Part]:
    """The parts of a form, none if the body is something else.

    Raises ``MultiPartParserError`` for a form that ends early, has more than ``most`` parts, or is broken.
    """
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary, most + 1)
    if parts and parts[-1].strip() and not parts[-1].startswith(b"--"):
        raise MultiPartParserError("the form ends early, or has too many parts")
    return [_part(part) for part in parts[:-1]]


def _part(part: bytes) -> Part:
    head, _, content = part.partition(b"\r\n\r\n")
    headers = _headers(head)
    found = _PARAMETER.findall(headers.get(b"content-disposition", b""))
    parameters = {key.lower(): value.strip(b'" \t') for key, value in reversed(found)}  # the first of a name counts
    if headers.get(b"content-transfer-encoding", b"").lower() == b"base64":
        content = _from_base64(content)
    has_file_name = any(key.startswith(b"filename") and value for key, value in parameters.items())
    return Part(
        parameters.get(b"name", b"").decode("ascii", "replace"),
        has_file_name or headers.get(b"content-type", b"").lower().startswith(_FILE_TYPES), content)


def _headers(head: bytes) -> dict[bytes, bytes]:
    lines = (line.partition(b":") for line in _FOLD.sub(b" ", head).split(b"\r\n"))
    return {key.strip().lower(): value.strip() for key, _, value in lines}


def _from_base64(content: bytes) -> bytes:
    try:
        return base64.b64decode(content)
    except binascii.Error:
        raise MultiPartParserError("a part is not base64") from None


class AnyFileName(TemporaryFileUploadHandler):
    """Has Django read the forms of our pages in the same way (``FILE_UPLOAD_HANDLERS``).

    A form that is too long for memory is left to Django and a temporary file, so that its view can say what is too large.
    """

    def handle_raw_input(  # type: ignore[override]
        self, input_data: Any, META: Any, content_length: int, boundary: bytes, encoding: str | None = None
    ) -> tuple[QueryDict, MultiValueDict[str, SimpleUploadedFile]] | None:
        """The texts and files of the form. Raises ``MultiPartParserError``."""
        if content_length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return None
        texts, files = QueryDict(mutable=True), MultiValueDict[str, SimpleUploadedFile]()
        for part in read_parts(input_data.read(), boundary, most=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS):
            if part.is_file:
                files.appendlist(part.name, SimpleUploadedFile("file", part.content))
            else:
                texts.appendlist(part.name, part.text)
        return texts, files
