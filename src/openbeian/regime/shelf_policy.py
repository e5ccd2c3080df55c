"""May this mini program stand on the shelf at this instant? One pure function and the dated policy it applies.

The facts of the platform's notice, under MIIT notice 105 of 2023:

- from 1 September 2023 a mini program that was never listed must be filed before it is put on the shelf;
- one already listed must be filed by 31 March 2024;
- one still unfiled is taken offline from 1 April 2024.

A number in force always opens the shelf; a cancelled one closes it, whatever the dates.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from openbeian.regime import clauses
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.code_tables import read_rows

ALLOWED_CODES = frozenset({"filed", "listed_before_start_until_deadline", "before_regime", "waived"})
DENIED_CODES = frozenset({"unfiled_after_deadline", "unfiled_never_listed", "filing_cancelled", "unknown_app"})


@dataclass(frozen=True)
class ListingFacts:
    """What the catalogue says of a mini program: whether it is in there, and when it was first on the shelf."""

    appid: str
    known: bool
    first_listed_at: datetime | None


@dataclass(frozen=True)
class FilingPeriod:
    """A number was in force from ``filed_at`` until, exclusive, ``cancelled_at`` (None: it still is)."""

    number: str
    filed_at: datetime
    cancelled_at: datetime | None = None


@dataclass(frozen=True)
class FilingFacts:
    """Every number a mini program has had, in any order."""

    periods: tuple[FilingPeriod, ...] = ()


@dataclass(frozen=True)
class Waiver:
    """An exception (豁免) an operator granted, from ``since`` until, exclusive, ``until``.

    It lifts every denial but that of an unknown app. ``code`` names the waiver, ``reason`` is the operator's.
    """

    code: str
    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True)
class Ground:
    """What a decision code rests on, and how it is told."""

    clause: str
    reason_zh: str
    reason_en: str


@dataclass(frozen=True)
class Policy:
    """Dated data. ``start`` and ``deadline`` are the first instants of the stricter regime, in Asia/Shanghai."""

    version: str
    start: datetime
    deadline: datetime
    grounds: Mapping[str, Ground] = field(repr=False)


@dataclass(frozen=True)
class Decision:
    """Yes or no, why, and for how long.

    The same code is decided at every instant in [``since``, ``until``), as far as today's facts tell, and at none
    just outside it. None means that the interval has no such end.
    """

    allowed: bool
    code: str
    clause: str
    since: datetime | None
    until: datetime | None
    reason_zh: str
    reason_en: str


PLATFORM_POLICY_2023 = Policy(
    version="2023-09",
    start=datetime(2023, 9, 1, tzinfo=SHANGHAI),
    deadline=datetime(2024, 4, 1, tzinfo=SHANGHAI),
    grounds=MappingProxyType({
        row["code"]: Ground(
            "；".join(getattr(clauses, name) for name in row["clauses"].split()), row["reason_zh"], row["reason_en"])
        for row in read_rows("shelf_grounds")
    }),
)
#: The policy in use.
POLICY = PLATFORM_POLICY_2023


def decide(
    listing: ListingFacts, filing: FilingFacts, waivers: Sequence[Waiver], policy: Policy, now: datetime
) -> Decision:
    """Decide for ``now``. Pure, and total over instants that have a zone."""
    code = _code(listing, filing, waivers, policy, now)
    since, until = _span(code, listing, filing, waivers, policy, now)
    ground = policy.grounds[code]
    return Decision(code in ALLOWED_CODES, code, ground.clause, since, until, ground.reason_zh, ground.reason_en)


def _code(
    listing: ListingFacts, filing: FilingFacts, waivers: Iterable[Waiver], policy: Policy, at: datetime
) -> str:
    if not listing.known:
        return "unknown_app"
    if at < policy.start:
        return "before_regime"
    if any(p.filed_at <= at and (p.cancelled_at is None or at < p.cancelled_at) for p in filing.periods):
        return "filed"
    denial = _unfiled(listing, filing, policy, at)
    if denial in DENIED_CODES and any(w.since <= at < w.until for w in waivers):
        return "waived"
    return denial


def _unfiled(listing: ListingFacts, filing: FilingFacts, policy: Policy, at: datetime) -> str:
    """What holds when no number is in force. Being listed later than ``at`` is not being listed."""
    if any(p.cancelled_at is not None and p.filed_at <= at and p.cancelled_at <= at for p in filing.periods):
        return "filing_cancelled"
    listed_at = listing.first_listed_at
    if listed_at is None or listed_at > at:
        return "unfiled_never_listed"
    if at >= policy.deadline:
        return "unfiled_after_deadline"
    return "listed_before_start_until_deadline" if listed_at < policy.start else "unfiled_never_listed"


def _span(
    code: str, listing: ListingFacts, filing: FilingFacts, waivers: Sequence[Waiver], policy: Policy, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """The longest interval around ``now`` in which ``code`` is decided. It can only change at these instants."""
    turns = {policy.start, policy.deadline, listing.first_listed_at}
    turns.update(instant for p in filing.periods for instant in (p.filed_at, p.cancelled_at))
    turns.update(instant for w in waivers for instant in (w.since, w.until))
    ordered = sorted(instant for instant in turns if instant is not None)
    # Interval 0 is all time before the first turn, hence before the regime; interval i begins with turn i - 1.
    before_all = "before_regime" if listing.known else "unknown_app"
    codes = [before_all, *(_code(listing, filing, waivers, policy, turn) for turn in ordered)]
    first = last = bisect_right(ordered, now)
    while first > 0 and codes[first - 1] == code:
        first -= 1
    while last < len(ordered) and codes[last + 1] == code:
        last += 1
    return ordered[first - 1] if first > 0 else None, ordered[last] if last < len(ordered) else None
