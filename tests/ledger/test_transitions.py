"""A row moves from the state it was read in, or not at all: no event and no other row without the move."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction as database
from tests import samples
from tests.accounts.people import APPID, administrators, chen, lin  # noqa: F401
from tests.orders import ORGANIZER, account

from openbeian.accounts import transfers
from openbeian.accounts.models import MiniProgramAdministrator, OfferState, TransferOffer, User
from openbeian.filings import submission
from openbeian.filings.models import Finding, Order
from openbeian.ledger.models import Event
from openbeian.ledger.transitions import StateChanged, transition

AT = datetime.fromisoformat("2023-09-06T09:00:00+08:00")
pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(lin: User, chen: User) -> TransferOffer:  # noqa: F811
    """A row that counts no versions."""
    return transfers.offer_transfer(appid=APPID, user=lin, addressee="chen")


@pytest.fixture
def draft(at: Callable[[str], Any]) -> Order:
    """A row that counts versions."""
    at("2023-09-05T10:00:00+08:00")
    return submission.open_order(
        kind="first_filing", appid=APPID, account=account(APPID, samples.enterprise_dossier()), actor=ORGANIZER)


def accept(offer: TransferOffer, new: User, **more: Any) -> TransferOffer:
    """The offer is accepted as it was read: whoever gets the mini program is entered with it."""
    return transition(
        offer, to=OfferState.ACCEPTED, event="test:accept", subject=f"app:{APPID}", actor=ORGANIZER, at=AT,
        data={"offer": offer.pk}, insert=[MiniProgramAdministrator(user=new, appid=APPID)], ended_at=AT, **more)


def abandon(draft: Order, **more: Any) -> Order:
    """The draft is given up as it was read; why is kept beside it."""
    why = Finding(order=draft, dossier_number=0, source="reviewer", rule="", severity="blocks", field="", reason_zh="试",
                  reason_en="test", remedy_zh="", remedy_en="", at=AT)
    return transition(
        draft, to="withdrawn", event="test:abandon", subject=draft.subject, actor=ORGANIZER, at=AT, data={}, insert=[why],
        due_at=None, **more)


def events() -> list[tuple[str, str, datetime, str, dict[str, Any]]]:
    return list(Event.objects.filter(tag__startswith="test:").values_list("tag", "subject", "at", "actor_id", "data"))


def columns(row: Any) -> dict[str, Any] | None:
    """The row as the database has it."""
    return type(row).objects.filter(pk=row.pk).values().first()


def test_a_move_changes_the_row_and_writes_one_event_and_the_rows_that_go_with_it(
    offer: TransferOffer, chen: User  # noqa: F811
) -> None:
    moved = accept(offer, chen)
    assert (moved.state, moved.ended_at) == ("accepted", AT)
    assert columns(offer) == {name: getattr(moved, name) for name in columns(offer)}
    assert events() == [("test:accept", f"app:{APPID}", AT, "client:wxtest", {"offer": offer.pk})]
    assert administrators() == ["lin", "chen"]


def test_a_move_counts_the_version_up(draft: Order) -> None:
    version = draft.version
    moved = abandon(draft)
    assert (moved.state, moved.version, Finding.objects.count()) == ("withdrawn", version + 1, 1)
    assert (moved, columns(draft)) == (draft, columns(Order.objects.get(pk=draft.pk)))


def test_a_row_that_has_moved_meanwhile_stays_as_it_is(offer: TransferOffer, lin: User, chen: User) -> None:  # noqa: F811
    transfers.withdraw_offer(offer_id=offer.pk, user=lin)
    before = columns(offer)
    with pytest.raises(StateChanged) as refused:
        accept(offer, chen)
    assert refused.value.state == "withdrawn"
    assert (columns(offer), events(), administrators()) == (before, [], ["lin"])


def test_so_does_one_in_the_same_state_but_of_another_version(draft: Order) -> None:
    submission.save(order_id=draft.pk, document={"organizer": {"type": 4}}, actor=ORGANIZER)
    before = columns(draft)
    with pytest.raises(StateChanged) as refused:
        abandon(draft)
    assert refused.value.state == "draft"
    assert (columns(draft), events(), Finding.objects.count()) == (before, [], 0)


def test_and_one_of_which_another_column_is_not_as_it_must_be(draft: Order) -> None:
    before = columns(draft)
    with pytest.raises(StateChanged) as refused:
        abandon(draft, only_if={"claimed_by": ["user:1", "user:2"]})
    assert refused.value.state == "draft"
    assert (columns(draft), events(), Finding.objects.count()) == (before, [], 0)
    assert abandon(draft, only_if={"claimed_by": ["", "user:1"]}).state == "withdrawn"


def test_a_row_that_is_gone_has_no_state(offer: TransferOffer, chen: User) -> None:  # noqa: F811
    TransferOffer.objects.filter(pk=offer.pk).delete()
    with pytest.raises(StateChanged) as refused:
        accept(offer, chen)
    assert (refused.value.state, events(), administrators()) == (None, [], ["lin"])


@pytest.mark.django_db(transaction=True)
def test_a_move_needs_the_transaction_of_its_change(offer: TransferOffer, chen: User) -> None:  # noqa: F811
    with pytest.raises(database.TransactionManagementError):
        accept(offer, chen)
    assert (columns(offer)["state"], events(), administrators()) == ("open", [], ["lin"])
