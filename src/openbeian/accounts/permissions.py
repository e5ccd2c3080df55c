"""Who may open a screen: each room of screens has one table, and a view without a row in it cannot be made."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from openbeian.accounts.models import User

View = Callable[..., HttpResponse]


def guard(table: Mapping[str, frozenset[str]]) -> Callable[[View], View]:
    """The decorator that lets the roles of ``table`` in, after log-in; everyone else is told they may not (403).

    The decorator raises ``KeyError``, when the module is loaded, for a view that has no row.
    """

    def screen(view: View) -> View:
        roles = table[view.__name__]

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.role not in roles:  # type: ignore[union-attr]
                raise PermissionDenied
            return view(request, *args, **kwargs)

        checked = login_required(guarded)
        checked.roles = roles  # type: ignore[attr-defined]
        return checked

    return screen


def screens(table: Mapping[str, frozenset[str]]) -> Callable[..., Callable[[View], View]]:
    """As :func:`guard`, for a room of screens: ``@screen("GET", "POST")`` also names the methods of a view."""

    def screen(*methods: str) -> Callable[[View], View]:
        return lambda view: guard(table)(require_http_methods(methods)(view))

    return screen


def user_of(request: HttpRequest) -> User:
    """Who is logged in; for views behind a :func:`guard`."""
    assert isinstance(request.user, User)
    return request.user
