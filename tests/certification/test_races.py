"""Several at once: one wins, the others are told so."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from openbeian.certification import verbs
from openbeian.certification.errors import Conflict
from openbeian.certification.models import Procedure
from openbeian.filings.models import Order
from tests.certification.provider import OPERATOR, Provider, events, review_begins, row
from tests.wechat.platform import APPID, reviewer_returns

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


def all_at_once(calls: list[Any]) -> Counter[Any]:
    def run(call: Any) -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(run, calls))


def submit(provider: Provider, body: Any) -> int:
    again = Provider(provider.made, provider.appid, Client(), provider.component_token, provider.token)
    return again.submit(body)["errcode"]


def test_of_many_submissions_for_one_mini_program_one_wins(provider: Provider) -> None:
    body = provider.whole_body()
    assert all_at_once([lambda: submit(provider, body)] * 24) == {0: 1, 86402: 23}
    assert Procedure.objects.filter(appid=APPID).count() == 1
    assert [tag for tag, *_ in events()] == ["certification:open", "certification:prepay"]


def test_of_two_reviewers_one_decides_and_one_order_is_made(provider: Provider) -> None:
    procedure_id = provider.submit(provider.whole_body())["procedure_id"]
    review_begins(procedure_id)

    def decide(verb: Any, **more: Any) -> str:
        try:
            verb(procedure=row(procedure_id), actor=OPERATOR, **more)
        except Conflict:
            return "conflict"
        return "decided"

    outcomes = all_at_once([lambda: decide(verbs.pass_review), lambda: decide(verbs.fail, reason="重复")] * 4)
    assert outcomes == {"decided": 1, "conflict": 7}
    assert Order.objects.count() == (1 if row(procedure_id).state == 22 else 0)


def test_of_many_corrections_of_a_returned_filing_one_wins(provider: Provider) -> None:
    """The filing is locked first by everybody, so nobody waits for another in a circle."""
    body = provider.whole_body()
    procedure_id = provider.submit(body)["procedure_id"]
    review_begins(procedure_id)
    verbs.pass_review(procedure=row(procedure_id), actor=OPERATOR)
    reviewer_returns()
    assert all_at_once([lambda: submit(provider, body)] * 16) == {0: 1, 86324: 15}
    assert row(procedure_id).state == 22
