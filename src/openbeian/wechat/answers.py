"""How every call is received and answered.

HTTP status 200 always, JSON with its type, ``errcode`` and ``errmsg``, a ``rid`` in every error. Bodies are JSON
whatever their Content-Type says; an empty one is an empty object.
"""

import functools
import json
import logging
import re
import secrets
import traceback
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import get_language_from_request

from openbeian.wechat import codes
from openbeian.wechat.errors import Refused

logger = logging.getLogger(__name__)

#: Larger requests are refused before they are read.
REQUEST_BYTES_MAX = 12 * 1024 * 1024
#: Records and lists in one another. Documented bodies have five levels; what is far deeper could be parsed, but nothing
#: that walks through it afterwards would come back.
NESTING_MAX = 50
#: PostgreSQL's words for two transactions that stood in each other's way.
_COLLISIONS = ("40001", "40P01", "55P03")

_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_ESCAPE = re.compile(r"\\.")

View = Callable[[HttpRequest], "dict[str, Any] | HttpResponse"]


def call(*methods: str) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """Make a view of this API from a function that returns an answer's fields or raises :class:`Refused`.

    The first of ``methods`` is the documented one, which a caller with another is told.
    """

    def decorate(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @functools.wraps(view)
        def door(request: HttpRequest) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise Refused(codes.NEED_GET if methods[0] == "GET" else codes.NEED_POST)
                if int(request.META.get("CONTENT_LENGTH") or 0) > REQUEST_BYTES_MAX:
                    raise Refused(codes.DATA_FORMAT, "the request is larger than 12 MB")
                answer = view(request)
                return answer if isinstance(answer, HttpResponse) else reply({"errcode": 0, "errmsg": "ok", **answer})
            except Refused as refusal:
                return refuse(request, refusal)
            except (BadRequest, SuspiciousOperation, RequestDataTooBig, MultiPartParserError, UnreadablePostError):
                return refuse(request, Refused(codes.DATA_FORMAT))
            except Exception as error:
                return _fault(request, error)

        door.for_machines = True  # type: ignore[attr-defined]
        return door

    return decorate


def reply(fields: dict[str, Any]) -> HttpResponse:
    """A JSON answer. A quotation mark in a text is written ``\\u0022``.

    co-wxapp-open-api doubles every backslash before it parses, which ``\\"`` does not survive.
    """
    text = json.dumps(fields, ensure_ascii=False)
    if "\\" in text:
        text = _ESCAPE.sub(lambda found: "\\u0022" if found[0] == '\\"' else found[0], text)
    return HttpResponse(text, content_type="application/json; charset=utf-8")


def json_body(request: HttpRequest) -> dict[str, Any]:
    """The body as an object; ``null`` and ``[]``, which clients in C# and PHP post for nothing, are an empty one.

    Raises :class:`Refused` (47001) for anything that cannot be an object.
    """
    raw = request.body
    if not raw.strip():
        return {}
    try:
        text = raw.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_no_constant)
        if "\\u" in text:
            # What PostgreSQL and UTF-8 cannot hold is refused here, once for all fields.
            json.dumps(value, ensure_ascii=False).encode()
            if _ESCAPED_NUL.search(text):
                raise ValueError
        if text.count("[") + text.count("{") > NESTING_MAX and _nested_deeper(value, NESTING_MAX):
            raise ValueError
    except (ValueError, RecursionError):
        raise Refused(codes.DATA_FORMAT) from None
    if value is None or value == []:
        return {}
    if not isinstance(value, dict):
        raise Refused(codes.DATA_FORMAT, "the body must be a JSON object")
    return value


def text_of(value: Any) -> str:
    """A parameter as text; empty when it is missing, no text, or one of the ways clients spell "not set"."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or "\0" in value or value in ("null", "undefined"):
        return ""
    return value.strip()


def wants_english(request: HttpRequest) -> bool:
    """Whether the caller asks for explanations in English (Accept-Language); they are in Chinese otherwise."""
    return get_language_from_request(request).startswith("en")


def _nested_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [held for holder in level if isinstance(holder, dict | list)
                 for held in (holder.values() if isinstance(holder, dict) else holder)]
    return any(isinstance(holder, dict | list) for holder in level)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def new_rid() -> str:
    """A request id in WeChat's form: three groups of eight hexadecimal digits."""
    digits = secrets.token_hex(12)
    return f"{digits[:8]}-{digits[8:16]}-{digits[16:]}"


def refuse(request: HttpRequest, refusal: Refused, **more: Any) -> HttpResponse:
    """The answer to a call that cannot be done, ``more`` beside its number and text. The log finds it by its rid."""
    rid = new_rid()
    logger.info("%s %s refused with %s, rid %s", request.method, request.path, refusal.code, rid)
    fields: dict[str, Any] = {"errcode": refusal.code, "errmsg": f"{refusal.text} rid: {rid}"}
    if refusal.hints:
        fields["hints"] = [asdict(hint) for hint in refusal.hints]
    return reply({**fields, **more})


def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    rid = new_rid()
    if is_collision(error):
        logger.info("%s %s collided, rid %s", request.method, request.path, rid)
    else:
        # Neither the query string nor the exception's text: both may hold what must not be in a log.
        logger.error("%s %s failed, rid %s: %s\n%s", request.method, request.path, rid, type(error).__name__,
                     "\n".join(f"  {frame.filename}:{frame.lineno} {frame.name}"
                               for frame in traceback.extract_tb(error.__traceback__)))
    return reply({"errcode": codes.BUSY, "errmsg": f"{codes.TABLE[codes.BUSY].text} rid: {rid}"})


def is_collision(error: BaseException) -> bool:
    """Whether two transactions met and this one had to give way; doing it again may work."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", None) in _COLLISIONS
