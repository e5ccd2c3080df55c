"""The lifecycle table, pair by pair."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from openbeian.regime.actors import Actor, Role
from openbeian.regime.diagram import as_markdown
from openbeian.regime.lifecycle import (
    CANCELLATIONS,
    FINAL_STATES,
    MOVES,
    OPEN_STATES,
    STATE_LABELS,
    Action,
    OrderKind,
    State,
    available_actions,
    due,
    find_move,
)


@dataclass
class Order:
    kind: str
    state: str


# The whole life of a filing, written out a second time and by hand: from, action, by, to.
FILING = {
    ("draft", "save", "organizer", "draft"),
    ("draft", "submit", "organizer", "platform_review"),
    ("draft", "abandon", "organizer", "withdrawn"),
    ("draft", "expire", "clock", "expired"),
    ("platform_review", "withdraw", "organizer", "withdrawn"),
    ("platform_review", "return", "reviewer", "returned"),
    ("platform_review", "approve", "reviewer", "handover"),
    ("returned", "save", "organizer", "returned"),
    ("returned", "submit", "organizer", "platform_review"),
    ("returned", "abandon", "organizer", "withdrawn"),
    ("returned", "expire", "clock", "expired"),
    ("handover", "uploaded", "authority", "sms_pending"),
    ("handover", "data_error", "authority", "returned"),
    ("sms_pending", "verified", "authority", "authority_review"),
    ("sms_pending", "lapsed", "authority", "sms_lapsed"),
    ("sms_pending", "lapsed", "clock", "sms_lapsed"),
    ("sms_lapsed", "verified", "authority", "authority_review"),
    ("sms_lapsed", "resubmit", "organizer", "handover"),
    ("sms_lapsed", "amend", "organizer", "returned"),
    ("sms_lapsed", "abandon", "organizer", "withdrawn"),
    ("sms_lapsed", "expire", "clock", "expired"),
    ("authority_review", "accept", "authority", "filed"),
    ("authority_review", "refuse", "authority", "authority_rejected"),
    ("authority_rejected", "save", "organizer", "authority_rejected"),
    ("authority_rejected", "submit", "organizer", "platform_review"),
    ("authority_rejected", "abandon", "organizer", "withdrawn"),
    ("authority_rejected", "expire", "clock", "expired"),
    ("expired", "reactivate", "organizer", "draft"),
}
CANCELLATION = (FILING - {
    ("platform_review", "withdraw", "organizer", "withdrawn"),
    ("authority_review", "accept", "authority", "filed"),
}) | {("authority_review", "accept", "authority", "cancelled")}


@pytest.mark.parametrize("kind", OrderKind)
def test_every_pair_is_allowed_or_refused_as_written(kind: OrderKind) -> None:
    found = {
        (state.value, action.value, role.value, row.target.value)
        for state in State for action in Action for role in Role
        if (row := find_move(order=Order(kind, state), action=action, role=role))
    }
    assert found == (CANCELLATION if kind in CANCELLATIONS else FILING)


def test_no_row_is_doubtful() -> None:
    keys = [(row.source, row.action, row.role, kind) for row in MOVES for kind in row.kinds]
    assert len(keys) == len(set(keys))


def test_what_is_offered_is_what_is_allowed() -> None:
    reviewer = Actor(Role.REVIEWER, "user:1")
    organizer = Actor(Role.ORGANIZER, "user:2")
    order = Order("first_filing", "platform_review")
    assert available_actions(reviewer, order) == (Action.RETURN, Action.APPROVE)
    assert available_actions(organizer, order) == (Action.WITHDRAW,)
    assert available_actions(organizer, Order("cancel_service", "platform_review")) == ()
    assert available_actions(organizer, Order("first_filing", "filed")) == ()


def test_every_state_in_progress_has_a_limit_and_a_way_out() -> None:
    entered = datetime.fromisoformat("2023-09-05T10:00:00+08:00")
    for state in OPEN_STATES:
        limit = due(state, entered)
        assert limit is not None and limit.instant > entered
        assert any(row.source == state and row.target != state for row in MOVES)
    assert {state for state in State if due(state, entered) is None} == FINAL_STATES


def test_limits_at_instants() -> None:
    friday = datetime.fromisoformat("2023-09-08T10:00:00+08:00")
    limits = {state.value: found.instant.isoformat() for state in OPEN_STATES if (found := due(state, friday))}
    shanghai = {key: datetime.fromisoformat(value).astimezone(friday.tzinfo).isoformat() for key, value in limits.items()}
    assert shanghai["sms_pending"] == "2023-09-09T10:00:00+08:00"
    assert shanghai["handover"] == "2023-09-12T00:00:00+08:00"  # end of Monday
    assert shanghai["platform_review"] == "2023-09-13T00:00:00+08:00"  # end of Tuesday
    # 20 working days over Mid-Autumn and National Day (29 September to 6 October off, 7 and 8 October worked)
    assert shanghai["authority_review"] == "2023-10-13T00:00:00+08:00"
    assert shanghai["draft"] == "2023-11-07T10:00:00+08:00"


def test_every_state_tells_the_organizer_what_to_do() -> None:
    assert set(STATE_LABELS) == set(State)
    for text in STATE_LABELS.values():
        assert all((text.zh, text.en, text.to_do_zh, text.to_do_en))


def test_the_page_of_the_documentation_is_the_table() -> None:
    page = Path(__file__).parents[2] / "docs/reference/lifecycle.md"
    assert page.read_text() == as_markdown()
