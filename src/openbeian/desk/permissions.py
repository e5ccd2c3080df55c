"""Who may open which of the reviewers' and operators' screens. A view that is not in the table cannot be made."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from openbeian.accounts.models import UserRole

View = Callable[..., HttpResponse]

REVIEWERS = frozenset({UserRole.REVIEWER})
STAFF = frozenset({UserRole.REVIEWER, UserRole.OPERATOR, UserRole.AUDITOR})

#: View → roles.
SCREENS: Mapping[str, frozenset[UserRole]] = {
    "queue": STAFF,
    "order": STAFF,
    "material": REVIEWERS,
    "take_next": REVIEWERS,
    "claim": REVIEWERS,
    "release": REVIEWERS,
    "approve": REVIEWERS,
    "return_order": REVIEWERS,
    "finding_row": REVIEWERS,
    "shelf": STAFF,
}

#: Who reads personal data in clear. To the others it is masked and the pictures stay closed.
READS_PERSONAL_DATA = REVIEWERS


def admits(role: str, view: str) -> bool:
    """Whether the table lets a role into a view."""
    return role in SCREENS[view]


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
