"""Who may open which of the organizers' screens. A view that is not in the table cannot be made."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from openbeian.accounts.models import UserRole

View = Callable[..., HttpResponse]

ORGANIZERS = frozenset({UserRole.ORGANIZER})
EVERYONE = frozenset(UserRole)

#: View → roles. What an organizer sees inside is only what :mod:`openbeian.portal.queries` finds for this person.
SCREENS: Mapping[str, frozenset[UserRole]] = {
    "start": EVERYONE,
    "home": ORGANIZERS,
    "mini_program": ORGANIZERS,
    "open_order": ORGANIZERS,
    "order": ORGANIZERS,
    "form": ORGANIZERS,
    "form_part": ORGANIZERS,
    "face_check_state": ORGANIZERS,
    "act": ORGANIZERS,
    "material": ORGANIZERS,
    "messages_page": ORGANIZERS,
    "face_check": ORGANIZERS,
}


def screen(view: View) -> View:
    """Let the roles of :data:`SCREENS` in, after log-in; everyone else is told they may not (403).

    Raises ``KeyError`` when the module is loaded if the view has no row in the table.
    """
    roles = SCREENS[view.__name__]

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.role not in roles:  # type: ignore[union-attr]
            raise PermissionDenied
        return view(request, *args, **kwargs)

    checked = login_required(guarded)
    checked.roles = roles  # type: ignore[attr-defined]
    return checked
