"""The table of test values: what it says of names, of the administration's script, and on its page."""

from collections import Counter
from pathlib import Path

from openbeian.regime.fields import FIELDS
from openbeian.sandbox.page import as_markdown
from openbeian.sandbox.programs import OUTCOMES, PROGRAMS, Stage, outcome_of, script
from openbeian.simulator.script import Rule, read_script

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sandbox-values.md"


def test_the_page_is_made_from_the_table() -> None:
    assert as_markdown() == PAGE.read_text(encoding="utf-8"), (
        "write it anew: python -m openbeian.sandbox.page > docs/reference/sandbox-values.md")


def test_a_name_without_a_marker_passes_everywhere() -> None:
    assert {outcome_of("杭州青禾示例科技有限公司", stage).key for stage in Stage} == {"passes"}


def test_the_longest_marker_of_a_stage_counts() -> None:
    name = "宁波沙箱驳回一次沙箱核身失败示例有限公司"
    assert {stage: outcome_of(name, stage).key for stage in Stage} == {
        Stage.FILING: "refused_once", Stage.FACE_CHECK: "face_check_fails", Stage.CERTIFICATION: "passes",
        Stage.AUDIT: "passes"}


def first_rule(organizer: str, operation: int = 1) -> Rule:
    return next(rule for rule in read_script(script()) if rule.matches(
        organizer=organizer, service="", keys=[1], appid="", operation=operation, province="330000"))


def test_the_administration_does_to_each_name_what_its_own_row_says() -> None:
    followed = {row.key: first_rule(f"杭州{row.marker}示例有限公司").outcome for row in OUTCOMES}
    passing = {row.key for row in OUTCOMES if not row.rule} | {"passes", "sms", "authority_review"}
    assert followed == dict.fromkeys(passing, "accept") | {
        "data_error": "data_error", "sms_lapses": "lapse", "sms_lapses_once": "lapse", "refused": "refuse",
        "refused_once": "refuse"}


def test_what_ends_badly_once_passes_then_and_does_not_fall_to_the_shorter_marker() -> None:
    rules = read_script(script())
    for row in OUTCOMES:
        if row.once and row.rule:
            own = [rule for rule in rules if rule.organizer == row.marker]
            assert [(rule.outcome, rule.times) for rule in own] == [(row.rule["outcome"], 1), ("accept", None)]
            shorter = next(rule for rule in rules if rule.organizer == row.marker.removesuffix("一次"))
            assert rules.index(own[1]) < rules.index(shorter)


def test_cancellations_pass_whatever_the_name_says() -> None:
    assert {(rule.outcome, rule.verify_after) for rule in (
        first_rule("杭州沙箱驳回示例有限公司", operation) for operation in (5, 6, 7))} == {("accept", 0)}


def test_numbers_keys_and_markers_are_given_once_and_findings_are_about_fields() -> None:
    for column in ("number", "key", "marker"):
        assert max(Counter(getattr(row, column) for row in OUTCOMES).values()) == 1, column
    assert max(Counter(program.appid for program in PROGRAMS).values()) == 1
    assert max(Counter(program.character.certificate_number for program in PROGRAMS).values()) == 1
    assert {field for row in OUTCOMES for field, _, _ in row.findings} <= FIELDS.keys()
