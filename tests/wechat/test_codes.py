"""One table of error codes, and the page made from it."""

from pathlib import Path

from openbeian.regime.rules import ruleset
from openbeian.wechat import codes
from openbeian.wechat.hints import GROUP_CODES, RULE_CODES, code_of
from tests.samples import NOW

PAGE = Path(__file__).parents[2] / "docs/reference/wechat-errors.md"


def test_the_page_in_the_documentation_is_the_table() -> None:
    assert PAGE.read_text() == codes.reference_page()


def test_our_own_numbers_lie_in_the_free_range() -> None:
    assert all(86371 <= code.number <= 86499 for code in codes.TABLE.values() if code.origin == "ours")
    assert [code.number for code in codes.TABLE.values() if 86371 <= code.number <= 86499 and code.origin != "ours"] == []


def test_every_rule_has_a_number_of_its_group_or_its_own() -> None:
    rules = ruleset(NOW.date()).rules
    assert [rule.id for rule in rules if rule.id.split("-")[1] not in GROUP_CODES] == []
    assert set(RULE_CODES) - {rule.id for rule in rules} == set()
    assert {code_of(rule.id) for rule in rules} <= set(codes.TABLE)


def test_the_documented_hint_for_another_name_is_kept() -> None:
    assert code_of("OB-ORG-001") == 86355
    assert code_of("a rule of tomorrow") == 86387
