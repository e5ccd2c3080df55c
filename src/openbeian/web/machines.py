"""Views for machines: how they are called, how they read their parameters, and how they answer."""

import functools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern

from openbeian.logs import new_request_id
from openbeian.regime.calendar import SHANGHAI

View = Callable[[HttpRequest], HttpResponseBase]
Marked = TypeVar("Marked", bound=View)

# How a view is called

#: Where the open API's calls are, and the longest body they take; they refuse a longer one by its length alone.
OPEN_API = re.compile("/+(?:wxa|cgi-bin)/")
OPEN_API_BYTES_MAX = 12 * 1024 * 1024


def for_machines(view: Marked) -> Marked:
    """Mark a view that :class:`ForMachines` calls at once."""
    view.for_machines = True  # type: ignore[attr-defined]
    return view


class ForMachines:
    """Calls a view that is :func:`for_machines` at once.

    Sessions, languages, messages, CSRF, frames and static files, which the middleware after this one is about, are
    for people with browsers. Such a view answers everything itself, faults included.

    Every request gets the id under which the log knows it; a page's answer names it in ``X-Request-Id``.

    Several slashes in a row count as one under ``/wxa/`` and ``/cgi-bin/``: with a base address that ends in a slash
    many clients send two.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.spelled_out = _spelled_out(settings.ROOT_URLCONF)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = new_request_id()
        if "//" in request.path_info and OPEN_API.match(request.path_info):
            request.path = request.path_info = re.sub("/+", "/", request.path_info)
        found = self.spelled_out.get(request.path_info) or _found(request.path_info)
        if found is None or not getattr(found.func, "for_machines", False):
            response = self.get_response(request)
            response.headers["X-Request-Id"] = request_id
            return response
        request.resolver_match = found
        try:
            response = found.func(request, *found.args, **found.kwargs)
        except (OperationalError, InterfaceError):
            response = _AWAY.answer()
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


@functools.cache
def _spelled_out(urlconf: str) -> dict[str, ResolverMatch]:
    """What Django finds at every path that a URL pattern spells out, asked once and not with each request."""
    paths = [f"/{route}" for route in _routes(get_resolver(urlconf))]
    return {path: found for path in paths if (found := _found(path, urlconf)) is not None}


def _routes(resolver: URLResolver) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry.pattern, RoutePattern) and not entry.pattern.converters:
            further = _routes(entry) if isinstance(entry, URLResolver) else ("",)
            yield from (f"{entry.pattern}{route}" for route in further)


def _found(path: str, urlconf: str | None = None) -> ResolverMatch | None:
    try:
        return resolve(path, urlconf)
    except Resolver404:
        return None


# Parameters

_APPID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?", re.I)
#: In a query string an unescaped plus sign arrives as a space.
_LOST_PLUS = re.compile(r" (?=\d{2}:\d{2}$)")


class Refused(Exception):
    """A request that cannot be answered: which parameter, why, and what would be right (in both languages)."""

    def __init__(self, *, code: str, field: str, zh: str, en: str, remedy: str, status: int = 400) -> None:
        super().__init__(en)
        self.code, self.field, self.zh, self.en, self.remedy, self.status = code, field, zh, en, remedy, status

    def answer(self) -> JsonResponse:
        """The documented error ``{code, field, reason_zh, reason_en, remedy}``."""
        return answer({
            "code": self.code, "field": self.field, "reason_zh": self.zh, "reason_en": self.en,
            "remedy": self.remedy}, status=self.status)


_AWAY = Refused(
    code="unavailable", field="", zh="服务暂时不可用。", en="The service is not available for the moment.",
    remedy="请稍后重试 Try again in a few seconds.", status=503)


def is_missing(value: Any) -> bool:
    """Whether a parameter is not set: None, or one of the ways in which clients spell that."""
    return value is None or (isinstance(value, str) and value.strip() in ("", "null", "undefined"))


def is_appid(text: str) -> bool:
    """Whether ``text`` has the form of an appid: up to 32 letters, digits, ``_`` and ``-``."""
    return _APPID.fullmatch(text) is not None


def read_appid(text: str | None) -> str:
    """The appid in ``text``. Raises :class:`Refused`."""
    remedy = "例如 Example: appid=wx0123456789abcdef"
    if not text:
        raise Refused(
            code="appid_missing", field="appid", zh="缺少 appid。", en="The appid is missing.", remedy=remedy)
    if not is_appid(text):
        raise Refused(
            code="appid_malformed", field="appid", zh="appid 应为不超过 32 位的字母、数字、“_”或“-”。",
            en="An appid has up to 32 letters, digits, _ or -.", remedy=remedy)
    return text


def read_instant(text: str) -> datetime:
    """The instant in ``text``: ISO 8601 with its offset, or a date, which means 00:00 in Shanghai that day.

    Raises :class:`Refused`: an hour without an offset could be two instants, and is refused.
    """
    try:
        return _read_instant(text)
    except _NoOffset:
        code, zh, en = "instant_without_offset", "时刻缺少时区。", "The instant has no offset from UTC."
    except (ValueError, OverflowError):
        code, zh, en = "instant_malformed", "时刻格式不正确。", "This is no instant."
    raise Refused(
        code=code, field="at", zh=zh, en=en,
        remedy="例如 Example: 2024-04-01T00:00:00+08:00（网址中“+”写作 %2B；in an address write + as %2B）")


class _NoOffset(ValueError):
    pass


def _read_instant(text: str) -> datetime:
    if _DATE.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), time(), SHANGHAI).astimezone(UTC)
    text = _LOST_PLUS.sub("+", text)
    if not _INSTANT.fullmatch(text):
        raise ValueError(text)
    read = datetime.fromisoformat(text.upper().replace(",", "."))
    if read.tzinfo is None:
        raise _NoOffset(text)
    return read.astimezone(SHANGHAI).astimezone(UTC)  # refuses what only one of the two calendars can hold


# Answers


def instant(at: datetime | None) -> str | None:
    """An instant as every answer writes it: ISO 8601 in the zone of the law."""
    return at.astimezone(SHANGHAI).isoformat() if at else None


def answer(content: dict[str, object], *, status: int = 200) -> JsonResponse:
    """A JSON answer with Chinese in clear, not to be cached."""
    response = JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response


def reads_only(view: View) -> View:
    """Serve GET and HEAD; answer every other method, and :class:`Refused`, with the documented error."""

    @functools.wraps(view)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            response = Refused(
                code="method_not_allowed", field="", zh="只支持 GET。", en="Only GET is supported.",
                remedy="请使用 GET 请求。Use GET.", status=405).answer()
            response["Allow"] = "GET, HEAD"
            return response
        try:
            return view(request)
        except Refused as refused:
            return refused.answer()

    return guarded
