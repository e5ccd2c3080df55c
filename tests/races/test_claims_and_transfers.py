"""Two people decide one claim, or one transfer, at the same moment, on the real database.

Each race is run first with the guard taken away, to show that the fault is real, then with it.
"""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from openbeian.accounts import transfers
from openbeian.accounts.errors import OfferEnded, OfferRefused
from openbeian.accounts.models import MiniProgramAdministrator, OfferState, TransferOffer, User
from openbeian.accounts.signals import offer_moved
from openbeian.accounts.verbs import appoint_administrator
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.regime.actors import Actor, Role
from openbeian.register import claims
from openbeian.register.errors import ClaimEnded, ClaimNotNeeded, NoSuchFiling, NotInForce, TooManyTries
from openbeian.register.models import Claim, ClaimState, WrongTries
from openbeian.register.verbs import cancel
from tests.accounts.people import APPID, OPERATOR, administrators, chen, lin, told, zhou  # noqa: F401
from tests.races.test_order_races import race
from tests.races.test_sweep import backends_waiting_for_a_lock, in_background, wait_until
from tests.register.test_claims import AUTHORITY, CERTIFICATE_NUMBER, NUMBER, ask, service  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

WANG, LI = Actor(Role.REVIEWER, "user:71"), Actor(Role.REVIEWER, "user:72")
ENDS_OF_CLAIM = ("register:claim:approved", "register:claim:refused", "register:claim:withdrawn")
ENDS_OF_OFFER = ("app:transferred", "app:transfer_declined", "app:transfer_withdrawn")


# A claim


def decide_naively(claim_id: int, state: ClaimState, meet: threading.Barrier) -> None:
    """The fault: read, decide, write, without tying the write to what was read."""
    claim = claims.claim(claim_id)
    assert claim.state == ClaimState.WAITING
    meet.wait(10)
    columns = {"reason_sealed": b"x" if state == ClaimState.REFUSED else None}
    Claim.objects.filter(pk=claim_id).update(state=state, ended_at=claim.made_at, **columns)
    if state == ClaimState.APPROVED:
        appoint_administrator(user=claim.claimant, appid=claim.service.appid, actor=WANG)
    Event.objects.create(at=claim.made_at, tag="naive", actor_role="reviewer", actor_id="x", subject="x")


def test_two_reviewers_decide_one_claim(service: Any, lin: User, chen: User, zhou: User) -> None:  # noqa: F811
    made, meet = ask(zhou), threading.Barrier(2)
    race(lambda: decide_naively(made.pk, ClaimState.APPROVED, meet),
         lambda: decide_naively(made.pk, ClaimState.REFUSED, meet))
    assert Event.objects.filter(tag="naive").count() == 2, "without the condition both decisions go through"
    assert administrators() == ["lin", "zhou"], "and the account is in, whatever the claim says"

    made = ask(chen)
    results = race(
        lambda: claims.approve_claim(claim_id=made.pk, reviewer=WANG),
        lambda: claims.refuse_claim(claim_id=made.pk, reviewer=LI, reason="不相符"),
        lambda: claims.approve_claim(claim_id=made.pk, reviewer=LI),
        lambda: claims.withdraw_claim(claim_id=made.pk, user=chen),
    )
    assert sorted(type(result).__name__ for result in results) == ["Claim", "ClaimEnded", "ClaimEnded", "ClaimEnded"]
    made.refresh_from_db()
    assert {result.state for result in results} == {made.state}
    assert isinstance(results[1], ClaimEnded) or made.state == ClaimState.REFUSED
    assert ("chen" in administrators()) == (made.state == ClaimState.APPROVED)
    assert list(Event.objects.filter(tag__in=ENDS_OF_CLAIM).values_list("tag", flat=True)) == [
        f"register:claim:{made.state}"]


def test_one_account_claims_a_number_many_times_at_once(service: Any, chen: User) -> None:  # noqa: F811
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('register_one_open_claim'::regclass)")
        definition = cursor.fetchone()[0]
        cursor.execute("DROP INDEX register_one_open_claim")
        try:
            faulty = race(*[lambda: ask(chen)] * 5)
            assert [type(result) for result in faulty] == [Claim] * 5, "without the index all are made"
        finally:
            Claim.objects.all().delete()
            cursor.execute(definition)
    results = race(*[lambda: ask(chen)] * 5)
    assert sorted(type(result).__name__ for result in results) == ["Claim", *["ClaimNotNeeded"] * 4]
    assert Claim.objects.filter(claimant=chen).count() == 1
    assert all(isinstance(result, Claim | ClaimNotNeeded) for result in results)


def test_a_number_is_claimed_while_it_is_cancelled(service: Any, chen: User) -> None:  # noqa: F811
    cancelled, go_on = threading.Event(), threading.Event()

    def cancel_slowly() -> None:
        with transaction.atomic():
            cancel(appid=APPID, number=NUMBER, order_id=2, actor=AUTHORITY, at=clock.now())
            cancelled.set()
            go_on.wait(20)

    cancelling, _ = in_background(cancel_slowly)
    assert cancelled.wait(20)
    asking, asked = in_background(lambda: ask(chen))
    wait_until(lambda: backends_waiting_for_a_lock() == 1)
    go_on.set()
    cancelling.join(20)
    asking.join(20)
    assert (type(asked[0]), Claim.objects.count()) == (NotInForce, 0), "a claim made now would be ended by nobody"


def count_naively(user: User, meet: threading.Barrier) -> bool:
    """The fault: look whether a try is left, then count it."""
    row = WrongTries.objects.get(user=user)
    meet.wait(10)
    if row.used >= claims.WRONG_TRIES_PER_DAY:
        return False
    row.used += 1
    row.save()
    return True


def test_wrong_tries_made_at_once_are_all_counted(service: Any, chen: User, zhou: User) -> None:  # noqa: F811
    meet = threading.Barrier(8)
    WrongTries.objects.create(user=zhou, day="2023-09-05", used=0)
    assert race(*[lambda: count_naively(zhou, meet)] * 8) == [True] * 8, "read and written apart, all eight go through"

    def try_wrongly() -> Any:
        return claims.claim_filing(user=chen, number=NUMBER, certificate_number="91330106MA2B001152")

    results = race(*[try_wrongly] * 8)
    assert sorted(type(result).__name__ for result in results) == ["NoSuchFiling"] * 5 + ["TooManyTries"] * 3
    assert all(isinstance(result, NoSuchFiling | TooManyTries) for result in results)
    assert (WrongTries.objects.get(user=chen).used, CERTIFICATE_NUMBER in str(results)) == (5, False)


# A transfer


def end_naively(offer_id: int, state: OfferState, meet: threading.Barrier) -> None:
    """The fault: read, decide, write, without tying the write to what was read."""
    offer = TransferOffer.objects.get(pk=offer_id)
    assert offer.state == OfferState.OPEN
    meet.wait(10)
    TransferOffer.objects.filter(pk=offer_id).update(state=state, ended_at=offer.offered_at)
    if state == OfferState.ACCEPTED:
        MiniProgramAdministrator.objects.filter(user=offer.offered_by, appid=offer.appid).delete()
        appoint_administrator(user=offer.recipient, appid=offer.appid, actor=OPERATOR)
    Event.objects.create(at=offer.offered_at, tag="naive", actor_role="organizer", actor_id="x", subject="x")


def test_an_offer_is_accepted_and_taken_back_at_once(lin: User, chen: User, zhou: User) -> None:  # noqa: F811
    made, meet = transfers.offer_transfer(appid=APPID, user=lin, addressee="zhou"), threading.Barrier(2)
    race(lambda: end_naively(made.pk, OfferState.ACCEPTED, meet),
         lambda: end_naively(made.pk, OfferState.WITHDRAWN, meet))
    assert Event.objects.filter(tag="naive").count() == 2, "without the condition both go through"
    assert administrators() == ["zhou"], "and the mini program is gone, whatever the offer says"

    made = transfers.offer_transfer(appid=APPID, user=zhou, addressee="chen")
    results = race(
        lambda: transfers.accept_transfer(offer_id=made.pk, user=chen),
        lambda: transfers.withdraw_offer(offer_id=made.pk, user=zhou),
        lambda: transfers.accept_transfer(offer_id=made.pk, user=chen),
        lambda: transfers.decline_transfer(offer_id=made.pk, user=chen),
    )
    assert sum(isinstance(result, TransferOffer) for result in results) == 1
    assert sum(isinstance(result, OfferEnded) for result in results) == 3
    made.refresh_from_db()
    assert {result.state for result in results} == {made.state}
    assert administrators() == ["chen" if made.state == OfferState.ACCEPTED else "zhou"]
    assert Event.objects.filter(tag__in=ENDS_OF_OFFER).count() == 1


def test_one_mini_program_is_offered_many_times_at_once(lin: User, chen: User, zhou: User) -> None:  # noqa: F811
    def offer(name: str) -> Any:
        return lambda: transfers.offer_transfer(appid=APPID, user=lin, addressee=name)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('accounts_one_open_offer'::regclass)")
        definition = cursor.fetchone()[0]
        cursor.execute("DROP INDEX accounts_one_open_offer")
        try:
            faulty = race(offer("chen"), offer("zhou"), offer("nobody"))
            assert [type(result) for result in faulty] == [TransferOffer] * 3, "without the index all are made"
        finally:
            TransferOffer.objects.all().delete()
            cursor.execute(definition)
    results = race(offer("chen"), offer("zhou"), offer("nobody"))
    assert sum(isinstance(result, TransferOffer) for result in results) == 1
    assert sum(isinstance(result, OfferRefused) for result in results) == 2


@pytest.mark.parametrize("guarded", [False, True])
def test_an_administrator_is_removed_while_offering(
    lin: User, chen: User, monkeypatch: pytest.MonkeyPatch, guarded: bool  # noqa: F811
) -> None:
    """The offer is made, and not yet committed, when an operator removes who makes it.

    Without the lock an offer of what is no longer theirs stays open. With it, the removal waits and takes it back.
    """
    if not guarded:
        monkeypatch.setattr(transfers, "_hold", lambda user, appid: MiniProgramAdministrator.objects.filter(
            user=user, appid=appid).exists())
    reached, go_on = threading.Event(), threading.Event()

    def stop(offer: TransferOffer, **_: Any) -> None:
        if offer.state == OfferState.OPEN:
            reached.set()
            assert go_on.wait(20)

    offer_moved.connect(stop)
    try:
        offering, offered = in_background(
            lambda: transfers.offer_transfer(appid=APPID, user=lin, addressee="chen"))
        assert reached.wait(20)
        removing, removed = in_background(
            lambda: transfers.remove_administrator(user=lin, appid=APPID, actor=OPERATOR))
        if guarded:
            wait_until(lambda: backends_waiting_for_a_lock() == 1)
        else:
            removing.join(20)
        go_on.set()
        offering.join(20)
        removing.join(20)
    finally:
        offer_moved.disconnect(stop)
    assert (isinstance(offered[0], TransferOffer), removed, administrators()) == (True, [None], [])
    assert TransferOffer.objects.get().state == (OfferState.WITHDRAWN if guarded else OfferState.OPEN)
    assert told(chen) == ["transfer_offered", "transfer_withdrawn"][:1 + guarded]


def accept_in_the_other_order(offer_id: int, user: User) -> TransferOffer:
    """The fault: the offer is locked first, then the administrator; whoever removes administrators does the reverse."""
    with transaction.atomic():
        offer = transfers._end(offer_id, OfferState.ACCEPTED, actor=user.actor, at=clock.now(), recipient=user)
        transfers._hand_over(appid=offer.appid, former=offer.offered_by, new=user, actor=user.actor, at=clock.now())
        return offer


@pytest.mark.parametrize("guarded", [False, True])
def test_an_administrator_is_removed_while_the_offer_is_accepted(lin: User, chen: User, guarded: bool) -> None:  # noqa: F811
    """The offer is accepted, and that is not yet committed, when an operator removes who made it.

    Locking in the one order, the removal waits and finds nobody to remove. In the other, each waits for the other and
    the database ends one of them.
    """
    made = transfers.offer_transfer(appid=APPID, user=lin, addressee="chen")
    accept = transfers.accept_transfer if guarded else accept_in_the_other_order
    reached, go_on = threading.Event(), threading.Event()

    def stop(offer: TransferOffer, **_: Any) -> None:
        if offer.state == OfferState.ACCEPTED:
            reached.set()
            assert go_on.wait(20)

    offer_moved.connect(stop)
    try:
        accepting, accepted = in_background(lambda: accept(offer_id=made.pk, user=chen))
        assert reached.wait(20)
        removing, removed = in_background(
            lambda: transfers.remove_administrator(user=lin, appid=APPID, actor=OPERATOR))
        wait_until(lambda: backends_waiting_for_a_lock() == 1)
        go_on.set()
        accepting.join(20)
        removing.join(20)
    finally:
        offer_moved.disconnect(stop)
    outcome = [type(result[0]).__name__ for result in (accepted, removed)]
    assert ("OperationalError" in outcome) is not guarded
    if guarded:
        assert (outcome, administrators()) == (["TransferOffer", "NotAdministrator"], ["chen"])
