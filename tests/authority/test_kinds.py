"""All nine kinds of order on their way to a province and back: what is sent, under which key answers come, what they do."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from openbeian.authority import queries, verbs
from openbeian.authority.models import Upload
from openbeian.filings import submission
from openbeian.filings.models import Order
from openbeian.filings.queries import current_document, findings_of, submitted_dossier
from openbeian.ledger import clock
from openbeian.regime.dossier import document
from openbeian.register import queries as register
from openbeian.register.models import Access, Service
from openbeian.review.verbs import approve
from openbeian.v3.wire import EXTENSION
from tests import samples
from tests.authority.province import ProvinceSystem
from tests.authority.road import (  # noqa: F401
    NUMBER,
    SUBJECT_NUMBER,
    ZHEJIANG,
    cancelled,
    decision,
    file,
    province,
    receive_now,
    reports,
    result,
    sms,
    state_of,
    upload_of,
)
from tests.orders import ORGANIZER, REVIEWER, account, with_uploads

APP, OTHER, THIRD = "wx0000000000000001", "wx0000000000000002", "wx0000000000000003"
ZTID, WZID, JRID = "33000000001", "33000000002", "33000000003"
SECOND = f"{SUBJECT_NUMBER}-2X"
CHANGED = {"organizer": {"address": "示例路88号青禾大厦5幢301室"},
           "service": {"description": "本小程序除展示和销售文具外，还提供线下手账课程的报名、查询与退订服务。"}}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, db: None, at: Callable[[str], Any], province: ProvinceSystem) -> None:  # noqa: F811
    picture = samples.png(60, 90)
    monkeypatch.setattr(samples, "png", lambda *size: picture)
    at("2023-09-05T10:00:00+08:00")


def sent(appid: str = APP) -> dict[str, Any]:
    return with_uploads(samples.enterprise_dossier(), appid)


def filing(dossier: dict[str, Any], appid: str = APP) -> Order:
    """A filing of whatever kind its content asks for, approved by the platform and handed over."""
    order = submission.file(appid=appid, document=dossier, account=account(appid, samples.enterprise_dossier()), actor=ORGANIZER)
    return handed_over(order)


def cancellation(kind: str, appid: str = APP) -> Order:
    order = submission.file(
        kind=kind, appid=appid, document={"cancellation": {"reason": 1}},
        account=account(appid, samples.enterprise_dossier()), actor=ORGANIZER)
    return handed_over(order)


def handed_over(order: Order) -> Order:
    approve(order_id=order.pk, reviewer=REVIEWER)
    assert verbs.hand_over(order_id=order.pk).state == "delivered"
    order.refresh_from_db()
    return order


def record(order: Order, *, number: str = NUMBER, wzid: str = WZID, jrid: str = JRID, access_of: Any = None,
           isp: bool = True, at: str = "2023-09-05 10:00:00", service_at: str = "", appid: str = "") -> bytes:
    """The record on file, as the province tells it once the order is approved. ``at``: when it was last reviewed."""
    ours = f"<IspWzid>{order.pk}</IspWzid>" if isp else ""
    subject = f"<IspZtid>{order.pk}</IspZtid>" if isp and order.kind == "first_filing" else ""
    access = f"<mp:EnterpriseAccessId>{access_of}</mp:EnterpriseAccessId>" if access_of else ""
    return file(
        f"<BASJ><Baxx><Zt_xx>{subject}<Ztid>{ZTID}</Ztid><Baxh>{SUBJECT_NUMBER}</Baxh><Shsj>{at}</Shsj></Zt_xx>"
        f"<Wz_xx>{ours}<Wzid>{wzid}</Wzid><mp:MiniProgram xmlns:mp=\"{EXTENSION}\" version=\"1\">"
        f"<mp:AppId>{appid or order.appid}</mp:AppId>{access}<mp:ProvinceAccessId>{jrid}</mp:ProvinceAccessId>"
        f"</mp:MiniProgram><Shsj>{service_at or at}</Shsj><Baxh>{number}</Baxh></Wz_xx></Baxx></BASJ>")


def verified(key: Any, operation: int, *principals: str) -> bytes:
    return reports(*(sms(key, who, "verified", "2023-09-05T10:10:00+08:00", operation) for who in principals))


@pytest.fixture
def filed(province: ProvinceSystem) -> Order:  # noqa: F811
    """A first filing that is through."""
    order = filing(sent())
    receive_now(province, result(order.pk), verified(order.pk, 1, "subject", "service"), record(order))
    order.refresh_from_db()
    assert (order.state, order.province_access_id) == ("filed", JRID)
    return order


def waits_for(order: Order) -> list[str]:
    order.refresh_from_db()
    return sorted(one.principal for one in queries.verifications_of(order) if one.state == "pending")


def changed(filed: Order, *parts: str) -> dict[str, Any]:
    dossier = current_document(filed)
    for part in parts:
        dossier[part] |= CHANGED[part]
    return dossier


# New service


def another(province: ProvinceSystem, appid: str = OTHER) -> Order:  # noqa: F811
    order = filing(sent(appid), appid)
    assert (order.kind, upload_of(order).operation, upload_of(order).record_key) == ("new_service", 2, str(order.pk))
    return order


def test_a_new_service(filed: Order, province: ProvinceSystem) -> None:  # noqa: F811
    order = another(province)
    assert f"<Ztbah>{SUBJECT_NUMBER}</Ztbah>".encode("gbk") in province.uploaded[2]
    accepted = result(SUBJECT_NUMBER, operation=2).replace(
        b"</Jg_xx>", f'<mp:EnterpriseId xmlns:mp="{EXTENSION}">{order.pk}</mp:EnterpriseId></Jg_xx>'.encode())
    receive_now(province, accepted)
    assert (state_of(order), waits_for(order)) == ("sms_pending", ["service"])
    receive_now(province, verified(order.pk, 2, "service"), decision(order.pk, True, "2023-09-05", operation=2),
                record(order, number=SECOND, wzid="33000000012", jrid="33000000013"))
    order.refresh_from_db()
    assert (order.state, order.service_number, order.province_access_id) == ("filed", SECOND, "33000000013")
    assert Service.objects.count() == 2 and queries.unmatched().count() == 0


def test_a_province_without_our_extension_names_a_new_service_by_its_subject(filed: Order, province: ProvinceSystem) -> None:  # noqa: F811
    order = another(province)
    receive_now(province, result(SUBJECT_NUMBER, operation=2))
    assert state_of(order) == "sms_pending"


def test_which_is_not_enough_where_two_wait(filed: Order, province: ProvinceSystem) -> None:  # noqa: F811
    orders = another(province), another(province, THIRD)
    receive_now(province, result(SUBJECT_NUMBER, operation=2))
    assert [state_of(order) for order in orders] == ["handover", "handover"]
    assert queries.unmatched().get().reason == "several_orders"
    # The decision names the order itself, so nothing is lost.
    receive_now(province, decision(orders[1].pk, True, "2023-09-05", operation=2),
                record(orders[1], number=SECOND, wzid="33000000012"))
    assert [state_of(order) for order in orders] == ["handover", "filed"]


def test_one_record_may_tell_of_several_new_services_of_its_subject(filed: Order, province: ProvinceSystem) -> None:  # noqa: F811
    orders = another(province), another(province, THIRD)
    both = [record(order, number=f"{SUBJECT_NUMBER}-{suffix}X", wzid=f"330000000{suffix}2", jrid=f"330000000{suffix}3")
            for suffix, order in enumerate(orders, 2)]
    services = both[1][both[1].index(b"<Wz_xx>"):both[1].index(b"</Baxx>")]
    receive_now(province, both[0].replace(b"</Baxx>", services + b"</Baxx>"))
    assert [state_of(order) for order in orders] == ["filed", "filed"]
    assert sorted(Service.objects.values_list("number", flat=True)) == [f"{SUBJECT_NUMBER}-{n}X" for n in (1, 2, 3)]


# New access


def filed_elsewhere(appid: str = APP) -> dict[str, Any]:
    return sent(appid) | {"existing": {"subject_number": SUBJECT_NUMBER, "service_number": NUMBER}}


def test_a_new_access(province: ProvinceSystem) -> None:  # noqa: F811
    order = filing(filed_elsewhere())
    assert (order.kind, upload_of(order).operation, upload_of(order).record_key) == ("new_access", 3, str(order.pk))
    assert f"<Wzbah>{NUMBER}</Wzbah>".encode("gbk") in province.uploaded[1]
    receive_now(province, result(order.pk, operation=3))
    assert waits_for(order) == ["service"]
    receive_now(province, verified(order.pk, 3, "service"), decision(order.pk, True, "2023-09-05", operation=3),
                record(order, isp=False, access_of=order.pk))
    order.refresh_from_db()
    assert (order.state, order.service_number, order.province_service_id) == ("filed", NUMBER, WZID)
    assert register.standing(appid=APP).service.province_access_id == JRID


@pytest.mark.parametrize("named", [NUMBER, "浙icp备2023000001号-1x"])
def test_a_new_access_may_be_answered_under_its_service_number(province: ProvinceSystem, named: str) -> None:  # noqa: F811
    order = filing(filed_elsewhere())
    receive_now(province, result(named, 1038, operation=3))
    assert (state_of(order), queries.unmatched().count()) == ("returned", 0)


def test_a_number_typed_carelessly_reaches_the_province_in_its_one_form(province: ProvinceSystem) -> None:  # noqa: F811
    order = filing(sent() | {"existing": {"subject_number": "浙icp备2023000001号", "service_number": "浙 icp备2023000001号－1x"}})
    assert (order.kind, order.service_number) == ("new_access", NUMBER)
    assert f"<Wzbah>{NUMBER}</Wzbah>".encode("gbk") in province.uploaded[1]


@pytest.mark.parametrize("filed_at", ["2022-03-04 10:00:00", "2023-09-05 09:59:00"])
def test_a_new_access_begins_when_it_was_granted_and_not_when_the_service_was_filed(
    province: ProvinceSystem, filed_at: str,  # noqa: F811
) -> None:
    order = filing(filed_elsewhere())
    assert clock.now() == datetime.fromisoformat("2023-09-05T10:00:00+08:00")
    receive_now(province, record(order, isp=False, access_of=order.pk, at=filed_at))
    assert state_of(order) == "filed"
    assert Access.objects.get().since == clock.now()


# Changes


@pytest.mark.parametrize("parts, kind, principals", [
    (("organizer",), "change_subject", ["subject"]),
    (("service",), "change_service", ["service"]),
    (("organizer", "service"), "change_both", ["service", "subject"]),
])
def test_a_change(filed: Order, province: ProvinceSystem, at: Callable[[str], Any], parts: tuple[str, ...],  # noqa: F811
                  kind: str, principals: list[str]) -> None:
    at("2023-09-20T10:00:00+08:00")
    dossier = changed(filed, *parts)
    dossier["service"]["principal"]["face_check"] = sent()["service"]["principal"]["face_check"]
    order = filing(dossier)
    assert (order.kind, upload_of(order).operation, upload_of(order).record_key) == (kind, 4, ZTID)
    receive_now(province, result(ZTID, operation=4))
    assert waits_for(order) == principals
    receive_now(province, reports(*(
        sms(ZTID, who, "verified", "2023-09-20T10:10:00+08:00", 4) for who in principals)))
    assert state_of(order) == "authority_review"

    # The record as it was is told again, under another name: that is not the answer.
    receive_now(province, record(filed))
    assert state_of(order) == "authority_review"
    receive_now(province, decision(ZTID, True, "2023-09-20 10:20:00", operation=4), record(
        filed, isp=False, at="2023-09-20 10:20:00"))
    assert state_of(order) == "filed"
    on_file = register.filed_dossier(register.standing(appid=APP))
    wanted = submitted_dossier(order)
    assert (on_file.organizer, on_file.service) == (wanted.organizer, wanted.service)
    assert document(on_file)["organizer"]["address"] == dossier["organizer"]["address"]
    assert (Service.objects.get().number, queries.unmatched().count(), queries.problems().count()) == (NUMBER, 0, 0)


def test_a_change_of_the_subject_is_known_by_the_subjects_date(filed: Order, province: ProvinceSystem,  # noqa: F811
                                                              at: Callable[[str], Any]) -> None:
    """The service was not reviewed again, and the record may come before the decision."""
    at("2023-09-20T10:00:00+08:00")
    order = filing(changed(filed, "organizer"))
    receive_now(province, result(ZTID, operation=4), reports(
        sms(ZTID, "subject", "verified", "2023-09-20T10:10:00+08:00", 4)))
    told = {"isp": False, "at": "2023-09-20 10:20:00", "service_at": "2023-09-05 10:00:00"}
    receive_now(province, record(filed, **told), decision(ZTID, True, "2023-09-20 10:20:00", operation=4))
    assert (state_of(order), queries.unmatched().count()) == ("filed", 0)


def test_what_is_told_again_of_a_change_does_not_touch_the_next_one(filed: Order, province: ProvinceSystem,  # noqa: F811
                                                                    at: Callable[[str], Any]) -> None:
    at("2023-09-20T10:00:00+08:00")
    filing(changed(filed, "organizer"))
    told = record(filed, isp=False, at="2023-09-20 10:20:00", service_at="2023-09-05 10:00:00")
    receive_now(province, result(ZTID, operation=4), decision(ZTID, True, "2023-09-20 10:20:00", operation=4), told)
    at("2023-09-21T10:00:00+08:00")
    dossier = changed(filed, "organizer", "service")
    dossier["service"]["principal"]["face_check"] = sent()["service"]["principal"]["face_check"]
    second = filing(dossier)
    receive_now(province, told)
    assert (second.kind, state_of(second), queries.unmatched().count()) == ("change_service", "handover", 0)


def test_a_change_never_changes_the_number(filed: Order, province: ProvinceSystem, at: Callable[[str], Any]) -> None:  # noqa: F811
    at("2023-09-06T10:00:00+08:00")
    order = filing(changed(filed, "service"))
    receive_now(province, result(ZTID, operation=4),
                record(order, isp=False, number=SECOND, at="2023-09-06 10:20:00"))
    assert state_of(order) == "sms_pending"
    assert queries.problems().get().problem == "FiledRecord: a change does not change the number"


def test_a_refused_change_leaves_the_service_as_it_was(filed: Order, province: ProvinceSystem) -> None:  # noqa: F811
    order = filing(changed(filed, "service"))
    receive_now(province, result(ZTID, operation=4), verified(ZTID, 4, "service"),
                decision(ZTID, False, "2023-09-05 10:20:00", "说明不清楚", operation=4))
    assert state_of(order) == "authority_rejected"
    assert register.standing(appid=APP).service.number == NUMBER


# Cancellations


def test_a_subject_is_cancelled_and_its_services_with_it(filed: Order, province: ProvinceSystem) -> None:  # noqa: F811
    order = cancellation("cancel_subject")
    assert (upload_of(order).operation, upload_of(order).record_key) == (6, ZTID)
    assert b"<Zxlb>0</Zxlb>" in province.uploaded[2]
    receive_now(province, result(ZTID, operation=6))
    assert waits_for(order) == ["subject"]
    receive_now(province, verified(ZTID, 6, "subject"), decision(ZTID, True, "2023-09-05 10:30:00", operation=6),
                cancelled(ZTID).replace(b"<Zxlb>1<", b"<Zxlb>0<"), cancelled(WZID))
    assert state_of(order) == "cancelled"
    assert register.standing(appid=APP).subject_number is None
    assert queries.unmatched().count() == 0  # the services' own records are no news


def test_a_service_is_cancelled(filed: Order, province: ProvinceSystem) -> None:  # noqa: F811
    order = cancellation("cancel_service")
    receive_now(province, result(WZID, operation=7))
    assert waits_for(order) == ["service"]
    receive_now(province, verified(WZID, 7, "service"), cancelled(WZID))
    assert (state_of(order), Service.objects.get().cancelled_at is not None) == ("cancelled", True)


def test_who_verifies_a_cancellation_is_known_without_what_was_registered(filed: Order, province: ProvinceSystem) -> None:  # noqa: F811
    order = cancellation("cancel_service")
    receive_now(province, result(WZID, operation=7))
    for sealed in (b"\x01?" + bytes(40), bytes(order.filed_sealed or b"")[:-1]):
        Order.objects.filter(pk=order.pk).update(filed_sealed=sealed)
        order.refresh_from_db()
        assert [(one.principal, one.mobile) for one in queries.verifications_of(order)] == [("service", "")]


def test_an_access_is_cancelled_and_nobody_verifies(filed: Order, province: ProvinceSystem) -> None:  # noqa: F811
    order = cancellation("cancel_access")
    assert (upload_of(order).operation, upload_of(order).record_key) == (5, JRID)
    assert b"<Zxlb>2</Zxlb>" in province.uploaded[2]
    receive_now(province, result(JRID, operation=5))
    assert (state_of(order), waits_for(order)) == ("authority_review", [])
    receive_now(province, decision(JRID, True, "2023-09-05", operation=5),
                cancelled(JRID).replace(b"<Zxlb>1<", b"<Zxlb>2<"))
    assert (state_of(order), Service.objects.get().cancelled_at) == ("cancelled", None)
    assert register.standing(appid=APP).service is None


def test_an_access_whose_id_the_province_never_told_cannot_be_cancelled_yet(province: ProvinceSystem) -> None:  # noqa: F811
    first = filing(sent())
    receive_now(province, record(first).replace(f"<mp:ProvinceAccessId>{JRID}</mp:ProvinceAccessId>".encode(), b""))
    order = submission.file(
        kind="cancel_access", appid=APP, document={"cancellation": {"reason": 1}},
        account=account(APP, samples.enterprise_dossier()), actor=ORGANIZER)
    approve(order_id=order.pk, reviewer=REVIEWER)
    assert verbs.hand_over(order_id=order.pk) is None
    assert (state_of(order), sorted(province.uploaded)) == ("returned", [1])
    assert [(one.rule, one.field) for one in findings_of(order).filter(source="authority")] == [("OB-WIRE-006", "")]


# Whatever the kind


def test_every_answer_once_more_does_nothing(filed: Order, province: ProvinceSystem) -> None:  # noqa: F811
    from openbeian.ledger.models import Event

    order = cancellation("cancel_access")
    story = [result(JRID, operation=5), decision(JRID, True, "2023-09-05", operation=5),
             cancelled(JRID).replace(b"<Zxlb>1<", b"<Zxlb>2<"), record(filed), result(filed.pk)]
    receive_now(province, *story)
    before = list(Event.objects.values_list("tag", flat=True))
    receive_now(province, *story)
    assert list(Event.objects.values_list("tag", flat=True)) == before
    assert (state_of(order), queries.unmatched().count(), queries.problems().count()) == ("cancelled", 0, 0)
    assert Upload.objects.count() == 2
