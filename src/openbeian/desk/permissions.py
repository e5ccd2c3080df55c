"""Who may open which of the reviewers' and operators' screens. A view that is not in the table cannot be made."""

from collections.abc import Mapping

from openbeian.accounts.models import UserRole
from openbeian.accounts.permissions import screens

REVIEWERS: frozenset[str] = frozenset({UserRole.REVIEWER})
OPERATORS: frozenset[str] = frozenset({UserRole.OPERATOR})
STAFF: frozenset[str] = frozenset({UserRole.REVIEWER, UserRole.OPERATOR, UserRole.AUDITOR})

#: View → roles.
SCREENS: Mapping[str, frozenset[str]] = {
    "queue": STAFF,
    "order": STAFF,
    "material": REVIEWERS,
    "take_next": REVIEWERS,
    "claim": REVIEWERS,
    "release": REVIEWERS,
    "approve": REVIEWERS,
    "return_order": REVIEWERS,
    "finding_row": REVIEWERS,
    "claims": STAFF,
    "claim_page": STAFF,
    "decide_claim": REVIEWERS,
    "shelf": STAFF,
    "link": STAFF,
    "lane_act": OPERATORS,
    "inbox": STAFF,
    "inbox_file": STAFF,
    "inbox_act": OPERATORS,
    "assignments": STAFF,
    "assignment": STAFF,
    "assignment_act": OPERATORS | REVIEWERS,
    "reconciliations": STAFF,
    "reconcile": OPERATORS,
    "codes": STAFF,
    "code_act": OPERATORS,
    "overdue": STAFF,
}

#: Who reads personal data in clear. To the others it is masked and the pictures stay closed.
READS_PERSONAL_DATA = REVIEWERS


def admits(role: str, view: str) -> bool:
    """Whether the table lets a role into a view."""
    return role in SCREENS[view]


screen = screens(SCREENS)
