"""What a sandbox begins with, and that a second start changes nothing but what it was told to."""

from collections.abc import Callable
from typing import Any

import pytest

from openbeian.accounts.clients import ClientRefused, message_token, secret_matches
from openbeian.accounts.models import ApiClient, MiniProgramAdministrator, User
from openbeian.filings.models import Blacklisted
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.sandbox import preparation
from openbeian.sandbox.programs import CLOSED, OFFLINE, PROGRAMS, script
from openbeian.shelf.models import MiniProgram
from openbeian.simulator.verbs import current_settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def now(at: Callable[[str], Any]) -> None:
    at("2026-03-02T10:00:00+08:00")


def counted() -> dict[str, int]:
    rows = (ApiClient, User, MiniProgramAdministrator, MiniProgram, Blacklisted)
    return {row.__name__: row.objects.count() for row in rows}


def test_an_empty_database_gets_everything_and_a_second_start_nothing_more() -> None:
    preparation.begin()
    assert MiniProgram.objects.get(pk=OFFLINE.appid).offline_since == clock.now()
    assert not MiniProgram.objects.filter(pk=CLOSED.appid).exists()
    assert current_settings().script == script()
    made = counted()
    assert made == {"ApiClient": 1, "User": 2, "MiniProgramAdministrator": len(PROGRAMS),
                    "MiniProgram": len(PROGRAMS) - 1, "Blacklisted": 1}
    preparation.begin()
    assert counted() == made
    assert Event.objects.filter(tag__in=("client:create", "user:create")).count() == 3


def test_the_client_keeps_its_keys_and_its_address_even_through_a_fresh_start() -> None:
    preparation.begin(event_url="http://127.0.0.1:9000/events")
    before = ApiClient.objects.get()
    preparation.begin()
    assert ApiClient.objects.get().event_url == "http://127.0.0.1:9000/events"
    preparation.begin(event_url="")
    assert ApiClient.objects.get().event_url == ""
    preparation.begin(fresh=True)
    after = ApiClient.objects.get()
    assert (after.pk, message_token(after)) == (before.pk, message_token(before))
    assert secret_matches(after, preparation._keys().secret)
    assert len(preparation._keys().encoding_aes_key) == 43 and preparation._keys().encoding_aes_key.isalnum()


def test_a_fresh_start_begins_with_nothing_of_before() -> None:
    from tests.wechat.platform import catalogue

    preparation.begin()
    catalogue(("wx00000000000000ff", "自备小程序", "杭州沙箱驳回自备有限公司", "330000"))
    preparation.begin(fresh=True)
    assert not MiniProgram.objects.filter(pk="wx00000000000000ff").exists()
    assert Event.objects.filter(tag="client:create").count() == 1


def test_an_address_that_is_none_is_refused_before_anything_is_served() -> None:
    with pytest.raises(ClientRefused, match="https://host/path"):
        preparation.begin(event_url="127.0.0.1:9000")
