"""One table of error codes, and the page made from it."""

import inspect
import os
import re
from pathlib import Path

from openbeian.certification.findings import finding
from openbeian.filings.errors import FilingError
from openbeian.regime.rules import ruleset
from openbeian.shelf.versions import queries, verbs
from openbeian.wechat import codes
from openbeian.wechat.codes import code_of
from tests.samples import NOW

PAGE = Path(__file__).parents[2] / "docs/reference/wechat-errors.md"


_HEAD = """# Error codes of the WeChat-compatible API

Every answer has HTTP status 200; `errcode` tells the outcome, and the text of every error ends in a `rid` that is
also in the log: of a fault always, of a refusal at level INFO. Origin: D documented by WeChat, S named in a published
SDK, C seen in the developer community, ours where no public number is known. This page is made from `wechat/codes.csv`.

| errcode | text | 中文 | meaning here | origin |
| ---: | --- | --- | --- | --- |
"""


def reference_page() -> str:
    """The table as a page of the documentation."""
    rows = (codes.TABLE[number] for number in sorted(codes.TABLE, key=lambda number: (abs(number), number)))
    return _HEAD + "".join(f"| {c.number} | {c.text} | {c.zh} | {c.meaning} | {c.origin} |\n" for c in rows)


def test_the_page_in_the_documentation_is_the_table() -> None:
    """The page is written anew with ``OPENBEIAN_WRITE_ERRORS=1 ./run test tests/wechat/test_codes.py``."""
    if os.environ.get("OPENBEIAN_WRITE_ERRORS"):
        PAGE.write_text(reference_page())
    assert PAGE.read_text() == reference_page()


def test_our_own_numbers_lie_in_the_free_range() -> None:
    assert all(86371 <= code.number <= 86499 for code in codes.TABLE.values() if code.origin == "ours")
    assert [code.number for code in codes.TABLE.values() if 86371 <= code.number <= 86499 and code.origin != "ours"] == []


def test_every_errcode_in_the_code_is_in_the_table_and_every_other_is_that_of_a_rule() -> None:
    named = {value for name, value in vars(codes).items() if name.isupper() and isinstance(value, int)}
    assert named <= set(codes.TABLE)
    assert [code.number for code in codes.TABLE.values() if code.number not in named and not code.rules] == []


def test_every_rule_has_a_number_of_its_group_or_its_own() -> None:
    rules = {rule.id for rule in ruleset(NOW.date()).rules}
    groups = {rule.split("-")[1] for rule in rules}
    named = [name for code in codes.TABLE.values() for name in code.rules]
    assert groups - set(named) == set()
    certification = {row["rule"] for row in finding.__self__.rows.values()}
    shelf = {code for module in (queries, verbs) for code in re.findall(r'code="(\w+)"', inspect.getsource(module))}
    assert shelf - set(named) == set()
    refusals = {error.code for error in FilingError.__subclasses__()} | shelf
    assert set(named) - rules - groups - certification - refusals == {"BLK", "SHP"}  # findings of no rule
    assert len(named) == len(set(named))
    assert {code_of(rule) for rule in rules} <= set(codes.TABLE)


def test_the_documented_hint_for_another_name_is_kept() -> None:
    assert code_of("OB-ORG-001") == 86355
    assert code_of("a rule of tomorrow") == 86387
