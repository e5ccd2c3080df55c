"""What a rule is: one requirement, with everything that is to be said about it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from openbeian.regime.fields import label
from openbeian.regime.findings import Finding, Severity
from openbeian.regime.rules.case import Case

#: Drafts are made, and checked, in the month before the regime starts (notice 105: made ready by end of August).
FIRST_DAY = date(2023, 8, 1)


class Scope(StrEnum):
    """Which dossiers a rule is about."""

    FILING = "filing"
    CANCELLATION = "cancellation"


def scope_of(case: Case) -> Scope:
    """Whose rules apply to a case."""
    return Scope.CANCELLATION if case.cancels else Scope.FILING


class Spot(NamedTuple):
    """A field a rule objects to, with what exactly is wrong where the rule's own wording does not tell."""

    field: str
    why_zh: str = ""
    why_en: str = ""


@dataclass(frozen=True)
class Example:
    """A sample case with a few values changed.

    ``change`` replaces values of the dossier by dotted path, ``facts`` those around it (``account.name``,
    ``face_check.passed``, ``materials.<media id>.kind``, ``now``, ``kind``); None removes. For a failing example
    ``fields`` are the fields the rule then objects to, all of them, and ``also`` the other rules that must object.
    """

    sample: Literal["enterprise", "individual", "cancellation"]
    change: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. ``id`` is stable and never used again; ``check`` names the fields that break the rule.

    In the wording ``{field}`` is the field's display name and ``{why}`` what the check adds. In force from
    ``since`` until, exclusive, ``until``.
    """

    id: str
    severity: Severity
    clause: str
    title_zh: str
    title_en: str
    reason_zh: str
    reason_en: str
    remedy_zh: str
    remedy_en: str
    check: Callable[[Case], Iterable[str | Spot]]
    passes: tuple[Example, ...]
    fails: tuple[Example, ...]
    scope: Scope = Scope.FILING
    since: date = FIRST_DAY
    until: date | None = None

    def findings(self, case: Case) -> tuple[Finding, ...]:
        """What the rule has to say about ``case``; nothing where it does not apply."""
        return self.judge(case) if self.scope == scope_of(case) else ()

    def judge(self, case: Case) -> tuple[Finding, ...]:
        """What the rule has to say about a case within its scope."""
        return tuple([self._finding(Spot(hit) if isinstance(hit, str) else hit) for hit in self.check(case)])

    def _finding(self, spot: Spot) -> Finding:
        zh, en = label(spot.field)
        return Finding(
            rule=self.id, severity=self.severity, field=spot.field, clause=self.clause,
            reason_zh=self.reason_zh.format(field=zh, why=spot.why_zh),
            reason_en=self.reason_en.format(field=en, why=spot.why_en),
            remedy_zh=self.remedy_zh.format(field=zh), remedy_en=self.remedy_en.format(field=en),
        )
