"""What a request goes through before its view."""

import functools
from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern


class ForMachines:
    """Calls a view that says it is ``for_machines`` at once.

    Sessions, languages, messages, CSRF, frames and static files, which the middleware after this one is about, are
    for people with browsers. Such a view answers everything itself, faults included.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.spelled_out = _spelled_out(settings.ROOT_URLCONF)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = self.spelled_out.get(request.path_info) or _found(request.path_info)
        if found is None or not getattr(found.func, "for_machines", False):
            return self.get_response(request)
        request.resolver_match = found
        response = found.func(request, *found.args, **found.kwargs)
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
