"""The parts of an uploaded form (RFC 7578), with file names that may be in any encoding, since nobody needs them.

Django reads a part's headers as UTF-8 and drops the part if they are something else. Clients on Chinese systems write
file names in GBK or Big5; others use RFC 2231, RFC 5987, Latin-1, loose quotes and backslashes, or more than the 1,024
bytes of headers that Django reads. Here headers stay bytes: of the multi-byte encodings that occur, none uses the
bytes of a semicolon, a quotation mark or a line break inside a character.
"""

import base64
import binascii
import re

from django.http import HttpRequest

from openbeian.wechat import codes
from openbeian.wechat.errors import Refused

#: Parts that are looked at; the calls have four.
PARTS_MAX = 50
#: A quoted text may hold quoted pairs. If it ends nowhere when read so, its backslashes are parts of characters, or of paths.
_PARAMETER = re.compile(rb';\s*([\w*]+)\s*=\s*("(?:[^"\\]|\\.)*"(?=\s*(?:;|$))|"[^"]*"|[^;]*)')
_FOLD = re.compile(rb"\r\n[ \t]+")
#: The parts of the calls that are texts, also where a client sends each part as a file, as silenceper/wechat does.
_TEXTS = ("type", "certificate_type", "icp_order_field")
#: What is no text although its part has no file name.
_FILE_TYPES = (b"image/", b"video/", b"application/octet-stream")


#: The parts that are texts and those that are files, by name; of several with one name the last counts.
Form = tuple[dict[str, str], dict[str, bytes]]


def read_form(request: HttpRequest) -> Form:
    """The form in the body; one without parts if the body is something else.

    Raises :class:`Refused` (47001) for a form that ends early or is broken.
    """
    boundary = (request.content_params or {}).get("boundary", "")
    if request.content_type != "multipart/form-data" or not boundary or not boundary.isascii():
        return {}, {}
    _, *parts = (b"\r\n" + request.body).split(b"\r\n--" + boundary.encode(), PARTS_MAX + 1)
    if not parts:
        return {}, {}
    if parts[-1].strip() and not parts[-1].startswith(b"--"):
        raise Refused(codes.DATA_FORMAT, "the form ends early, or has too many parts")
    form: Form = {}, {}
    for part in parts[:-1]:
        _read_part(part, form)
    return form


def _read_part(part: bytes, form: Form) -> None:
    texts, files = form
    head, _, content = part.partition(b"\r\n\r\n")
    headers = _headers(head)
    found = _PARAMETER.findall(headers.get(b"content-disposition", b""))
    parameters = {key.lower(): value.strip(b'" \t') for key, value in reversed(found)}  # the first of a name counts
    name = parameters.get(b"name", b"").decode("ascii", "replace")
    if headers.get(b"content-transfer-encoding", b"").lower() == b"base64":
        content = _from_base64(content)
    has_file_name = any(key.startswith(b"filename") and value for key, value in parameters.items())
    is_file = has_file_name or headers.get(b"content-type", b"").lower().startswith(_FILE_TYPES)
    if is_file and name not in _TEXTS:
        files[name] = content
    else:
        texts[name] = content.decode("utf-8", "replace")


def _headers(head: bytes) -> dict[bytes, bytes]:
    lines = (line.partition(b":") for line in _FOLD.sub(b" ", head).split(b"\r\n"))
    return {key.strip().lower(): value.strip() for key, _, value in lines}


def _from_base64(content: bytes) -> bytes:
    try:
        return base64.b64decode(content)
    except binascii.Error:
        raise Refused(codes.DATA_FORMAT, "a part is not base64") from None
