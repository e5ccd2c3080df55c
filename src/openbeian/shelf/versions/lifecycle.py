"""The life of a version (代码版本) of a mini program, as one table.

The platform's audit of code (代码审核) is kept small here: it is there because nothing goes live without it. Each row
says from which states an action leads where, who may do it, and which event tells of it.
"""

from dataclasses import dataclass
from enum import StrEnum

from openbeian.regime.actors import Role


class VersionState(StrEnum):
    """Where a version stands."""

    DEVELOPMENT = "development"
    AUDITING = "auditing"
    PASSED = "passed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LIVE = "live"
    SUPERSEDED = "superseded"


class VersionAction(StrEnum):
    """What can be done to a version."""

    COMMIT = "commit"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    PASS = "pass"
    REJECT = "reject"
    RELEASE = "release"
    SUPERSEDE = "supersede"


S, A = VersionState, VersionAction
#: A mini program has at most one version in each of these; the database sees to it.
SINGLE_STATES = (S.DEVELOPMENT, S.AUDITING, S.PASSED, S.LIVE)


@dataclass(frozen=True)
class VersionMove:
    """One row: ``action`` leads from ``sources`` (none: the version is made) to ``target``."""

    action: VersionAction
    sources: tuple[VersionState, ...]
    target: VersionState
    roles: frozenset[Role]
    event: str


_ORGANIZER = frozenset({Role.ORGANIZER, Role.OPERATOR})
_AUDITOR = frozenset({Role.OPERATOR, Role.CLOCK})

MOVES: tuple[VersionMove, ...] = (
    VersionMove(A.COMMIT, (), S.DEVELOPMENT, _ORGANIZER, "shelf:version:committed"),
    VersionMove(A.SUBMIT, (S.DEVELOPMENT,), S.AUDITING, _ORGANIZER, "shelf:version:submitted"),
    VersionMove(A.WITHDRAW, (S.AUDITING,), S.WITHDRAWN, _ORGANIZER, "shelf:version:withdrawn"),
    VersionMove(A.PASS, (S.AUDITING,), S.PASSED, _AUDITOR, "shelf:version:passed"),
    VersionMove(A.REJECT, (S.AUDITING,), S.REJECTED, frozenset({Role.OPERATOR}), "shelf:version:rejected"),
    VersionMove(A.RELEASE, (S.PASSED,), S.LIVE, _ORGANIZER, "shelf:version:released"),
    # By what takes its place: the next one committed, passed or released.
    VersionMove(A.SUPERSEDE, (S.DEVELOPMENT, S.PASSED, S.LIVE), S.SUPERSEDED, _ORGANIZER | _AUDITOR,
                "shelf:version:superseded"),
)
MOVE_OF: dict[VersionAction, VersionMove] = {move.action: move for move in MOVES}
