"""A mini program goes to another account: nobody gets what they did not ask for, and nobody learns who has an account."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from openbeian.accounts import transfers
from openbeian.accounts.clients import create_client
from openbeian.accounts.errors import AccountRefused, NotAdministrator, NotFound, OfferEnded, OfferRefused
from openbeian.accounts.models import OfferState, TransferOffer, User
from openbeian.accounts.verbs import appoint_administrator
from openbeian.filings.models import Order
from openbeian.filings.orders import withdraw
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.notices.queries import inbox
from openbeian.notices.verbs import tell
from openbeian.portal.queries import visible_orders
from openbeian.regime.actors import Actor, Role
from openbeian.wechat.models import Authorization, Credential
from openbeian.wechat.verbs import authorize
from tests.accounts.people import (  # noqa: F401
    APPID,
    OPERATOR,
    administrators,
    chen,
    happened,
    lin,
    make,
    told,
    zhou,
)
from tests.orders import submitted  # noqa: F401

pytestmark = pytest.mark.django_db


def offer(user: User, addressee: str) -> TransferOffer:
    return transfers.offer_transfer(appid=APPID, user=user, addressee=addressee)


def test_an_offer_alone_changes_nothing_and_accepting_it_everything(lin: User, chen: User) -> None:  # noqa: F811
    made = offer(lin, "chen")
    assert (administrators(), told(chen), told(lin)) == (["lin"], ["transfer_offered"], [])
    assert [one.pk for one in transfers.open_offers_to(chen, clock.now())] == [made.pk]

    transfers.accept_transfer(offer_id=made.pk, user=chen)
    assert administrators() == ["chen"]
    assert (told(lin), told(chen)) == (["transferred_away"], ["transfer_offered", "transferred_here"])
    assert happened() == [
        ("app:administrator_appointed", "user:0"),
        ("app:transfer_offered", lin.actor.id),
        ("app:transferred", chen.actor.id),
        ("app:administrator_removed", chen.actor.id),
        ("app:administrator_appointed", chen.actor.id),
    ]
    assert Event.objects.get(tag="app:transferred").data == {"offer": made.pk, "former": lin.pk, "new": chen.pk}


def test_orders_number_and_authorizations_are_untouched(
    submitted: Callable[..., Order], lin: User, chen: User  # noqa: F811
) -> None:
    order = submitted(appid=APPID)
    made = create_client(name="示例服务商", actor=OPERATOR)
    authorize(client=made.client, appid=APPID, actor=OPERATOR)

    def untouched() -> list[Any]:
        return [list(model.objects.order_by("pk").values()) for model in (Order, Authorization, Credential)]

    before = untouched()
    transfers.accept_transfer(offer_id=offer(lin, "chen").pk, user=chen)
    assert untouched() == before
    assert (list(visible_orders(lin)), list(visible_orders(chen))) == ([], [order])
    assert withdraw(order_id=order.pk, actor=chen.actor).state == "withdrawn"


def test_the_notices_of_the_mini_program_go_with_it_and_those_of_a_person_do_not(lin: User, chen: User) -> None:  # noqa: F811
    tell(code="rectify", at=clock.now(), appid=APPID, context={"number": "浙ICP备2023000001号-1X"})
    tell(code="put_back", at=clock.now(), recipient=lin)
    transfers.accept_transfer(offer_id=offer(lin, "chen").pk, user=chen)
    assert told(chen) == ["rectify", "transfer_offered", "transferred_here"]
    assert told(lin) == ["put_back", "transferred_away"]


@pytest.mark.parametrize(("end", "whose", "state", "event"), [
    (transfers.decline_transfer, "chen", OfferState.DECLINED, "app:transfer_declined"),
    (transfers.withdraw_offer, "lin", OfferState.WITHDRAWN, "app:transfer_withdrawn"),
])
def test_declined_or_taken_back_the_mini_program_stays(
    lin: User, chen: User, end: Any, whose: str, state: OfferState, event: str  # noqa: F811
) -> None:
    made = offer(lin, "chen")
    person, other = (lin, chen) if whose == "lin" else (chen, lin)
    with pytest.raises(NotFound):
        end(offer_id=made.pk, user=other)
    assert end(offer_id=made.pk, user=person).state == state
    with pytest.raises(OfferEnded) as late:
        transfers.accept_transfer(offer_id=made.pk, user=chen)
    assert late.value.state == state
    assert (administrators(), happened()[-1]) == (["lin"], (event, person.actor.id))
    assert told(other)[-1] == event.removeprefix("app:")
    assert offer(lin, "chen").state == OfferState.OPEN, "and may be offered again"


def test_an_offer_nobody_answers_lapses_after_seven_days(
    lin: User, chen: User, at: Callable[[str], Any]  # noqa: F811
) -> None:
    made = offer(lin, "chen")
    now = at("2023-09-12T09:59:59+08:00")
    assert transfers.lapse_offers(at=now) == 0
    assert transfers.open_offer_by(lin, APPID, now) == made

    now = at("2023-09-12T10:00:00+08:00")  # and no job has come by yet
    assert (list(transfers.open_offers_to(chen, now)), transfers.open_offer_by(lin, APPID, now)) == ([], None)
    with pytest.raises(OfferEnded) as late:
        transfers.accept_transfer(offer_id=made.pk, user=chen)
    assert late.value.state == OfferState.LAPSED

    assert [transfers.lapse_offers(at=now) for _ in range(2)] == [1, 0]
    assert (administrators(), told(lin), told(chen)[-1]) == (["lin"], ["transfer_lapsed"], "transfer_lapsed")
    assert happened()[-1] == ("app:transfer_lapsed", "clock")


def test_a_lapsed_offer_stands_in_nobodys_way_even_before_the_job_comes(
    lin: User, chen: User, zhou: User, at: Callable[[str], Any]  # noqa: F811
) -> None:
    offer(lin, "chen")
    at("2023-09-13T10:00:00+08:00")
    offer(lin, "zhou")
    assert list(TransferOffer.objects.order_by("pk").values_list("state", flat=True)) == ["lapsed", "open"]


def test_a_job_ends_what_has_lapsed(lin: User, chen: User, at: Callable[[str], Any]) -> None:  # noqa: F811
    from openbeian.accounts import tasks

    made = offer(lin, "chen")
    at("2023-09-12T10:00:00+08:00")
    tasks.lapse_offers(timestamp=0)
    made.refresh_from_db()
    assert (made.state, made.ended_at) == (OfferState.LAPSED, made.lapses_at)


# Who has an account is nobody's business


NOBODY = ("nobody", "nobody@example.com", "the-reviewer", "gone", "shared@example.com", "\0chen\0\0x")


@pytest.mark.parametrize("name", NOBODY)
def test_a_name_that_is_nobodys_is_answered_like_any_other(
    lin: User, chen: User, name: str, client: Client  # noqa: F811
) -> None:
    make("the-reviewer", role="reviewer", email="reviewer@example.com")
    gone = make("gone")
    gone.is_active = False
    gone.save()
    for username in ("twin-1", "twin-2"):
        make(username, email="shared@example.com")
    client.force_login(lin, backend="django.contrib.auth.backends.ModelBackend")

    def walk(addressee: str) -> list[str]:
        """Every page the offerer sees of an offer, from making it to taking it back."""
        address = f"/portal/apps/{APPID}/transfer/"
        pages = [client.post(address, {"addressee": addressee}, follow=True), client.get(address)]
        made = TransferOffer.objects.latest("pk")
        pages.append(client.post(f"/portal/transfers/{made.pk}/", {"act": "withdraw"}, follow=True))
        own = re.compile(f"{re.escape(addressee.replace(chr(0), ''))}|/{made.pk}/|\\b[A-Za-z0-9]{{64}}\\b")  # and the CSRF token
        return [f"{page.status_code} {own.sub('…', page.text)}" for page in pages]

    known = walk("chen")
    assert "等待对方接受" in known[0] and "已向“…”提出" in known[0]
    assert walk(name) == known
    assert TransferOffer.objects.latest("pk").recipient is None
    assert happened()[-2:] == happened()[-4:-2]


def test_it_lapses_like_any_other_too(lin: User, at: Callable[[str], Any]) -> None:  # noqa: F811
    made = offer(lin, "nobody")
    assert (made.state, made.lapses_at - made.offered_at) == (OfferState.OPEN, timedelta(days=7))
    assert transfers.lapse_offers(at=at("2023-09-12T10:00:00+08:00")) == 1
    assert told(lin) == ["transfer_lapsed"]


@pytest.mark.parametrize("name", ["chen", " chen ", "chen@example.com", "Chen@Example.COM", "ｃｈｅｎ"])
def test_the_other_is_found_by_user_name_or_by_a_mail_address_of_its_own(
    lin: User, chen: User, name: str  # noqa: F811
) -> None:
    assert offer(lin, name).recipient == chen


def test_the_name_is_kept_sealed_and_read_by_the_offerer(lin: User, chen: User) -> None:  # noqa: F811
    made = offer(lin, "chen@example.com")
    assert transfers.addressee_of(TransferOffer.objects.get()) == "chen@example.com"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_transferoffer o WHERE o::text LIKE %s OR o::text LIKE %s",
                       ["%chen@%", f"%{b'chen@'.hex()}%"])
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM ledger_event e WHERE e::text LIKE '%chen%'")
        assert cursor.fetchone() == (0,)
    [message] = inbox(chen)
    assert message.body == f"小程序 {APPID} 的管理员要把它转移给您，7 天内有效。请在“我的小程序”接受或拒绝。"
    assert made.recipient == chen


# What is refused


@pytest.mark.parametrize("name", ["", "  ", "\0", "x" * 255, "lin", "LIN@example.com"])
def test_nobody_and_oneself_cannot_be_offered_anything(lin: User, name: str) -> None:  # noqa: F811
    with pytest.raises(OfferRefused):
        offer(lin, name)
    assert TransferOffer.objects.count() == 0


def test_only_what_one_administers_can_be_offered(lin: User, chen: User) -> None:  # noqa: F811
    with pytest.raises(NotAdministrator):
        offer(chen, "lin")


def test_one_offer_at_a_time(lin: User, chen: User, zhou: User) -> None:  # noqa: F811
    offer(lin, "chen")
    with pytest.raises(OfferRefused, match="Take that back first"):
        offer(lin, "zhou")
    assert told(zhou) == []


def test_nobody_is_pestered(lin: User, chen: User, at: Callable[[str], Any]) -> None:  # noqa: F811
    for _ in range(transfers.OFFERS_PER_DAY):
        transfers.withdraw_offer(offer_id=offer(lin, "chen").pk, user=lin)
    with pytest.raises(OfferRefused, match="Try again tomorrow"):
        offer(lin, "chen")
    at("2023-09-06T00:00:00+08:00")
    assert offer(lin, "chen").state == OfferState.OPEN


def test_another_administrator_stays_and_is_told(lin: User, chen: User, zhou: User) -> None:  # noqa: F811
    appoint_administrator(user=zhou, appid=APPID, actor=OPERATOR)
    transfers.accept_transfer(offer_id=offer(lin, "chen").pk, user=chen)
    assert administrators() == ["chen", "zhou"]
    assert told(zhou) == ["administrator_changed"]


def test_who_administers_no_more_has_nothing_to_offer(lin: User, chen: User) -> None:  # noqa: F811
    made = offer(lin, "chen")
    transfers.remove_administrator(user=lin, appid=APPID, actor=OPERATOR)
    with pytest.raises(OfferEnded):
        transfers.accept_transfer(offer_id=made.pk, user=chen)
    assert (administrators(), told(chen)) == ([], ["transfer_offered", "transfer_withdrawn"])
    with pytest.raises(NotAdministrator):
        transfers.remove_administrator(user=lin, appid=APPID, actor=OPERATOR)


def test_the_database_keeps_an_offer_that_has_ended_ended(lin: User, chen: User) -> None:  # noqa: F811
    offer(lin, "chen")
    with pytest.raises(IntegrityError), transaction.atomic():
        TransferOffer.objects.update(state=OfferState.ACCEPTED)
    with pytest.raises(IntegrityError), transaction.atomic():
        TransferOffer.objects.update(ended_at=clock.now())


# An operator


def test_an_operator_transfers_at_once(lin: User, chen: User, zhou: User) -> None:  # noqa: F811
    made = offer(lin, "zhou")
    transfers.transfer(appid=APPID, former=lin, new=chen, actor=OPERATOR)
    made.refresh_from_db()
    assert (administrators(), made.state) == (["chen"], OfferState.WITHDRAWN)
    assert (told(lin), told(chen)) == (["transferred_away"], ["transferred_here"])
    assert happened()[-1] == ("app:transferred", "user:0")


def test_an_operator_cannot_transfer_what_is_not_there_or_to_whom_it_cannot_belong(lin: User, chen: User) -> None:  # noqa: F811
    reviewer = make("reviewer", role="reviewer")
    with pytest.raises(NotAdministrator):
        transfers.transfer(appid=APPID, former=chen, new=lin, actor=OPERATOR)
    for new in (reviewer, lin):
        with pytest.raises(AccountRefused):
            transfers.transfer(appid=APPID, former=lin, new=new, actor=OPERATOR)
    with pytest.raises(PermissionError):
        transfers.transfer(appid=APPID, former=lin, new=chen, actor=Actor(Role.REVIEWER, "user:9"))
    assert (administrators(), told(lin)) == (["lin"], [])
