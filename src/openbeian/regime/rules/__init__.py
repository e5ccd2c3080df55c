"""The rules of the regime, one file each, and the dated rulesets they form.

A rule is added by adding its file, its line in ``_RULES`` and its id in an edition. A rule that changes gets a new
id in a new edition; ids are never used again. Whatever does not fit together stops the program at import.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from openbeian.regime.findings import Finding
from openbeian.regime.rules import (
    acc_001_account_certified,
    adr_001_address_without_region,
    adr_002_region_nested,
    can_001_reason,
    can_002_nothing_else,
    can_003_no_cancellation_in_filing,
    can_004_remark_encodable,
    cer_001_certificate_fits_subject,
    cer_002_principal_certificate_individual,
    cer_003_validity_well_formed,
    cer_004_not_expired,
    cer_005_one_month_left,
    cer_006_three_months_left,
    chg_001_what_stays,
    chg_002_something_differs,
    con_001_mobile,
    con_002_email,
    con_003_emergency_number,
    con_004_emergency_differs,
    con_005_numbers_not_shared,
    con_006_email_not_shared,
    con_007_virtual_operator,
    exi_001_numbers_well_formed,
    exi_002_numbers_of_new_access,
    fac_001_face_check_passed,
    fac_002_face_check_recent,
    idn_001_organizer_number,
    idn_002_principal_number,
    idn_003_legal_representative_number,
    idn_004_one_number_one_name,
    ind_001_own_certificate,
    ind_002_adult,
    ind_003_residence_permit,
    ind_004_residence_permit_by_number,
    ind_005_same_person,
    leg_001_authorization_letter,
    leg_002_legal_representative,
    mat_001_material_exists,
    mat_002_material_kind,
    mat_003_material_count,
    mat_004_certificate_type_of_picture,
    nam_001_reserved_words,
    nam_002_individual_name,
    new_001_organizer_as_filed,
    org_001_name_equals_account,
    org_002_certificate_photo,
    org_003_subject_type_known,
    req_001_required_fields,
    svc_001_content_count,
    svc_002_content_second_level,
    svc_003_content_once,
    svc_004_approval_known,
    svc_005_approval_documented,
    svc_006_approval_once,
    svc_007_none_of_the_above,
    svc_008_description_length,
    txt_001_encodable,
)
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Check, Example, Rule, Scope

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


_RULES = (
    acc_001_account_certified.RULE,
    req_001_required_fields.RULE,
    txt_001_encodable.RULE,
    org_001_name_equals_account.RULE,
    org_002_certificate_photo.RULE,
    org_003_subject_type_known.RULE,
    idn_001_organizer_number.RULE,
    idn_002_principal_number.RULE,
    idn_003_legal_representative_number.RULE,
    idn_004_one_number_one_name.RULE,
    cer_001_certificate_fits_subject.RULE,
    cer_002_principal_certificate_individual.RULE,
    cer_003_validity_well_formed.RULE,
    cer_004_not_expired.RULE,
    cer_005_one_month_left.RULE,
    cer_006_three_months_left.RULE,
    ind_001_own_certificate.RULE,
    ind_002_adult.RULE,
    ind_003_residence_permit.RULE,
    ind_004_residence_permit_by_number.RULE,
    ind_005_same_person.RULE,
    leg_001_authorization_letter.RULE,
    leg_002_legal_representative.RULE,
    con_001_mobile.RULE,
    con_002_email.RULE,
    con_003_emergency_number.RULE,
    con_004_emergency_differs.RULE,
    con_005_numbers_not_shared.RULE,
    con_006_email_not_shared.RULE,
    con_007_virtual_operator.RULE,
    adr_001_address_without_region.RULE,
    adr_002_region_nested.RULE,
    svc_001_content_count.RULE,
    svc_002_content_second_level.RULE,
    svc_003_content_once.RULE,
    svc_004_approval_known.RULE,
    svc_005_approval_documented.RULE,
    svc_006_approval_once.RULE,
    svc_007_none_of_the_above.RULE,
    svc_008_description_length.RULE,
    nam_001_reserved_words.RULE,
    nam_002_individual_name.RULE,
    fac_001_face_check_passed.RULE,
    fac_002_face_check_recent.RULE,
    mat_001_material_exists.RULE,
    mat_002_material_kind.RULE,
    mat_003_material_count.RULE,
    mat_004_certificate_type_of_picture.RULE,
    new_001_organizer_as_filed.RULE,
    exi_001_numbers_well_formed.RULE,
    exi_002_numbers_of_new_access.RULE,
    chg_001_what_stays.RULE,
    chg_002_something_differs.RULE,
    can_001_reason.RULE,
    can_002_nothing_else.RULE,
    can_003_no_cancellation_in_filing.RULE,
    can_004_remark_encodable.RULE,
)

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

RULESETS = assemble(_EDITIONS, _RULES)


def ruleset(at: date) -> Ruleset:
    """The ruleset in force on the day ``at`` in Asia/Shanghai. Raises :class:`NoRuleset` before the first one."""
    for rules in reversed(RULESETS):
        if rules.start <= at:
            return rules
    raise NoRuleset(f"no ruleset is in force on {at}; the first starts on {RULESETS[0].start}")
