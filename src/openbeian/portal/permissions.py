"""Who may open which of the organizers' screens. A view that is not in the table cannot be made."""

from collections.abc import Mapping

from openbeian.accounts.models import UserRole
from openbeian.accounts.permissions import screens

ORGANIZERS: frozenset[str] = frozenset({UserRole.ORGANIZER})
EVERYONE: frozenset[str] = frozenset(UserRole)

#: View → roles. What an organizer sees inside is only what :mod:`openbeian.portal.queries` finds for this person.
SCREENS: Mapping[str, frozenset[str]] = {
    "start": EVERYONE,
    "home": ORGANIZERS,
    "mini_program": ORGANIZERS,
    "open_order": ORGANIZERS,
    "transfer": ORGANIZERS,
    "answer_offer": ORGANIZERS,
    "claims": ORGANIZERS,
    "withdraw_claim": ORGANIZERS,
    "order": ORGANIZERS,
    "form": ORGANIZERS,
    "form_part": ORGANIZERS,
    "face_check_state": ORGANIZERS,
    "act": ORGANIZERS,
    "material": ORGANIZERS,
    "messages_page": ORGANIZERS,
    "face_check": ORGANIZERS,
}


screen = screens(SCREENS)
