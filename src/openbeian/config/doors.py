"""What a request goes through before its view."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve


class ForMachines:
    """Calls a view that says it is ``for_machines`` at once.

    Sessions, languages, messages, CSRF, frames and static files, which the middleware after this one is about, are
    for people with browsers. Such a view answers everything itself, faults included.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            found = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        if not getattr(found.func, "for_machines", False):
            return self.get_response(request)
        request.resolver_match = found
        response = found.func(request, *found.args, **found.kwargs)
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response
