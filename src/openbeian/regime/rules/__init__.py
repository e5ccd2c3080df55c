"""The rules of the regime, one file each, and the dated rulesets they form.

A rule is added by adding its file, its row in ``tables/rules.csv`` and its id in an edition. A rule that changes
gets a new id in a new edition; ids are never used again. Whatever does not fit together stops the program at import.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules

from openbeian.regime.findings import Finding
from openbeian.regime.rules.rule import Case, Check, Example, Rule, Scope

__all__ = [
    "RULESETS", "Case", "Edition", "Example", "Finding", "NoRuleset", "Rule", "Ruleset", "RulesetError", "Scope",
    "assemble", "ruleset",
]


class RulesetError(Exception):
    """Rules and editions do not fit together."""


class NoRuleset(LookupError):
    """No ruleset is in force on the day asked for."""


@dataclass(frozen=True)
class Edition:
    """Which rules, by id, are in force from the day ``start`` in Asia/Shanghai until the next edition starts."""

    version: str
    start: date
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Ruleset:
    """The rules of one edition. Its version is kept with every dossier it has judged."""

    version: str
    start: date
    rules: tuple[Rule, ...]

    def evaluate(self, case: Case) -> tuple[Finding, ...]:
        """All findings at once, in the order of the rules."""
        sort = case.sort
        if sort not in self._checks:
            self._checks[sort] = tuple([(rule.check, rule) for rule in self.rules if rule.scope.covers(case)])
        return tuple([rule.finding(hit) for check, rule in self._checks[sort] for hit in check(case)])

    @cached_property
    def _checks(self) -> dict[tuple[object, ...], tuple[tuple[Check, Rule], ...]]:
        """By sort of case the rules whose scope covers it, filled as sorts come: nothing is sifted for each case."""
        return {}


def assemble(editions: Iterable[Edition], rules: Iterable[Rule]) -> tuple[Ruleset, ...]:
    """The rulesets of ``editions``, in order of time.

    Raises :class:`RulesetError` for an id that two rules have, an id no rule has, an id listed twice, a rule no
    edition lists, a rule listed while it is not in force, and editions that share a start or a version.
    """
    known: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in known:
            raise RulesetError(f"two rules have the id {rule.id}")
        known[rule.id] = rule
    ordered = sorted(editions, key=lambda edition: edition.start)
    for what in ("start", "version"):
        if len({getattr(edition, what) for edition in ordered}) < len(ordered):
            raise RulesetError(f"two editions have the same {what}")
    if idle := known.keys() - {rule_id for edition in ordered for rule_id in edition.rules}:
        raise RulesetError(f"no edition lists {sorted(idle)}")
    ends = [*(edition.start for edition in ordered[1:]), date.max]
    return tuple(_ruleset(edition, end, known) for edition, end in zip(ordered, ends, strict=True))


def _ruleset(edition: Edition, end: date, known: dict[str, Rule]) -> Ruleset:
    if unknown := set(edition.rules) - known.keys():
        raise RulesetError(f"edition {edition.version} lists unknown rules {sorted(unknown)}")
    if len(set(edition.rules)) < len(edition.rules):
        raise RulesetError(f"edition {edition.version} lists a rule twice")
    for rule in map(known.__getitem__, edition.rules):
        if rule.since > edition.start or (rule.until or date.max) < end:
            raise RulesetError(f"{rule.id} is not in force throughout edition {edition.version}")
    return Ruleset(edition.version, edition.start, tuple(known[rule_id] for rule_id in edition.rules))


#: The regime starts on 1 September 2023; its edition starts a month before, because drafts are made and checked
#: while the systems are made ready (notice 105).
_EDITIONS = (
    Edition("2023-09", date(2023, 8, 1), (
        "OB-ACC-001", "OB-REQ-001", "OB-TXT-001",
        "OB-ORG-001", "OB-ORG-002", "OB-ORG-003",
        "OB-IDN-001", "OB-IDN-002", "OB-IDN-003", "OB-IDN-004",
        "OB-CER-001", "OB-CER-002", "OB-CER-003", "OB-CER-004", "OB-CER-005", "OB-CER-006",
        "OB-IND-001", "OB-IND-002", "OB-IND-003", "OB-IND-004", "OB-IND-005",
        "OB-LEG-001", "OB-LEG-002",
        "OB-CON-001", "OB-CON-002", "OB-CON-003", "OB-CON-004", "OB-CON-005", "OB-CON-006",
        "OB-CON-007",
        "OB-ADR-001", "OB-ADR-002",
        "OB-SVC-001", "OB-SVC-002", "OB-SVC-003", "OB-SVC-004", "OB-SVC-005", "OB-SVC-006",
        "OB-SVC-007", "OB-SVC-008",
        "OB-NAM-001", "OB-NAM-002",
        "OB-FAC-001", "OB-FAC-002",
        "OB-MAT-001", "OB-MAT-002", "OB-MAT-003", "OB-MAT-004",
        "OB-NEW-001", "OB-EXI-001", "OB-EXI-002", "OB-CHG-001", "OB-CHG-002",
        "OB-CAN-001", "OB-CAN-002", "OB-CAN-003", "OB-CAN-004",
    )),
)



def _rules() -> Iterator[Rule]:
    """The rule of every file that is named after one, such as ``con_001_mobile``."""
    for module in iter_modules(__path__):
        if re.match("[a-z]{3}_[0-9]{3}_", module.name):
            yield import_module(f"{__name__}.{module.name}").RULE


RULESETS = assemble(_EDITIONS, _rules())


def ruleset(at: date) -> Ruleset:
    """The ruleset in force on the day ``at`` in Asia/Shanghai. Raises :class:`NoRuleset` before the first one."""
    for rules in reversed(RULESETS):
        if rules.start <= at:
            return rules
    raise NoRuleset(f"no ruleset is in force on {at}; the first starts on {RULESETS[0].start}")
