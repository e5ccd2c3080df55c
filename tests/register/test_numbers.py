"""A number appears once, by the administration's approval alone, and stands for one thing for ever."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from openbeian.ledger.models import Event
from openbeian.regime.actors import CLOCK, Actor, Role
from openbeian.regime.dossier import Dossier, parse
from openbeian.regime.facts import NO_STANDING, Approval, ServiceInForce, Standing
from openbeian.regime.shelf_policy import FilingFacts, FilingPeriod
from openbeian.register import queries
from openbeian.register.errors import NotInForce, NumberRefused
from openbeian.register.models import Service, Subject
from openbeian.register.signals import service_changed
from openbeian.register.verbs import cancel, issue
from tests.register.periods import filing_periods

AUTHORITY = Actor(Role.AUTHORITY, "authority:330000")
APPID = "wx0000000000000001"
FILED = datetime.fromisoformat("2023-10-10T09:00:00+08:00")
LATER = FILED + timedelta(days=30)
SUBJECT, NUMBER = "浙ICP备2023000001号", "浙ICP备2023000001号-1X"
APPROVAL = Approval(SUBJECT, NUMBER, "ZJ1", "ZJ1-1", FILED)
ORGANIZER = {"type": 4, "name": "杭州青禾示例科技有限公司", "province": "330000"}

pytestmark = pytest.mark.django_db


def dossier(name: str = "青禾文具", **service: Any) -> Dossier:
    return parse({"organizer": ORGANIZER, "service": {"name": name, **service}})[0]


def give(approval: Approval = APPROVAL, **changed: Any) -> Service:
    """Enter a number as the administration gave it."""
    asked: dict[str, Any] = {
        "order_id": 1, "appid": APPID, "certificate_digest": b"1" * 32, "dossier": dossier(),
        "approval": approval, "actor": AUTHORITY, "at": FILED,
    }
    return issue(**(asked | changed))


def test_an_approval_brings_both_numbers_and_one_event_for_each() -> None:
    heard: list[dict[str, Any]] = []

    def listen(**told: Any) -> None:
        heard.append({key: told[key] for key in ("appid", "at", "number", "in_force", "actor")})

    service_changed.connect(listen)
    try:
        give()
    finally:
        service_changed.disconnect(listen)
    subject = Subject.objects.get()
    assert list(Event.objects.order_by("id").values_list("tag", "subject", "at", "actor_id", "data")) == [
        ("register:number:issued", f"subject:{subject.pk}", FILED, "authority:330000",
         {"number": SUBJECT, "filed_at": FILED.isoformat()}),
        ("register:number:issued", f"app:{APPID}", FILED, "authority:330000",
         {"number": NUMBER, "order": 1, "filed_at": FILED.isoformat()}),
    ]
    assert heard == [{"appid": APPID, "at": FILED, "number": NUMBER, "in_force": True, "actor": AUTHORITY}]
    assert queries.standing(appid=APPID) == Standing(
        SUBJECT, "ZJ1", "330000", ServiceInForce(APPID, NUMBER, "ZJ1-1", FILED, name="青禾文具"), services_in_force=1,
        certificate_digest=b"1" * 32)


def test_nothing_about_people_is_stored_in_clear() -> None:
    give(dossier=dossier(principal={"name": "林示范", "mobile": "13900000011"}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text || u::text FROM register_service s, register_subject u")
        stored = cursor.fetchone()[0]
    assert not [word for word in ("林示范", "13900000011", ORGANIZER["name"]) if word in stored]


def test_a_second_service_of_the_same_organizer_keeps_the_subject_number() -> None:
    give()
    give(replace(APPROVAL, service_number=f"{SUBJECT}-2X", province_service_id="ZJ1-2"), order_id=2,
         appid="wx0000000000000002", dossier=dossier("青禾花店"))
    assert Subject.objects.get().number == SUBJECT
    assert queries.standing(appid=APPID).services_in_force == 2


@pytest.mark.parametrize(("approval", "changed"), [
    (replace(APPROVAL, service_number="浙ICP备2023000001号-1"), {}),  # a website's number
    (replace(APPROVAL, service_number="浙ICP备2023000002号-1X"), {}),  # another organizer's
    (replace(APPROVAL, subject_number="浙ICP备12号", service_number="浙ICP备12号-1X"), {}),  # malformed
    (replace(APPROVAL, service_number=None), {}),
    (replace(APPROVAL, subject_number=NUMBER), {}),  # a service number in the subject's place
    (replace(APPROVAL, subject_number="粤ICP备2023000001号", service_number="粤ICP备2023000001号-1X"), {}),
])
def test_a_number_that_cannot_be_right_is_refused(approval: Approval, changed: dict[str, Any]) -> None:
    with pytest.raises(NumberRefused):
        give(approval, **changed)
    assert (Subject.objects.count(), Service.objects.count(), Event.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("changed", [
    # the number again, for another app; a second number for the same app; another organizer's subject number
    {"order_id": 2, "appid": "wx0000000000000002"},
    {"order_id": 2, "approval": replace(APPROVAL, service_number=f"{SUBJECT}-2X")},
    {"order_id": 2, "certificate_digest": b"2" * 32, "appid": "wx0000000000000002",
     "approval": replace(APPROVAL, service_number=f"{SUBJECT}-2X")},
    # the same organizer cannot have two subject numbers; one order brings one number
    {"order_id": 2, "appid": "wx0000000000000002",
     "approval": replace(APPROVAL, subject_number="浙ICP备2023000009号", service_number="浙ICP备2023000009号-1X")},
    {"appid": "wx0000000000000002",
     "approval": replace(APPROVAL, service_number=f"{SUBJECT}-2X")},
])
def test_a_number_comes_once(changed: dict[str, Any]) -> None:
    give()
    with pytest.raises(NumberRefused):
        give(**changed)
    assert list(Service.objects.values_list("appid", "number")) == [(APPID, NUMBER)]


def test_a_cancelled_number_is_not_given_again() -> None:
    give()
    cancel(appid=APPID, number=NUMBER, order_id=2, actor=AUTHORITY, at=LATER)
    with pytest.raises(NumberRefused):
        give(order_id=3, at=LATER)


def test_the_same_app_may_be_filed_anew_under_a_new_number() -> None:
    give()
    cancel(appid=APPID, number=NUMBER, order_id=2, actor=AUTHORITY, at=LATER)
    again = LATER + timedelta(days=1)
    give(replace(APPROVAL, service_number=f"{SUBJECT}-2X", decided_at=again), order_id=3, at=again)
    assert filing_periods(APPID) == FilingFacts((
        FilingPeriod(NUMBER, FILED, LATER), FilingPeriod(f"{SUBJECT}-2X", again, None)))
    assert queries.standing(appid=APPID).service == ServiceInForce(
        APPID, f"{SUBJECT}-2X", "ZJ1-1", again, name="青禾文具")


def test_a_cancellation_takes_effect_once() -> None:
    give()
    cancel(appid=APPID, number=NUMBER, order_id=2, actor=AUTHORITY, at=LATER)
    with pytest.raises(NotInForce):
        cancel(appid=APPID, number=NUMBER, order_id=2, actor=AUTHORITY, at=LATER + timedelta(days=1))
    assert filing_periods(APPID) == FilingFacts((FilingPeriod(NUMBER, FILED, LATER),))
    assert Event.objects.filter(tag="register:number:cancelled").count() == 1
    assert queries.standing(appid=APPID) == Standing(
        SUBJECT, "ZJ1", "330000", None, services_in_force=0, certificate_digest=b"1" * 32)


def test_only_the_administration_gives_and_takes_numbers() -> None:
    with pytest.raises(PermissionError):
        give(actor=CLOCK)
    give()
    with pytest.raises(PermissionError):
        cancel(appid=APPID, number=NUMBER, order_id=2, actor=Actor(Role.OPERATOR, "user:1"), at=LATER)


def test_a_decision_dated_ahead_of_our_clock_counts_from_now() -> None:
    service = give(replace(APPROVAL, decided_at=FILED + timedelta(minutes=3)))
    assert service.filed_at == FILED


def test_an_app_nobody_filed_has_no_standing() -> None:
    assert queries.standing(appid=APPID) == NO_STANDING
    assert filing_periods(APPID) == FilingFacts()


@pytest.mark.parametrize("statement", [
    "DELETE FROM register_service",
    "DELETE FROM register_subject",
    "UPDATE register_service SET number = '浙ICP备2023000001号-7X'",
    "UPDATE register_service SET appid = 'wx0000000000000009'",
    "UPDATE register_service SET filed_at = filed_at - interval '1 day'",
    "UPDATE register_service SET order_id = 7",
    "UPDATE register_subject SET number = '浙ICP备2023000007号'",
    "UPDATE register_subject SET filed_at = filed_at - interval '1 day'",
    "UPDATE register_service SET cancelled_at = filed_at - interval '1 day'",
    "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL openbeian.reset = off; TRUNCATE register_service CASCADE",
    "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL openbeian.reset = off; TRUNCATE register_subject CASCADE",
])
def test_raw_sql_cannot_touch_what_a_number_stands_for(statement: str) -> None:
    give()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("value", ["NULL", "cancelled_at + interval '1 day'"])
def test_raw_sql_cannot_restore_a_cancelled_number(value: str) -> None:
    give()
    cancel(appid=APPID, number=NUMBER, order_id=2, actor=AUTHORITY, at=LATER)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE register_service SET cancelled_at = {value}")


def test_key_rotation_may_rewrite_the_sealed_columns() -> None:
    give()
    assert Service.objects.update(sealed=b"other") == 1
    assert Subject.objects.update(sealed=b"other") == 1


def test_a_receiver_that_fails_takes_the_number_back() -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("the shelf is broken")

    service_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            give()
    finally:
        service_changed.disconnect(fail)
    assert (Service.objects.count(), Event.objects.count()) == (0, 0)
