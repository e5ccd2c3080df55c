"""Nine kinds of orders, of which nobody has to know the names: what the register says and what is sent decide."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from openbeian.filings import blacklist, errors, orders, submission
from openbeian.filings.guard import trigger_sql
from openbeian.filings.models import Order
from openbeian.filings.queries import account_of, current_document, submitted_dossier
from openbeian.ledger import clock
from openbeian.regime.facts import Approval, BlacklistEntry
from openbeian.regime.lifecycle import Action, OrderKind
from openbeian.regime.quotas import Quotas, services_allowed
from openbeian.register import queries as register
from openbeian.register.models import FormerContent, Service, Subject
from openbeian.review.verbs import approve
from openbeian.shelf.queries import gate
from tests import samples
from tests.orders import AUTHORITY, ORGANIZER, REVIEWER, account, take_action, with_uploads
from tests.register.periods import filing_periods
from tests.wechat.platform import catalogue

pytestmark = pytest.mark.django_db
APP, OTHER = "wx0000000000000001", "wx0000000000000002"
NUMBER = "浙ICP备2023000001号"
BEFORE = "2023-09-05T10:00:00+08:00"


def sent(appid: str = APP, **service: Any) -> dict[str, Any]:
    dossier = with_uploads(samples.enterprise_dossier(), appid)
    dossier["service"].update(service)
    return dossier


def file(dossier: dict[str, Any], appid: str = APP) -> Order:
    return submission.file(appid=appid, document=dossier, account=account(appid, samples.enterprise_dossier()), actor=ORGANIZER)


def cancel(kind: str, appid: str = APP) -> Order:
    return submission.file(
        kind=kind, appid=appid, document={"cancellation": {"reason": 1}},
        account=account(appid, samples.enterprise_dossier()), actor=ORGANIZER)


def decided(order: Order, number: str = f"{NUMBER}-1X") -> Order:
    """Through review and the administration, which says yes."""
    approve(order_id=order.pk, reviewer=REVIEWER)
    for action in (Action.UPLOADED, Action.VERIFIED):
        take_action(order_id=order.pk, action=action, actor=AUTHORITY, at=clock.now())
    if order.kind.startswith("cancel"):
        return take_action(order_id=order.pk, action=Action.ACCEPT, actor=AUTHORITY, at=clock.now())
    suffix = number.rpartition("-")[2]
    yes = Approval(NUMBER, number, "ZT1", f"WZ{suffix}", clock.now(), f"JR{suffix}-{order.pk}")
    return take_action(order_id=order.pk, action=Action.ACCEPT, actor=AUTHORITY, at=clock.now(), outcome=yes)


@pytest.fixture(autouse=True)
def listed(at: Callable[[str], datetime]) -> None:
    at(BEFORE)
    catalogue(*((appid, "青禾文具", "杭州青禾示例科技有限公司", "330000") for appid in (APP, OTHER)))


@pytest.fixture
def filed(at: Callable[[str], datetime]) -> Order:
    at(BEFORE)
    return decided(file(sent()))


def codes(appid: str = APP) -> str:
    return gate(appid).code


def test_a_second_mini_program_of_a_filed_organizer_is_a_new_service(filed: Order) -> None:
    order = file(sent(OTHER), OTHER)
    assert (order.kind, order.subject_number, order.province_subject_id) == ("new_service", NUMBER, "ZT1")
    decided(order, f"{NUMBER}-2X")
    assert (Subject.objects.count(), register.standing(appid=OTHER).services_in_force) == (1, 2)
    assert (codes(), codes(OTHER)) == ("filed", "filed")


def test_a_new_service_does_not_change_the_organizer_by_the_way(filed: Order) -> None:
    dossier = sent(OTHER)
    dossier["organizer"]["address"] = "示例路99号青禾新厦2层"
    dossier["organizer"]["principal"]["emergency_number"] = "13900000009"
    dossier["service"]["principal"]["emergency_number"] = "13900000009"
    with pytest.raises(errors.SubmissionRefused) as refused:
        file(dossier, OTHER)
    assert [(finding.rule, finding.field) for finding in refused.value.findings] == [
        ("OB-NEW-001", "organizer.address"), ("OB-NEW-001", "organizer.principal.emergency_number")]


def test_every_order_stands_alone_where_the_table_of_province_rules_has_one_open_order() -> None:
    assert "NEW.province = ANY (ARRAY['430000']::text[])" in trigger_sql()


def test_orders_that_add_or_cancel_services_run_side_by_side_unless_the_province_takes_one_at_a_time(filed: Order) -> None:
    cancelling = cancel("cancel_service")
    assert file(sent(OTHER), OTHER).kind == "new_service"
    orders.withdraw(order_id=Order.objects.get(appid=OTHER).pk, actor=ORGANIZER)

    with connection.cursor() as cursor:
        cursor.execute(trigger_sql(one_at_a_time=["330000"]))
        cursor.execute("UPDATE filings_order SET version = version WHERE id = %s", [cancelling.pk])
    with pytest.raises(errors.StandsAlone):
        file(sent(OTHER), OTHER)


def changed(filed: Order, **parts: Any) -> dict[str, Any]:
    dossier = current_document(filed)
    for path, value in parts.items():
        owner, _, name = path.partition("__")
        dossier[owner][name] = value
    return dossier


ADDRESS = {"organizer__address": "示例路88号青禾大厦5幢301室"}
PURPOSE = {"service__description": "本小程序除展示和销售文具外，还提供线下手账课程的报名、查询与退订服务。"}


@pytest.mark.parametrize(("parts", "kind"), [
    (ADDRESS, "change_subject"), (PURPOSE, "change_service"), ({**ADDRESS, **PURPOSE}, "change_both")])
def test_what_differs_makes_the_change(filed: Order, parts: dict[str, Any], kind: str) -> None:
    order = file(changed(filed, **parts))
    assert (order.kind, order.service_number, order.province_service_id, codes()) == (
        kind, f"{NUMBER}-1X", "WZ1X", "filed")
    decided(order)
    on_file = register.filed_dossier(register.standing(appid=APP))
    assert on_file == submitted_dossier(order)
    assert (FormerContent.objects.count(), Service.objects.count(), codes()) == (1, 1, "filed")


def test_a_change_that_changes_nothing_or_too_much_is_refused_with_the_reason(filed: Order) -> None:
    for dossier, rule in ((changed(filed), "OB-CHG-002"), (changed(filed, organizer__province="310000"), "OB-CHG-001")):
        with pytest.raises(errors.SubmissionRefused) as refused:
            file(dossier)
        assert rule in {finding.rule for finding in refused.value.findings}
    assert Order.objects.count() == 1


def test_a_change_stays_what_it_is_when_corrected_into_another_sort(filed: Order) -> None:
    order = submission.open_order(kind="change_both", appid=APP, account=account_of(filed), actor=ORGANIZER)
    order = submission.submit(
        order_id=order.pk, document=changed(filed, **ADDRESS), account=account_of(filed), actor=ORGANIZER)
    assert order.kind == "change_subject"
    take_action(order_id=order.pk, action=Action.RETURN, actor=REVIEWER, at=clock.now())
    order = submission.submit(
        order_id=order.pk, document=changed(filed, **PURPOSE), account=account_of(filed), actor=ORGANIZER)
    assert order.kind == "change_service"


def test_cancelling_the_access_closes_the_shelf_here_and_the_number_may_come_back(
    filed: Order, at: Callable[[str], datetime]
) -> None:
    at("2023-10-01T10:00:00+08:00")
    decided(cancel("cancel_access"))
    assert codes() == "filing_cancelled"
    service = Service.objects.get()
    assert service.cancelled_at is None

    at("2023-10-05T10:00:00+08:00")
    back = file(sent())
    assert (back.kind, back.service_number) == ("new_access", f"{NUMBER}-1X")
    decided(back)
    assert (codes(), Service.objects.count(), service.accesses.count()) == ("filed", 1, 2)
    assert [(p.number, p.cancelled_at is None) for p in filing_periods(APP).periods] == [
        (f"{NUMBER}-1X", False), (f"{NUMBER}-1X", True)]


def test_what_was_filed_through_another_provider_gets_a_new_access(at: Callable[[str], datetime]) -> None:
    at(BEFORE)
    dossier = sent()
    dossier["existing"] = {"subject_number": NUMBER, "service_number": f"{NUMBER}-7X"}
    order = file(dossier)
    assert (order.kind, order.subject_number, order.service_number) == ("new_access", NUMBER, f"{NUMBER}-7X")
    decided(order, f"{NUMBER}-7X")
    assert (codes(), register.standing(appid=APP).service.number) == ("filed", f"{NUMBER}-7X")


def test_cancelling_the_subject_cancels_all_its_services(filed: Order, at: Callable[[str], datetime]) -> None:
    decided(file(sent(OTHER), OTHER), f"{NUMBER}-2X")
    at("2023-10-01T10:00:00+08:00")
    decided(cancel("cancel_subject"))
    assert (codes(), codes(OTHER)) == ("filing_cancelled", "filing_cancelled")
    assert Subject.objects.get().cancelled_at == clock.now()
    # Filed anew, the organizer is a new subject; the old number never comes back.
    assert file(sent()).kind == "first_filing"


def test_a_cancelled_subject_is_not_restored(filed: Order) -> None:
    decided(cancel("cancel_subject"))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE register_subject SET cancelled_at = NULL")


@pytest.mark.parametrize("kind", ["change_both", "cancel_service", "cancel_access", "cancel_subject"])
def test_what_is_not_filed_can_be_neither_changed_nor_cancelled(kind: str, at: Callable[[str], datetime]) -> None:
    at(BEFORE)
    with pytest.raises(errors.KindNotAllowed):
        submission.open_order(kind=kind, appid=APP, account=account(APP, samples.enterprise_dossier()), actor=ORGANIZER)


STANDS_ALONE = {"first_filing", "change_subject", "change_service", "change_both", "cancel_subject"}


@pytest.mark.parametrize("second", sorted(OrderKind))
@pytest.mark.parametrize("first", sorted(OrderKind))
def test_the_database_keeps_apart_what_must_stand_alone(first: str, second: str, filed: Order) -> None:
    def add(kind: str, appid: str) -> None:
        Order.objects.create(kind=kind, appid=appid, organizer=filed.organizer, opened_at=clock.now(), opened_by="x",
                             state_since=clock.now())

    add(first, "wx00000000000000a1")
    if {first, second} & STANDS_ALONE:
        with pytest.raises(IntegrityError), transaction.atomic():
            add(second, "wx00000000000000a2")
    else:
        add(second, "wx00000000000000a2")


@pytest.mark.parametrize(("organizer_type", "certificate", "limit"), [
    (5, "110105199001011237", 5), (4, "92330106MA2B001152", 5), (4, "91330106MA2B001152", 50), (2, "113301060000000000", 50)])
def test_how_many_services_an_organizer_may_have(organizer_type: int, certificate: str, limit: int) -> None:
    assert services_allowed(organizer_type, certificate, Quotas()) == limit


def test_beyond_the_quota_which_the_operator_sets_nothing_is_opened(filed: Order, settings: Any) -> None:
    assert Quotas() == settings.OPENBEIAN_FILINGS_PER_SUBJECT
    settings.OPENBEIAN_FILINGS_PER_SUBJECT = Quotas(unit=2)
    file(sent(OTHER), OTHER)
    with pytest.raises(errors.QuotaReached):
        file(sent("wx0000000000000003"), "wx0000000000000003")
    assert Order.objects.count() == 2


def test_a_passport_and_a_permit_with_the_same_digits_belong_to_two_organizers() -> None:
    def organizer(certificate_type: int, number: str) -> int | None:
        dossier = samples.individual_dossier()
        dossier["organizer"]["certificate"] |= {"type": certificate_type, "number": number}
        return submission.judge(appid=APP, document=dossier, account=account(APP, dossier)).organizer_id

    assert organizer(11, "12345678") == organizer(11, "1234 5678")
    assert organizer(7, "12345678") != organizer(11, "12345678")


def black(operation: str = "add", **changes: Any) -> None:
    dossier = samples.enterprise_dossier()["organizer"]
    entry = BlacklistEntry(**{
        "list": "subject", "operation": operation, "province": "330000", "record_id": "H1", "name": dossier["name"],
        "certificate_type": 1, "certificate_number": dossier["certificate"]["number"], **changes})
    blacklist.update(entries=[entry], actor=AUTHORITY, at=clock.now())


def test_who_is_blacklisted_cannot_file_until_taken_off(at: Callable[[str], datetime]) -> None:
    at(BEFORE)
    black()
    dossier = sent()
    with pytest.raises(errors.SubmissionRefused) as refused:
        file(dossier)
    assert [(f.rule, f.field) for f in refused.value.findings] == [("OB-BLK-001", "organizer.name")]
    black("remove")
    assert file(dossier).state == "platform_review"


def test_an_order_under_review_shows_a_blacklist_that_hits_it_once(at: Callable[[str], datetime]) -> None:
    at(BEFORE)
    order = file(sent())
    for _ in range(2):
        black(list="service", name="青禾文具", certificate_number="", certificate_type=None, record_id="S1")
    assert list(order.findings.values_list("rule", "field", "source")) == [("OB-BLK-001", "service.name", "authority")]


def test_the_kind_of_a_submitted_order_stays(filed: Order) -> None:
    order = file(changed(filed, **ADDRESS))
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(kind="change_both")


def test_a_change_waits_for_its_twenty_days_while_the_service_runs(filed: Order, at: Callable[[str], datetime]) -> None:
    file(changed(filed, **PURPOSE))
    at((clock.now() + timedelta(days=20)).isoformat())
    assert codes() == "filed"
