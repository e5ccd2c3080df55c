"""Register and province side by side: what differs is told, and only the province's ids are entered."""

import re
from dataclasses import replace
from typing import Any

import pytest

from openbeian.authority import comparison, queries, verbs
from openbeian.authority.client import ProvinceClient, account
from openbeian.authority.comparison import comparable, differing
from openbeian.authority.models import Lane, ProvinceRecord, Reconciliation, Unmatched
from openbeian.authority.verbs.reconciling import (
    Told,
    begin_resynchronisation,
    mirror,
    mirror_cancelled,
)
from openbeian.filings.models import Order
from openbeian.filings.queries import submitted_dossier
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.regime.actors import Actor, Role
from openbeian.register.models import Service
from openbeian.shelf import queries as shelf
from openbeian.v3 import codec
from tests import samples
from tests.authority.road import (  # noqa: F401
    NUMBER,
    SUBJECT_NUMBER,
    ZHEJIANG,
    approved,
    cancelled,
    cancelling,
    decision,
    filed,
    handed_over,
    province,
    receive_now,
    result,
    state_of,
    submitted,
)

OPERATOR = Actor(Role.OPERATOR, "user:9")
WZID, ZTID = "33000000002", "33000000001"


@pytest.fixture
def order(db, handed_over, province) -> Order:  # noqa: F811
    """A filed order."""
    order = handed_over()
    receive_now(province, result(order.pk), filed(order, at="2023-09-05"))
    order.refresh_from_db()
    assert order.state == "filed"
    ProvinceRecord.objects.all().delete()  # each test says itself what the province told
    return order


def on_file(order: Order, **changes: Any) -> Told:
    """The order's service as the province has it on file."""
    content = comparable(submitted_dossier(order))
    content |= changes.pop("content", {})
    return replace(Told(WZID, ZTID, "", SUBJECT_NUMBER, NUMBER, order.appid, content), **changes)


def tell(*told: Told, everything: bool = False) -> None:
    mirror(province=ZHEJIANG, told=told, at=clock.now(), everything=everything)


def compared() -> list[dict[str, Any]]:
    return verbs.reconcile(province=ZHEJIANG, at=clock.now()).differences


def kinds() -> list[str]:
    return [one["kind"] for one in compared()]


def test_nothing_differs(order):
    tell(on_file(order))
    report = verbs.reconcile(province=ZHEJIANG, at=clock.now())
    assert (report.held, report.told, report.differences, report.repaired) == (1, 1, [], 0)
    assert Event.objects.get(tag="lane:reconciled").data == {"differences": 0, "repaired": 0}


def test_fields_that_differ_are_named_and_never_quoted(order):
    tell(on_file(order, content={"organizer.name": "另一家公司", "service.principal.mobile": "13900000099"}))
    assert compared() == [{
        "kind": "differs", "number": NUMBER, "appid": order.appid, "service_id": WZID,
        "fields": ["organizer.name", "service.principal.mobile"]}]
    assert "另一家公司" not in str(list(Reconciliation.objects.values()) + list(Event.objects.values()))


def test_a_record_as_we_sent_it_has_every_compared_field_and_none_differs(order):
    dossier = submitted_dossier(order)
    theirs = codec.upload_record(order=order, dossier=dossier, appid=order.appid, pictures={
        media: samples.png(60, 90) for media in codec.media_ids(dossier)})
    sent = codec.write_upload([theirs], provider_id=1).replace(b"UploadData", b"DownloadData").replace(b"XZBA", b"BASJ")
    sent = re.sub(rb"<Qqdwid>.*?</Qqdwid>|<Bbfs>1</Bbfs>|<Fj>.*</Fj>", b"", sent, flags=re.DOTALL)
    sent = sent.replace(b"</IspZtid>", b"</IspZtid><Ztid>1</Ztid>").replace(b"</IspWzid>", b"</IspWzid><Wzid>2</Wzid>")
    (filed_record,) = codec.read(sent.replace(b"</Wz_xx>", f"<Baxh>{NUMBER}</Baxh></Wz_xx>".encode("gbk")))
    ours = comparable(submitted_dossier(order))
    assert ours == comparison.on_file(filed_record, filed_record.services[0])
    assert set(ours) == set(comparison.FIELDS)


def test_a_service_the_province_has_and_we_do_not(order):
    tell(on_file(order), on_file(order, service_id="33000000008", service_number="浙ICP备2023000001号-2X", appid="wx9"))
    assert compared() == [{"kind": "missing_here", "number": "浙ICP备2023000001号-2X", "appid": "wx9",
                           "service_id": "33000000008"}]


def test_another_number_is_told_and_not_changed(order):
    tell(on_file(order, service_number="浙ICP备2023000001号-7X"))
    assert compared() == [{"kind": "another_number", "number": NUMBER, "appid": order.appid, "service_id": WZID,
                           "theirs": "浙ICP备2023000001号-7X"}]
    assert Service.objects.get().number == NUMBER


def test_one_cancelled_there_and_in_force_here(order):
    tell(on_file(order))
    mirror_cancelled(province=ZHEJIANG, category=1, key=WZID, at=clock.now())
    assert kinds() == ["cancelled_there"]


def test_one_cancelled_here_and_on_file_there(order):
    from openbeian.authority.verbs.lanes import actor
    from openbeian.register.verbs import cancel

    tell(on_file(order))
    cancel(appid=order.appid, number=NUMBER, order_id=None, actor=actor(ZHEJIANG), at=clock.now())
    assert kinds() == ["cancelled_here"]


def test_a_full_synchronisation_that_leaves_one_out_says_that_it_is_gone(order, at):
    tell(on_file(order))
    begin_resynchronisation(province=ZHEJIANG, at=at("2023-09-06T10:00:00+08:00"))
    assert kinds() == []  # it has only begun to tell
    Lane.objects.update(drained_at=at("2023-09-06T10:01:00+08:00"))
    assert kinds() == ["cancelled_there"]
    tell(on_file(order), everything=True)
    assert kinds() == []


def test_one_never_told_of_is_missing_only_after_a_full_synchronisation(order, at):
    assert kinds() == []
    begin_resynchronisation(province=ZHEJIANG, at=at("2023-09-06T10:00:00+08:00"))
    assert kinds() == ["missing_there"]


def test_the_id_of_an_access_is_entered_and_no_other_is_replaced(order):
    tell(on_file(order, access_id="33000000003"))
    report = verbs.reconcile(province=ZHEJIANG, at=clock.now())
    assert (report.repaired, report.differences) == (1, [])
    assert Service.objects.get().accesses.get().province_access_id == "33000000003"
    tell(on_file(order, access_id="33000000004"))
    assert compared()[0]["kind"] == "another_id"
    assert compared()[0]["fields"] == ["province_access_id"]
    assert Service.objects.get().accesses.get().province_access_id == "33000000003"


def test_what_is_told_of_a_subject_with_one_service_counts_for_its_others(order):
    tell(on_file(order))
    tell(on_file(order, service_id="33000000008", service_number="浙ICP备2023000001号-2X",
                 content={"organizer.name": "改名后的公司"}))
    assert {one["kind"]: one.get("fields") for one in compared()} == {
        "differs": ["organizer.name"], "missing_here": None}


def test_the_desk_sees_the_latest_of_each_province(order):
    tell(on_file(order))
    first, second = (verbs.reconcile_all(at=clock.now())[0] for _ in range(2))
    assert queries.reconciliations() == [second] and first.pk != second.pk


def test_only_what_both_sides_have_is_compared():
    assert differing({"a": "1", "b": "2"}, {"b": "3", "c": "4"}) == ["b"]


# Cancelled by the administration


def test_a_number_the_administration_cancels_by_itself_waits_for_a_person(order, province, at):  # noqa: F811
    receive_now(province, cancelled(WZID))
    (row,) = queries.unmatched()
    assert (row.reason, row.category, row.record_key) == ("cancelled_by_administration", 1, WZID)
    assert Service.objects.get().cancelled_at is None

    at("2023-09-06T10:00:00+08:00")
    assert verbs.apply_cancellation(unmatched_id=row.pk, actor=OPERATOR) == [NUMBER]
    assert verbs.apply_cancellation(unmatched_id=row.pk, actor=OPERATOR) == []
    assert Service.objects.get().cancelled_at == clock.now()
    assert Event.objects.get(tag="register:number:cancelled").actor_id == "authority:330000"
    told = Event.objects.get(tag="lane:apply")
    assert (told.actor_id, told.data) == ("user:9", {"unmatched": row.pk, "numbers": [NUMBER]})
    assert list(queries.unmatched()) == []
    # Told once more, it is known.
    receive_now(province, cancelled(WZID))
    assert list(queries.unmatched()) == []


def test_a_subject_the_administration_cancels_takes_its_services_along(order, province):  # noqa: F811
    receive_now(province, cancelled(ZTID).replace(b"<Zxlb>1<", b"<Zxlb>0<"), cancelled(WZID))
    rows = {row.category: row for row in queries.unmatched()}
    assert sorted(rows) == [0, 1]
    assert verbs.apply_cancellation(unmatched_id=rows[0].pk, actor=OPERATOR) == [SUBJECT_NUMBER, NUMBER]
    assert verbs.apply_cancellation(unmatched_id=rows[1].pk, actor=OPERATOR) == []
    assert Unmatched.objects.filter(applied_at=None).count() == 0


def test_a_number_cancelled_after_an_order_for_it_had_failed_waits_for_a_person_too(order, province, at):  # noqa: F811
    """The order is past; what the administration does later it does by itself."""
    cancel = cancelling(order)
    verbs.hand_over(order_id=cancel.pk)
    receive_now(province, result(WZID, operation=7), decision(WZID, False, "2023-09-05 10:30:00", "材料不全", operation=7))
    assert state_of(cancel) == "authority_rejected"
    receive_now(province, cancelled(WZID))
    (row,) = queries.unmatched()
    assert (row.reason, row.category) == ("cancelled_by_administration", 1)
    assert verbs.apply_cancellation(unmatched_id=row.pk, actor=OPERATOR) == [NUMBER]


def test_a_cancellation_does_not_speak_for_an_order_never_sent(order, province, at):  # noqa: F811
    cancel = cancelling(order)
    verbs.prepare(order_id=cancel.pk, client=ProvinceClient(account(ZHEJIANG)))
    receive_now(province, cancelled(WZID))
    (row,) = queries.unmatched()
    assert (row.reason, state_of(cancel)) == ("cancelled_by_administration", "handover")


def test_an_order_for_a_number_that_ended_with_its_subject_meanwhile_ends_as_well(order, province, at):  # noqa: F811
    cancel = cancelling(order)
    verbs.hand_over(order_id=cancel.pk)
    receive_now(province, result(WZID, operation=7), cancelled(ZTID).replace(b"<Zxlb>1<", b"<Zxlb>0<"))
    (row,) = queries.unmatched()
    assert verbs.apply_cancellation(unmatched_id=row.pk, actor=OPERATOR) == [SUBJECT_NUMBER, NUMBER]
    receive_now(province, cancelled(WZID))
    assert (state_of(cancel), queries.problems().count(), queries.unmatched().count()) == ("cancelled", 0, 0)
    assert Event.objects.filter(tag="register:number:cancelled").count() == 1


def test_a_cancellation_of_what_we_never_had_has_no_button(order, province):  # noqa: F811
    receive_now(province, cancelled("33000000099"))
    (row,) = queries.unmatched()
    assert (row.reason, row.category) == ("unknown_record", None)
    assert verbs.apply_cancellation(unmatched_id=row.pk, actor=OPERATOR) == []


def test_the_gate_shuts_with_it(order, province, at):  # noqa: F811
    at("2024-05-01T10:00:00+08:00")
    receive_now(province, cancelled(WZID))
    (row,) = queries.unmatched()
    verbs.apply_cancellation(unmatched_id=row.pk, actor=OPERATOR)
    assert shelf.gate(appid=order.appid, at=clock.now()).allowed is False
    assert state_of(order) == "filed"
