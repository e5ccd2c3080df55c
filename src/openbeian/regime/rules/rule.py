"""What a rule is: one requirement, with everything that is to be said about it; and the case that it judges."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, NamedTuple

from openbeian.regime import clauses
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.code_tables import INDIVIDUAL, read_rows
from openbeian.regime.dossier import Dossier, Principal
from openbeian.regime.facts import Account, FaceCheckFacts, MaterialFacts
from openbeian.regime.fields import label
from openbeian.regime.findings import Finding, Severity
from openbeian.regime.lifecycle import CANCELLATIONS, CHANGES, OrderKind
from openbeian.regime.rules.dates import printed_date

#: Drafts are made, and checked, in the month before the regime starts (notice 105: made ready by end of August).
FIRST_DAY = date(2023, 8, 1)
RESIDENT_ID = 2  # 居民身份证, certificate_types.csv


@dataclass(frozen=True)
class Case:
    """One dossier to be judged at ``now``.

    ``materials`` holds the materials uploaded for this mini program, by the digest of their content, and no others.
    ``kind`` says what the order asks for. Give it wherever there is an order: without it a dossier that holds a
    ``cancellation`` is taken for a cancellation, and the rules of filings are not applied to it. ``filed`` is what
    the register holds: of a service that is to be changed all of it, of a filed organizer its part.
    """

    dossier: Dossier
    account: Account
    materials: Mapping[str, MaterialFacts]
    face_check: FaceCheckFacts | None
    now: datetime
    kind: OrderKind | None = None
    filed: Dossier | None = None

    @property
    def cancels(self) -> bool:
        """Whether the rules of cancellations apply, and not those of filings."""
        return self.dossier.cancellation is not None if self.kind is None else self.kind in CANCELLATIONS

    @property
    def sort(self) -> tuple[bool, bool, OrderKind | None]:
        """What decides which rules apply: whether it cancels, whether a person files for themselves, the kind."""
        return self.cancels, self.individual, self.kind

    @cached_property
    def today(self) -> date:
        """The day in Asia/Shanghai."""
        return self.now.astimezone(SHANGHAI).date()

    @property
    def individual(self) -> bool:
        """Whether a person files for themselves (个人主体)."""
        return self.dossier.organizer.type == INDIVIDUAL

    @cached_property
    def principals(self) -> tuple[tuple[str, Principal], ...]:
        """Both principals, each with its path."""
        return self.dossier.principals

    @cached_property
    def one_person(self) -> bool:
        """Whether both principals are the same person, by certificate number."""
        (_, first), (_, second) = self.principals
        return first.certificate.number == second.certificate.number

    @cached_property
    def expiries(self) -> tuple[tuple[str, date], ...]:
        """The last day of each principal's certificate, after its path; none where it cannot be read or is 长期."""
        return tuple([
            (f"{path}.certificate.valid_until", day) for path, principal in self.principals
            if (day := printed_date(principal.certificate.valid_until)) is not None])

    @cached_property
    def media(self) -> tuple[tuple[str, str], ...]:
        """Every picture and video of the dossier, after its path."""
        return tuple(self.dossier.media)


class Scope(StrEnum):
    """Which dossiers a rule is about."""

    FILING = "filing"
    INDIVIDUAL = "individual"  # filings of a person for themselves (个人主体)
    UNIT = "unit"  # filings of anyone else
    CHANGE = "change"
    NEW_SERVICE = "new_service"
    NEW_ACCESS = "new_access"
    CANCELLATION = "cancellation"

    def covers(self, case: Case) -> bool:
        """Whether rules of this scope apply to a case. The same for all cases of one :attr:`Case.sort`."""
        if case.cancels or self == Scope.CANCELLATION:
            return case.cancels and self == Scope.CANCELLATION
        match self:
            case Scope.INDIVIDUAL:
                return case.individual
            case Scope.UNIT:
                return not case.individual
            case Scope.CHANGE:
                return case.kind in CHANGES
            case Scope.NEW_SERVICE:
                return case.kind == OrderKind.NEW_SERVICE
            case Scope.NEW_ACCESS:
                return case.kind == OrderKind.NEW_ACCESS
            case _:
                return True


class Spot(NamedTuple):
    """A field a rule objects to, with what exactly is wrong where the rule's own wording does not tell."""

    field: str
    why_zh: str = ""
    why_en: str = ""


#: The fields of a case that break a rule.
Hits = Iterator[str | Spot]
Check = Callable[[Case], Hits]


@dataclass(frozen=True)
class Example:
    """A sample case with a few values changed.

    ``change`` replaces values of the dossier by dotted path, ``facts`` those around it (``account.name``,
    ``face_check.passed``, ``materials.<digest>.kind``, ``now``, ``kind``); None removes. For a failing example
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
    check: Check
    passes: tuple[Example, ...]
    fails: tuple[Example, ...]
    scope: Scope = Scope.FILING
    since: date = FIRST_DAY
    until: date | None = None

    def findings(self, case: Case) -> tuple[Finding, ...]:
        """What the rule has to say about ``case``; nothing where it does not apply."""
        return tuple(map(self.finding, self.check(case))) if self.scope.covers(case) else ()

    def finding(self, hit: str | Spot) -> Finding:
        """The rule's wording for one field that its check has named."""
        spot = Spot(hit) if isinstance(hit, str) else hit
        zh, en = label(spot.field)
        return Finding(
            rule=self.id, severity=self.severity, field=spot.field, clause=self.clause,
            reason_zh=self.reason_zh.format(field=zh, why=spot.why_zh),
            reason_en=self.reason_en.format(field=en, why=spot.why_en),
            remedy_zh=self.remedy_zh.format(field=zh), remedy_en=self.remedy_en.format(field=en),
        )


_WORDING = {row["id"]: row for row in read_rows("rules")}


def rule(
    rule_id: str, check: Check, *, passes: tuple[Example, ...], fails: tuple[Example, ...], scope: Scope = Scope.FILING
) -> Rule:
    """The rule ``rule_id`` with its severity, clause and wording from ``tables/rules.csv``."""
    wording: dict[str, Any] = dict(_WORDING[rule_id])
    del wording["id"]
    return Rule(
        id=rule_id, severity=Severity(wording.pop("severity")), clause=getattr(clauses, wording.pop("clause")),
        **wording, check=check, passes=passes, fails=fails, scope=scope)
