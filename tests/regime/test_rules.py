"""Every rule against its own examples, and how rules become rulesets."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests import samples

from openbeian.regime import clauses
from openbeian.regime.code_tables import read_rows
from openbeian.regime.fields import FIELDS, label
from openbeian.regime.findings import Finding, Severity, merge
from openbeian.regime.lifecycle import OrderKind
from openbeian.regime.rules import (
    RULESETS,
    Case,
    Edition,
    Example,
    NoRuleset,
    Rule,
    RulesetError,
    assemble,
    ruleset,
)
from openbeian.regime.rules.catalogue import as_markdown
from openbeian.regime.rules.dates import months_after
from openbeian.regime.shape import SHAPE_RULES

CURRENT = RULESETS[-1]
RULES = CURRENT.rules
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rules.md"


def examples(which: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.id}-{which}-{i}")
        for rule in RULES for i, example in enumerate(getattr(rule, which))
    ]


@pytest.mark.parametrize("sample", [samples.enterprise_case, samples.individual_case, samples.cancellation_case])
def test_the_valid_samples_give_no_finding(sample):
    assert CURRENT.evaluate(sample()) == ()


@pytest.mark.parametrize(("rule", "example"), examples("passes"))
def test_a_passing_example_gives_no_finding_of_any_rule(rule: Rule, example: Example):
    assert CURRENT.evaluate(samples.example_case(example)) == ()


@pytest.mark.parametrize(("rule", "example"), examples("fails"))
def test_a_failing_example_breaks_that_rule_in_those_fields_and_no_other_rule(rule: Rule, example: Example):
    findings = CURRENT.evaluate(samples.example_case(example))
    assert tuple(f.field for f in findings if f.rule == rule.id) == example.fields
    assert {f.rule for f in findings} == {rule.id, *example.also}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_everything_in_both_languages(rule: Rule):
    assert rule.clause in vars(clauses).values()
    assert rule.passes and rule.fails
    for example in rule.fails:
        for finding in rule.findings(samples.example_case(example)):
            assert finding.severity == rule.severity
            for text in (finding.reason_zh, finding.reason_en, finding.remedy_zh, finding.remedy_en):
                assert text.strip() and "{" not in text and "()" not in text and "：。" not in text
            assert label(finding.field)[0] in finding.reason_zh
            assert "".join(c for c in finding.field if not c.isdigit()).replace("..", ".").strip(".") in (
                *FIELDS, "organizer", "service", "materials", "cancellation")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_finding_repeats_what_the_dossier_says(rule: Rule):
    for example in rule.fails:
        case = samples.example_case(example)
        people = [person for _, person in case.principals]
        secrets = {case.dossier.organizer.name, case.dossier.organizer.certificate.number} | {
            secret for person in people
            for secret in (person.name, person.mobile, person.email, person.emergency_number,
                           person.certificate.number)
        }
        told = "".join(str(finding) for finding in rule.findings(case))
        assert [secret for secret in secrets if len(secret) > 2 and secret in told] == []


def test_a_rule_file_is_named_after_its_rule():
    folder = Path(__import__("openbeian.regime.rules", fromlist=["rules"]).__file__).parent
    files = {path.name[:7] for path in folder.glob("???_[0-9][0-9][0-9]_*.py")}
    assert files == {rule.id.removeprefix("OB-").lower().replace("-", "_") for rule in RULES}


def test_the_table_of_wordings_has_one_row_for_each_rule():
    assert sorted(row["id"] for row in read_rows("rules")) == sorted(rule.id for rule in RULES)


def test_all_findings_come_at_once():
    empty = samples.case({}, samples.account())
    assert {f.rule for f in CURRENT.evaluate(empty)} == {"OB-REQ-001", "OB-SVC-001", "OB-SVC-007"}
    assert len(CURRENT.evaluate(empty)) == 9 + 2 * 10 + 2 + 2


def test_what_could_not_be_read_is_not_also_called_missing():
    def finding(rule: str, field: str) -> Finding:
        return Finding(rule, Severity.BLOCKS, field, "", "", "", "", "")

    shape = (finding("OB-SHP-001", "organizer.name"),)
    ruled = (finding("OB-REQ-001", "organizer.name"), finding("OB-REQ-001", "organizer.type"))
    assert merge(shape, ruled) == (shape[0], ruled[1])


# Which rules apply


def test_a_cancellation_in_a_first_filing_does_not_get_round_the_rules():
    case = samples.case({"cancellation": {"reason": 1}}, samples.account(), kind=OrderKind.FIRST_FILING)
    found = {f.rule for f in CURRENT.evaluate(case)}
    assert found == {"OB-REQ-001", "OB-SVC-001", "OB-SVC-007", "OB-CAN-003"}


def test_a_filing_in_a_cancellation_order_is_refused():
    case = samples.case(samples.enterprise_dossier(), samples.account(), kind=OrderKind.CANCEL_SERVICE)
    assert [(f.rule, f.field) for f in CURRENT.evaluate(case)] == [
        ("OB-CAN-001", "cancellation.reason"),
        ("OB-CAN-002", "organizer"), ("OB-CAN-002", "service"), ("OB-CAN-002", "materials"),
    ]


def test_without_an_order_kind_the_dossier_tells_whether_it_cancels():
    assert CURRENT.evaluate(samples.case(samples.cancellation_dossier(), samples.account())) == ()


def test_all_rules_together_say_what_each_says_for_itself():
    """In both orders: which rules apply is kept from the first case of a sort."""
    cases = [samples.example_case(example) for rule in RULES for example in (*rule.passes, *rule.fails)]
    cases += [samples.case({}, samples.account(), kind=kind) for kind in (None, *OrderKind)]
    for case in (*cases, *reversed(cases)):
        assert CURRENT.evaluate(case) == tuple(finding for rule in RULES for finding in rule.findings(case))


def test_a_persons_filing_and_a_units_have_rules_of_their_own():
    def ids(case: Case) -> set[str]:
        return {rule.id for rule in RULES if rule.scope.covers(case)}

    person, unit = ids(samples.individual_case()), ids(samples.enterprise_case())
    assert person - unit == {"OB-IND-001", "OB-IND-002", "OB-IND-003", "OB-IND-004", "OB-IND-005", "OB-NAM-002"}
    assert unit - person == {"OB-LEG-001", "OB-LEG-002", "OB-ORG-002"}
    change, access, service, subject = (
        ids(samples.case(samples.enterprise_dossier(), samples.account(), kind=kind))
        for kind in (OrderKind.CHANGE_BOTH, OrderKind.NEW_ACCESS, OrderKind.NEW_SERVICE, OrderKind.CANCEL_SUBJECT))
    assert change - unit == {"OB-CHG-001", "OB-CHG-002"}
    assert access - unit == {"OB-EXI-002"}
    assert service - unit == {"OB-NEW-001"}
    assert subject == ids(samples.cancellation_case()) == {"OB-CAN-001", "OB-CAN-002", "OB-CAN-004"}


# Rulesets


@pytest.mark.parametrize("day", [date(2023, 8, 1), date(2023, 8, 31), date(2023, 9, 1), date(2026, 1, 1)])
def test_a_ruleset_is_in_force_from_august_2023(day):
    assert ruleset(day).version == "2023-09"


def test_before_the_first_ruleset_there_is_none():
    with pytest.raises(NoRuleset):
        ruleset(date(2023, 7, 31))


def numbered(rule_id: str, **changes: object) -> Rule:
    return replace(RULES[0], id=rule_id, **changes)


def test_a_later_edition_takes_over_on_its_day():
    first, second = assemble(
        (Edition("b", date(2024, 7, 1), ("OB-2",)), Edition("a", date(2023, 8, 1), ("OB-1", "OB-2"))),
        (numbered("OB-1", until=date(2024, 7, 1)), numbered("OB-2")),
    )
    assert (first.version, [rule.id for rule in first.rules]) == ("a", ["OB-1", "OB-2"])
    assert (second.version, [rule.id for rule in second.rules]) == ("b", ["OB-2"])


@pytest.mark.parametrize(("editions", "rules", "complaint"), [
    ([("a", 8, ("OB-1", "OB-9"))], [numbered("OB-1")], "unknown"),
    ([("a", 8, ("OB-1",))], [numbered("OB-1"), numbered("OB-1")], "two rules"),
    ([("a", 8, ("OB-1", "OB-1"))], [numbered("OB-1")], "twice"),
    ([("a", 8, ("OB-1",))], [numbered("OB-1"), numbered("OB-2")], "no edition lists"),
    ([("a", 8, ("OB-1",))], [numbered("OB-1", since=date(2023, 9, 1))], "not in force"),
    ([("a", 8, ("OB-1",))], [numbered("OB-1", until=date(2024, 1, 1))], "not in force"),
    ([("a", 8, ("OB-1",)), ("b", 8, ("OB-1",))], [numbered("OB-1")], "same start"),
    ([("a", 8, ("OB-1",)), ("a", 9, ("OB-1",))], [numbered("OB-1")], "same version"),
])
def test_what_does_not_fit_together_is_refused(editions, rules, complaint):
    with pytest.raises(RulesetError, match=complaint):
        assemble([Edition(version, date(2023, month, 1), ids) for version, month, ids in editions], rules)


def test_ids_of_rules_and_shape_are_distinct_and_well_formed():
    ids = [*SHAPE_RULES, *(rule.id for rule in RULES)]
    assert len(set(ids)) == len(ids)
    assert [i for i in ids if not __import__("re").fullmatch(r"OB-[A-Z]{3}-0\d\d", i)] == []


# The page


def test_the_committed_page_is_what_the_rules_say():
    assert PAGE.read_text(encoding="utf-8") == as_markdown(), (
        "write it anew: python -m openbeian.regime.rules.catalogue > docs/reference/rules.md")


@pytest.mark.parametrize(("day", "months", "expected"), [
    (date(2024, 1, 31), 1, date(2024, 2, 29)),
    (date(2023, 12, 5), 1, date(2024, 1, 5)),
    (date(2023, 11, 30), 3, date(2024, 2, 29)),
])
def test_months_are_counted_as_people_do(day, months, expected):
    assert months_after(day, months) == expected


def test_a_finding_names_the_person_it_is_about():
    case: Case = samples.example_case(Example("enterprise", {"service.principal.mobile": "12"}))
    (finding,) = CURRENT.evaluate(case)
    assert finding.reason_zh == "小程序负责人手机号码有误：应为以 1 开头的 11 位手机号码。"
    assert finding.reason_en == (
        "Mini program principal's mobile number cannot be right: A mobile number has 11 digits and starts with 1.")
