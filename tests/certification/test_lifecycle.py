"""The table of moves, and the database that holds it."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from openbeian.certification import verbs
from openbeian.certification.errors import Conflict, ReasonMissing
from openbeian.certification.lifecycle import (
    FILING_STATES,
    FOLLOWING_ACTION,
    MOVES,
    OPEN_STATES,
    ProcedureAction,
    ProcedureState,
)
from openbeian.certification.models import Procedure
from openbeian.certification.receivers import FOLLOWED
from openbeian.certification.transitions import transition
from openbeian.ledger.models import Event
from openbeian.regime.actors import Actor, Role
from openbeian.regime.lifecycle import State
from tests.certification.provider import OPERATOR, Provider, row
from tests.wechat.platform import APPID

NOW = datetime(2023, 9, 5, 2, tzinfo=UTC)
S = ProcedureState


def test_the_states_are_wechats_numbers() -> None:
    assert [int(state) for state in S] == [9, *range(15, 27)]
    assert all(state.zh and state.en for state in S)


def test_one_row_for_each_action_and_every_state_is_reached() -> None:
    assert [row.action for row in MOVES] == list(ProcedureAction)
    assert {row.target for row in MOVES} == set(S)


def test_who_can_go_where() -> None:
    """The part of the table that is the certification, written out."""
    pairs = {(int(source), int(row.target), role) for row in MOVES for source in row.sources for role in row.roles
             if not source >= 19 and row.target not in FILING_STATES}
    assert pairs == {
        (9, 15, "organizer"), (9, 16, "organizer"), (15, 15, "organizer"), (15, 16, "organizer"),
        (15, 16, "operator"), (16, 17, "clock"), (17, 18, "operator"), (18, 17, "organizer"),
        (17, 19, "operator"), (17, 19, "clock"), (17, 20, "operator"),
    }


def test_nothing_leaves_a_final_state() -> None:
    final = set(S) - OPEN_STATES
    assert final == {S.FAILED, S.COMPLETE}
    assert [row for row in MOVES if row.sources & final] == []


def test_every_state_of_an_order_says_where_the_procedure_is() -> None:
    assert set(State) - set(FOLLOWED) == {State.DRAFT, State.CANCELLED}  # not submitted; never a filing
    assert set(FOLLOWED.values()) == FILING_STATES == set(FOLLOWING_ACTION)


@pytest.fixture
def paid(provider: Provider) -> Procedure:
    return row(provider.submit(provider.whole_body())["procedure_id"])


@pytest.mark.django_db
def test_a_move_the_table_does_not_hold_changes_nothing(paid: Procedure) -> None:
    before = Event.objects.count()
    for role, action in ((Role.OPERATOR, ProcedureAction.PASS), (Role.ORGANIZER, ProcedureAction.BEGIN),
                         (Role.CLOCK, ProcedureAction.COMPLETE)):
        with pytest.raises(Conflict):
            transition(paid, action, actor=Actor(role, "test"), at=NOW)
    assert (row(paid.procedure_id).state, Event.objects.count()) == (S.PAID, before)


@pytest.mark.django_db
def test_of_two_that_saw_the_same_state_one_moves(paid: Procedure) -> None:
    clock = Actor(Role.CLOCK, "clock")
    seen = row(paid.procedure_id)
    verbs.begin_review(procedure=paid, actor=clock)
    with pytest.raises(Conflict) as refusal:
        verbs.begin_review(procedure=seen, actor=clock)
    assert refusal.value.state == S.REVIEW


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "  ", "长" * 301])
def test_sending_back_needs_a_reason(paid: Procedure, reason: str) -> None:
    verbs.begin_review(procedure=paid, actor=Actor(Role.CLOCK, "clock"))
    for verb in (verbs.refill, verbs.fail):
        with pytest.raises(ReasonMissing):
            verb(procedure=row(paid.procedure_id), reason=reason, actor=OPERATOR)


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "constraint"), [
    (S.REVIEW, "certification_one_procedure"), (S.COMPLETE, "certification_before_filing")])
def test_the_database_holds_it_as_well(paid: Procedure, state: ProcedureState, constraint: str) -> None:
    paid.pk, paid.procedure_id, paid.state, paid._state.adding = None, "another", state, True
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        paid.save(force_insert=True)


@pytest.mark.django_db
def test_nobody_is_certified_unpaid(provider: Provider) -> None:
    found = row(provider.submit(provider.whole_body(pay_type=2))["procedure_id"])
    with pytest.raises(IntegrityError, match="certification_paid_for"), transaction.atomic():
        Procedure.objects.filter(pk=found.pk).update(certified_at=NOW)
    assert Procedure.objects.filter(appid=APPID).count() == 1
