"""How every call is received and answered.

HTTP status 200 always, JSON with its type, ``errcode`` and ``errmsg``, a ``rid`` in every error. Bodies are JSON
whatever their Content-Type says; an empty one is an empty object.
"""

import functools
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import get_language_from_request

from openbeian.logs import described, subject
from openbeian.regime.numbers import whole_number
from openbeian.web.machines import OPEN_API_BYTES_MAX, for_machines, is_missing
from openbeian.wechat import codes
from openbeian.wechat.errors import Refused

logger = logging.getLogger(__name__)

#: Records and lists in one another. Documented bodies have five levels; what is far deeper could be parsed, but nothing
#: that walks through it afterwards would come back.
NESTING_MAX = 50
#: PostgreSQL's words for two transactions that stood in each other's way.
_COLLISIONS = ("40001", "40P01", "55P03")

_SURROGATE = re.compile("[\ud800-\udfff]")
#: What no text may hold: PostgreSQL has no U+0000, and UTF-8 no half of a surrogate pair.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
#: A key may hold anything, so it is only repeated in an answer when it looks like a field's name.
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_ESCAPE = re.compile(r"\\.")

View = Callable[[HttpRequest], "dict[str, Any] | HttpResponse"]


def call(*methods: str) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """Make a view of this API from a function that returns an answer's fields or raises :class:`Refused`.

    The first of ``methods`` is the documented one, which a caller with another is told.
    """

    def decorate(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @for_machines
        @functools.wraps(view)
        def door(request: HttpRequest) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise Refused(codes.NEED_GET if methods[0] == "GET" else codes.NEED_POST)
                if int(request.META.get("CONTENT_LENGTH") or 0) > OPEN_API_BYTES_MAX:
                    raise Refused(codes.DATA_FORMAT, "the request is larger than 12 MB")
                answer = view(request)
                return answer if isinstance(answer, HttpResponse) else reply({"errcode": 0, "errmsg": "ok", **answer})
            except Refused as refusal:
                return refuse(request, refusal)
            except (BadRequest, SuspiciousOperation, RequestDataTooBig, MultiPartParserError, UnreadablePostError):
                return refuse(request, Refused(codes.DATA_FORMAT))
            except Exception as error:
                return _fault(request, error)

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

    Raises :class:`Refused` (47001) for anything that cannot be an object, and, naming the place, for a text that
    holds U+0000 or half of a surrogate pair: none can be stored.
    """
    body, escapes = _object(request)
    if escapes and (place := next(_unstorable(body, ()), None)) is not None:
        raise Refused(codes.DATA_FORMAT, f"U+0000 or half of a surrogate pair in {'.'.join(place) or 'the body'}")
    return body


def application_body(request: HttpRequest) -> dict[str, Any]:
    """The body of an application, like :func:`json_body`, but its texts may hold what cannot be stored.

    Halves of surrogate pairs are read as U+0000, which no field of a dossier takes, so that the rules find the field.
    Whoever reads this body must not give its texts to the database before that.
    """
    body, escapes = _object(request)
    return _without_surrogates(body) if escapes else body


def _object(request: HttpRequest) -> tuple[dict[str, Any], bool]:
    """The body, and whether its texts may hold anything that cannot be stored."""
    raw = request.body
    if not raw.strip():
        return {}, False
    try:
        text = raw.decode("utf-8-sig")
        # Not strict: a control character in a text is that field's fault, and not that of the whole body.
        value = json.loads(text, parse_constant=_no_constant, strict=False)
        if text.count("[") + text.count("{") > NESTING_MAX and _nested_deeper(value, NESTING_MAX):
            raise ValueError
    except (ValueError, RecursionError):
        raise Refused(codes.DATA_FORMAT) from None
    if value is None or value == []:
        return {}, False
    if not isinstance(value, dict):
        raise Refused(codes.DATA_FORMAT, "the body must be a JSON object")
    return value, "\\u" in text or "\0" in text


def _unstorable(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The places of texts and keys that cannot be stored."""
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            yield path
    elif isinstance(value, dict):
        for key, held in value.items():
            if _UNSTORABLE.search(key):
                yield path
            yield from _unstorable(held, (*path, key if _FIELD_NAME.fullmatch(key) else "…"))
    elif isinstance(value, list):
        for position, held in enumerate(value):
            yield from _unstorable(held, (*path, str(position)))


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\0", value)
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(held) for key, held in value.items()}
    return [_without_surrogates(held) for held in value] if isinstance(value, list) else value


def text_of(value: Any) -> str:
    """A parameter as text; empty when it is missing, no text, or one of the ways clients spell "not set"."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or "\0" in value or value in ("null", "undefined"):
        return ""
    return value.strip()


def text_in(request: HttpRequest, name: str) -> str:
    """The text ``name`` of the body or, with some clients, of the query. Raises what :func:`json_body` raises."""
    return text_of(json_body(request).get(name)) or text_of(request.GET.get(name))


def number_of(value: Any, name: str, *, least: int, most: int, default: int | None = None) -> int:
    """The parameter ``name`` as a whole number, or ``default`` where it is missing, if there is one.

    Raises :class:`Refused` (40097), naming the parameter.
    """
    if default is not None and is_missing(value):
        return default
    number = whole_number(value)
    if number is None or not least <= number <= most:
        raise Refused(codes.INVALID_ARGS, f"{name} is a whole number from {least} to {most}")
    return number


def switch_of(value: Any, name: str) -> bool:
    """Whether the switch ``name`` is on: ``true``, 1, "1" or "true"; off where it is the opposite, or missing.

    Raises :class:`Refused` (40097), naming the parameter.
    """
    if isinstance(value, str) and (word := value.strip().lower()) in ("true", "false"):
        value = word == "true"
    number = int(value) if isinstance(value, bool) else 0 if is_missing(value) else whole_number(value)
    if number not in (0, 1):
        raise Refused(codes.INVALID_ARGS, f"{name} is true or false")
    return number == 1


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


def refuse(request: HttpRequest, refusal: Refused, **more: Any) -> HttpResponse:
    """The answer to a call that cannot be done, ``more`` beside its number and text. The log finds it by its rid."""
    rid = subject.get()
    logger.info("%s %s refused with %s, rid %s", request.method, request.path, refusal.code, rid)
    fields: dict[str, Any] = {"errcode": refusal.code, "errmsg": f"{refusal.text} rid: {rid}"}
    if refusal.hints:
        fields["hints"] = [asdict(hint) for hint in refusal.hints]
    return reply({**fields, **more})


def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    rid = subject.get()
    if is_collision(error):
        logger.info("%s %s collided, rid %s", request.method, request.path, rid)
    else:
        # Not the query string: it holds the token.
        logger.error("%s %s failed, rid %s: %s", request.method, request.path, rid, described(error))
    return reply({"errcode": codes.BUSY, "errmsg": f"{codes.TABLE[codes.BUSY].text} rid: {rid}"})


def is_collision(error: BaseException) -> bool:
    """Whether two transactions met and this one had to give way; doing it again may work."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", None) in _COLLISIONS
