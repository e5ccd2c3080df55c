"""The form of an upload: its texts and its files by name."""

from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from openbeian.web.multipart import read_parts
from openbeian.wechat import codes
from openbeian.wechat.errors import Refused

#: Parts that are looked at; the calls have four.
PARTS_MAX = 50
#: The parts of the calls that are texts, also where a client sends each part as a file, as silenceper/wechat does.
_TEXTS = ("type", "certificate_type", "icp_order_field")


def read_form(request: HttpRequest) -> tuple[dict[str, str], dict[str, bytes]]:
    """The texts and the files in the body, none if it is no form. Of several with one name the last counts.

    Raises :class:`Refused` (47001) for a form that ends early or is broken.
    """
    boundary = (request.content_params or {}).get("boundary", "")
    if request.content_type != "multipart/form-data" or not boundary or not boundary.isascii():
        return {}, {}
    try:
        parts = read_parts(request.body, boundary.encode(), most=PARTS_MAX)
    except MultiPartParserError as error:
        raise Refused(codes.DATA_FORMAT, str(error)) from None
    files = {part.name: part.content for part in parts if part.is_file and part.name not in _TEXTS}
    texts = {part.name: part.text for part in parts if not part.is_file or part.name in _TEXTS}
    return texts, files
