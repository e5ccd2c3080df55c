"""Orders told as stories: what an organizer does, and what the platform answers."""

import pytest
from django.db import IntegrityError, connection, transaction

from openbeian import vault
from openbeian.filings import blacklist, errors, models, orders, queries, submission
from openbeian.filings.models import Dossier, Order
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.regime.actors import CLOCK
from openbeian.regime.dossier import document
from openbeian.regime.facts import BlacklistEntry
from openbeian.regime.lifecycle import Action, State, allowed_pairs
from openbeian.review import verbs as review
from tests import samples
from tests.orders import (  # noqa: F401
    AUTHORITY,
    ORGANIZER,
    REVIEWER,
    account,
    damage_snapshot,
    submitted,
    take_action,
    with_uploads,
)

pytestmark = pytest.mark.django_db
APPID = "wx0000000000000001"


def test_a_filing_from_submission_to_return_and_back(submitted, at) -> None:
    order = submitted()
    assert (order.state, order.dossier_number, order.province) == (State.PLATFORM_REVIEW, 1, "330000")
    at("2023-09-06T14:00:00+08:00")
    review.return_for_completion(order_id=order.pk, reviewer=REVIEWER, findings=[
        review.ReviewFinding("service.description", "太简单", "写明实际业务"),
        review.ReviewFinding("organizer.certificate.photo", "四角不全", "重新拍摄")])
    order.refresh_from_db()
    assert order.state == State.RETURNED
    assert [(f.field, f.source, f.dossier_number) for f in queries.findings_of(order)] == [
        ("service.description", "reviewer", 1), ("organizer.certificate.photo", "reviewer", 1)]
    first = queries.current_document(order)
    at("2023-09-07T09:00:00+08:00")
    description = "写明本公司自产文具与办公用品的展示、销售、下单与售后服务。"
    corrected = first | {"service": first["service"] | {"description": description}}
    submission.file(appid=APPID, document=corrected, account=account(APPID, corrected), actor=ORGANIZER)
    order.refresh_from_db()
    assert (order.state, order.dossier_number) == (State.PLATFORM_REVIEW, 2)
    assert document(queries.submitted_dossier(order, 1)) == first
    assert document(queries.submitted_dossier(order, 2)) == corrected
    assert [(e.tag, e.data["from"], e.data["to"]) for e in queries.timeline(order)] == [
        ("order:open", None, "draft"),
        ("order:submit", "draft", "platform_review"),
        ("order:return", "platform_review", "returned"),
        ("order:submit", "returned", "platform_review"),
    ]


def test_a_refused_submission_names_everything_and_leaves_nothing(at) -> None:
    at("2023-09-05T10:00:00+08:00")
    dossier = with_uploads(samples.enterprise_dossier(), APPID)
    who = account(APPID, dossier)
    dossier["service"]["description"] = "短"
    dossier["organizer"]["principal"]["mobile"] = "123"
    dossier["organizer"]["name"] = "另一家示例公司"
    events = Event.objects.count()
    with pytest.raises(errors.SubmissionRefused) as refused:
        submission.file(appid=APPID, document=dossier, account=who, actor=ORGANIZER)
    assert {"service.description", "organizer.principal.mobile", "organizer.name"} <= {
        finding.field for finding in refused.value.findings}
    assert (Order.objects.count(), Event.objects.count()) == (0, events)


def test_nothing_to_cancel_without_a_number(at) -> None:
    at("2023-09-05T10:00:00+08:00")
    with pytest.raises(errors.KindNotAllowed):
        submission.open_order(
            kind="cancel_service", appid=APPID, account=account(APPID, samples.enterprise_dossier()), actor=ORGANIZER)


def test_a_stale_version_changes_nothing(submitted) -> None:
    order = submitted()
    with pytest.raises(errors.Conflict) as conflict:
        review.approve(order_id=order.pk, reviewer=REVIEWER, version=order.version - 1)
    assert conflict.value.state == State.PLATFORM_REVIEW
    order.refresh_from_db()
    assert order.state == State.PLATFORM_REVIEW


def test_a_second_app_of_the_same_organizer_must_wait_for_the_first_filing(submitted) -> None:
    submitted()
    with pytest.raises(errors.StandsAlone):
        submitted(appid="wx0000000000000002")
    assert Order.objects.count() == 1


def test_an_idle_return_expires_after_sixty_days_and_can_be_reactivated(submitted, at) -> None:
    order = submitted()
    review.return_for_completion(order_id=order.pk, reviewer=REVIEWER,
                                 findings=[review.ReviewFinding("organizer.name", "不符", "改正")])
    assert orders.expire_idle(at=at("2023-11-04T09:59:59+08:00")) == 0
    assert orders.expire_idle(at=at("2023-11-04T10:00:00+08:00")) == 1
    assert orders.expire_idle(at=at("2023-11-04T10:00:01+08:00")) == 0
    order = orders.reactivate(order_id=order.pk, actor=ORGANIZER)
    assert order.state == State.DRAFT


def test_a_withdrawn_order_makes_room(submitted) -> None:
    order = submitted()
    orders.withdraw(order_id=order.pk, actor=ORGANIZER)
    assert submitted(instant="2023-09-06T10:00:00+08:00").pk != order.pk


@pytest.fixture
def lapsed(submitted, at) -> Order:
    order = submitted()
    review.approve(order_id=order.pk, reviewer=REVIEWER)
    take_action(order_id=order.pk, action=Action.UPLOADED, actor=AUTHORITY, at=at("2023-09-06T10:00:00+08:00"))
    take_action(order_id=order.pk, action=Action.LAPSED, actor=CLOCK, at=at("2023-09-07T10:00:00+08:00"))
    return order


def test_after_a_lapse_an_unchanged_dossier_skips_the_platforms_review(lapsed) -> None:
    dossier = queries.current_document(lapsed)
    order = submission.file(appid=APPID, document=dossier, account=account(APPID, dossier), actor=ORGANIZER)
    assert (order.state, order.dossier_number) == (State.HANDOVER, 1)


def test_after_a_lapse_a_dossier_with_a_damaged_snapshot_is_reviewed_again(lapsed) -> None:
    dossier = queries.current_document(lapsed)
    damage_snapshot(lapsed)
    order = submission.file(appid=APPID, document=dossier, account=account(APPID, dossier), actor=ORGANIZER)
    assert (order.state, order.dossier_number) == (State.PLATFORM_REVIEW, 2)
    assert queries.current_document(order) == dossier


def entry(**named: str) -> BlacklistEntry:
    return BlacklistEntry(operation="add", province="330000", record_id="4", **{
        "list": "subject", "name": "", "certificate_type": None, "certificate_number": "", **named})


def test_a_blacklist_takes_effect_beside_an_order_of_which_nothing_can_be_read(submitted, at) -> None:
    order = submitted()
    damage_snapshot(order)
    Order.objects.update(account_sealed=b"damaged")
    at("2023-09-05T11:00:00+08:00")
    assert blacklist.update(entries=[entry(name="失信公司")], actor=AUTHORITY, at=clock.now()) == 1
    assert list(queries.findings_of(order)) == []


@pytest.mark.parametrize(("line", "hits"), [
    ({"name": "失信公司", "certificate_number": samples.enterprise_dossier()["organizer"]["certificate"]["number"]}, True),
    ({"name": samples.enterprise_dossier()["organizer"]["name"]}, True), ({"list": "service", "name": "青禾文具"}, True),
    ({"name": "失信公司"}, False), ({"list": "service", "name": "另一个小程序"}, False)])
def test_a_blacklist_finds_an_order_with_a_damaged_snapshot_by_what_is_stored_beside_it(submitted, at, line, hits) -> None:
    order = submitted()
    damage_snapshot(order)
    blacklist.update(entries=[entry(**line)], actor=AUTHORITY, at=at("2023-09-05T11:00:00+08:00"))
    assert [finding.rule for finding in queries.findings_of(order)] == ["OB-BLK-001"] * hits


@pytest.mark.parametrize("source", State)
def test_the_database_refuses_every_pair_that_is_not_in_the_table(submitted, source) -> None:
    """Raw SQL, past all code: the trigger alone decides."""
    order = submitted()
    with connection.cursor() as cursor:
        for target in State:
            if target == source:
                continue
            cursor.execute("SET session_replication_role = replica")  # no trigger fires
            cursor.execute("UPDATE filings_order SET state = %s WHERE id = %s", [source, order.pk])
            cursor.execute("SET session_replication_role = origin")
            statement = "UPDATE filings_order SET state = %s, version = version + 1 WHERE id = %s"
            try:
                with transaction.atomic():
                    cursor.execute(statement, [target, order.pk])
                allowed = True
            except IntegrityError:
                allowed = False
            assert allowed == (("first_filing", source, target) in allowed_pairs()), (source, target)


def test_a_submitted_dossier_cannot_be_altered_or_removed(submitted) -> None:
    order = submitted()
    with pytest.raises(IntegrityError), transaction.atomic():
        Dossier.objects.filter(order=order).update(ruleset_version="other")
    with pytest.raises(IntegrityError), transaction.atomic():
        Dossier.objects.filter(order=order).delete()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM filings_order WHERE id = %s", [order.pk])


def test_keys_can_be_rotated_under_a_submitted_dossier(submitted, settings) -> None:
    order = submitted()
    before = queries.submitted_dossier(order)
    settings.OPENBEIAN_KEYS = settings.OPENBEIAN_KEYS | {
        "current": "k2", "keys": settings.OPENBEIAN_KEYS["keys"] | {"k2": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}}
    row = Dossier.objects.get(order=order)
    old = bytes(row.sealed)
    Dossier.objects.filter(pk=row.pk).update(sealed=vault.reseal(old, purpose=models.DOSSIER))
    row.refresh_from_db()
    assert bytes(row.sealed) != old
    assert queries.submitted_dossier(order) == before


def test_nothing_personal_is_readable_in_the_tables(submitted) -> None:
    order = submitted()
    dossier = queries.current_document(order)
    person = dossier["organizer"]["principal"]
    for secret in (person["name"], person["mobile"], person["certificate"]["number"], dossier["organizer"]["name"]):
        for table in ("filings_order", "filings_dossier", "filings_material", "ledger_event", "filings_organizer"):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s OR t::text LIKE %s",
                               [f"%{secret}%", f"%{secret.encode().hex()}%"])
                assert cursor.fetchone()[0] == 0, (table,)


def test_a_first_filing_cannot_pass_itself_off_as_a_cancellation(at) -> None:
    at("2023-09-05T10:00:00+08:00")
    with pytest.raises(errors.SubmissionRefused):
        submission.file(
            appid=APPID, document={"cancellation": {"reason": 1}}, account=account(APPID, samples.enterprise_dossier()),
            actor=ORGANIZER)
    assert Order.objects.count() == 0


def test_a_reference_that_no_key_can_be_is_a_finding(at) -> None:
    at("2023-09-05T10:00:00+08:00")
    dossier = with_uploads(samples.enterprise_dossier(), APPID)
    dossier["organizer"]["certificate"]["photo"] = "\u0000"
    dossier["service"]["principal"]["face_check"] = "\u0000" * 3
    with pytest.raises(errors.SubmissionRefused) as refused:
        submission.file(appid=APPID, document=dossier, account=account(APPID, dossier), actor=ORGANIZER)
    assert {"organizer.certificate.photo", "service.principal.face_check"} <= {f.field for f in refused.value.findings}
