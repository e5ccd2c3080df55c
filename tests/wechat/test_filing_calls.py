"""The filing calls, told as a service provider lives them."""

from collections.abc import Callable

import pytest

from openbeian.authority.models import Challenge, Upload
from openbeian.filings import submission
from openbeian.filings.evidence import finish_face_check
from openbeian.filings.models import Order
from openbeian.filings.queries import filed_dossier, open_order_of, submitted_dossier
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.regime.actors import Actor, Role
from openbeian.regime.differences import differences
from openbeian.regime.findings import Finding, Severity
from openbeian.regime.lifecycle import Action
from openbeian.review.verbs import ReviewFinding, return_for_completion
from openbeian.shelf.queries import account, gate
from tests.orders import ORGANIZER, REVIEWER
from tests.wechat.bodies import put
from tests.wechat.platform import (
    APPID,
    OPERATOR,
    Platform,
    authority_accepts,
    authority_moves,
    catalogue,
    filed,
    reviewer_approves,
    reviewer_returns,
)

pytestmark = pytest.mark.django_db
OK = {"errcode": 0, "errmsg": "ok"}


def code(answer: dict) -> int:
    return answer["errcode"]


def test_from_application_to_number_to_deregistration(platform: Platform) -> None:
    assert platform.status() == {"status": 1024, "is_canceling": False, "available": 1}
    body = platform.complete_body()
    assert platform.post("apply_icp_filing", body) == OK
    assert platform.status()["status"] == 2
    assert code(platform.post("apply_icp_filing", body)) == 86324
    reviewer_approves()
    assert platform.status() == {"status": 4, "is_canceling": False, "available": 1, "sms_verify_status": 1}
    assert code(platform.post("cancel_apply_icp_filing")) == 86330
    authority_moves(Action.UPLOADED)
    assert platform.status()["sms_verify_status"] == 1
    authority_moves(Action.VERIFIED)
    assert platform.status()["sms_verify_status"] == 2
    assert code(platform.post("cancel_icp_filing", {"cancel_type": 2})) == 86353


def test_a_filed_mini_program_is_deregistered(platform: Platform) -> None:
    body = platform.complete_body()
    platform.post("apply_icp_filing", body)
    filed()
    assert platform.status() == {"status": 6, "is_canceling": False, "available": 1}
    assert [(hint["errcode"], hint["err_field"]) for hint in platform.post("apply_icp_filing", body)["hints"]] == [
        (86411, "icp_applets.base_info.comment")]
    assert platform.post("cancel_icp_filing", {"cancel_type": 2, "reason_type": 2}) == OK
    assert platform.status() == {
        "status": 6, "is_canceling": True, "available": 1, "cancel_order": {"status": 2}}
    assert code(platform.post("cancel_icp_filing", {"cancel_type": 2})) == 86324
    assert code(platform.post("cancel_apply_icp_filing")) == 86330
    reviewer_approves()
    for action in (Action.UPLOADED, Action.VERIFIED, Action.ACCEPT):
        assert platform.status()["is_canceling"] is True
        authority_moves(action)
    assert platform.status() == {"status": 1024, "is_canceling": False, "available": 1}
    assert code(platform.get("get_online_icp_order")) == 86328
    assert code(platform.post("cancel_icp_filing", {"cancel_type": 2})) == 86353


def test_a_deregistration_whose_sms_lapses_ends_and_can_be_asked_for_again(platform: Platform) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    filed()
    platform.post("cancel_icp_filing", {"cancel_type": 3})
    reviewer_approves()
    authority_moves(Action.UPLOADED)
    authority_moves(Action.LAPSED)
    assert platform.status() == {
        "status": 6, "is_canceling": False, "available": 1, "cancel_order": {"status": 4, "sms_verify_status": 3}}
    assert platform.post("cancel_icp_filing", {"cancel_type": 2}) == OK
    assert platform.status()["is_canceling"] is True
    assert list(Order.objects.order_by("pk").values_list("kind", "state")) == [
        ("first_filing", "filed"), ("cancel_access", "withdrawn"), ("cancel_service", "platform_review")]


def test_a_filed_mini_program_is_changed_and_stays_filed_meanwhile(platform: Platform) -> None:
    body = platform.complete_body()
    platform.post("apply_icp_filing", body)
    filed()
    put(body, "icp_applets.base_info.comment", "本小程序除展示和销售文具外，还提供线下手账课程的报名、查询与退订服务。")
    assert platform.post("apply_icp_filing", body) == OK
    assert (Order.objects.latest("pk").kind, gate(APPID).code) == ("change_service", "filed")
    assert platform.status() == {
        "status": 6, "is_canceling": False, "available": 1, "change_order": {"status": 2}}
    assert platform.post("cancel_apply_icp_filing") == OK
    assert platform.status() == {"status": 6, "is_canceling": False, "available": 1}


def test_a_change_that_was_refused_is_abandoned_so_that_the_filing_can_be_cancelled(platform: Platform) -> None:
    body = platform.complete_body()
    platform.post("apply_icp_filing", body)
    filed()
    put(body, "icp_applets.base_info.comment", "本小程序除展示和销售文具外，还提供线下手账课程的报名、查询与退订服务。")
    assert platform.post("apply_icp_filing", body) == OK
    reviewer_approves()
    authority_moves(Action.UPLOADED)
    blocked = platform.post("cancel_icp_filing", {"cancel_type": 2})
    assert (blocked["errcode"], "变更服务，待短信核验。请等待其办结" in blocked["errmsg"]) == (86358, True)
    assert code(platform.post("cancel_apply_icp_filing")) == 86330
    authority_moves(Action.VERIFIED)
    authority_moves(Action.REFUSE, outcome=(
        Finding("", Severity.BLOCKS, "service.description", "与主体经营范围不符。", "", "请说明业务关系。", "", "管局审核"),))
    status = platform.status()
    assert (status["status"], status["change_order"]["status"]) == (6, 5)
    assert status["change_order"]["audit_data"][0]["error"] == "与主体经营范围不符。"
    blocked = platform.post("cancel_icp_filing", {"cancel_type": 2})
    assert (blocked["errcode"], "cancel_apply_icp_filing" in blocked["errmsg"]) == (86358, True)
    assert platform.post("cancel_apply_icp_filing") == OK
    assert platform.post("cancel_icp_filing", {"cancel_type": 2}) == OK


def test_a_deregistration_that_comes_back_says_why_beside_the_filing_and_can_be_abandoned(platform: Platform) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    filed()
    platform.post("cancel_icp_filing", {"cancel_type": 2})
    return_for_completion(order_id=open_order_of(APPID).pk, reviewer=REVIEWER, findings=[
        ReviewFinding("cancellation.reason", "与实际不符", "请改选注销原因")])
    assert platform.status() == {
        "status": 6, "is_canceling": False, "available": 1, "cancel_order": {"status": 3, "audit_data": [
            {"key_name": "注销原因", "error": "与实际不符", "suggest": "请改选注销原因"}]}}
    platform.post("cancel_icp_filing", {"cancel_type": 2, "reason_type": 2})
    reviewer_approves()
    for action in (Action.UPLOADED, Action.VERIFIED):
        authority_moves(action)
    authority_moves(Action.REFUSE, outcome=(
        Finding("", Severity.BLOCKS, "cancellation.reason", "理由不成立。", "", "请说明理由。", "", "管局审核"),))
    assert platform.status() == {
        "status": 6, "is_canceling": False, "available": 1, "cancel_order": {"status": 5, "audit_data": [
            {"key_name": "注销原因", "error": "理由不成立。", "suggest": "请说明理由。"}]}}
    assert platform.post("cancel_apply_icp_filing") == OK
    assert platform.status() == {"status": 6, "is_canceling": False, "available": 1}


def test_a_draft_of_the_portal_is_abandoned_by_api(platform: Platform) -> None:
    submission.open_order(kind="first_filing", appid=APPID, account=account(APPID), actor=ORGANIZER)
    assert platform.post("cancel_apply_icp_filing") == OK
    assert Order.objects.get().state == "withdrawn"


def test_who_has_verified_by_sms_is_answered_by_role_with_a_masked_number(platform: Platform) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    reviewer_approves()
    order = Order.objects.get()
    authority_moves(Action.UPLOADED)
    upload = Upload.objects.create(
        province="330000", sequence=1, operation=1, record_key=str(order.pk), sealed=b"x", created_at=clock.now(), order=order)
    for principal, state in (("subject", "verified"), ("service", "pending")):
        Challenge.objects.create(
            order=order, upload=upload, principal=principal, state=state, due_at=clock.now(), at=clock.now())
    assert platform.status()["sms_verify_list"] == [
        {"principal": "subject", "mobile": "13*******01", "status": 2},
        {"principal": "service", "mobile": "13*******01", "status": 1}]
    authority_moves(Action.LAPSED)
    body = platform.complete_body()
    put(body, "icp_subject.principal_info.mobile", "13900000077")
    assert platform.post("apply_icp_filing", body) == OK
    reviewer_approves()
    assert platform.status() == {"status": 4, "is_canceling": False, "available": 1, "sms_verify_status": 1}


def test_a_mini_program_renamed_since_is_a_change_for_the_name_alone(platform: Platform) -> None:
    body = platform.complete_body()
    platform.post("apply_icp_filing", body)
    filed()
    catalogue((APPID, "青禾文具馆", "杭州青禾示例科技有限公司", "330000"))
    assert platform.get("get_online_icp_order")["icp_applets"][0]["base_info"]["name"] == "青禾文具"
    assert platform.post("apply_icp_filing", body) == OK
    order = Order.objects.latest("pk")
    assert (order.kind, differences(filed_dossier(order), submitted_dossier(order))) == ("change_service", ("service.name",))


def test_the_same_pictures_uploaded_anew_and_a_new_face_check_are_no_change(platform: Platform) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    reviewer_approves()
    authority_moves(Action.UPLOADED)
    authority_moves(Action.LAPSED)
    assert platform.post("apply_icp_filing", platform.complete_body()) == OK
    assert list(Order.objects.values_list("state", "dossier_number")) == [("handover", 1)]
    authority_moves(Action.UPLOADED)
    authority_moves(Action.VERIFIED)
    authority_accepts()
    assert [hint["errcode"] for hint in platform.post("apply_icp_filing", platform.complete_body())["hints"]] == [86411]


def test_a_filed_mini_program_is_not_changed_to_another_organizer(platform: Platform) -> None:
    body = platform.complete_body()
    assert platform.post("apply_icp_filing", body)["errcode"] == 0
    filed()
    put(body, "icp_subject.organize_info.certificate_number", "91110105MA00000112")
    hints = platform.post("apply_icp_filing", body)["hints"]
    assert (86411, "icp_subject.organize_info.certificate_number") in [
        (hint["errcode"], hint["err_field"]) for hint in hints]


def test_what_may_be_cancelled_and_why(platform: Platform) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    filed()
    for body, errcode in (
        ({}, 40097), ({"cancel_type": 4}, 40097), ({"cancel_type": 2, "reason_type": 3}, 40097),
        ({"cancel_type": True}, 40097), ({"cancel_type": "1", "reason_type": 0}, 0),
    ):
        assert code(platform.post("cancel_icp_filing", body)) == errcode


def test_a_returned_application_says_why_and_is_sent_again(platform: Platform) -> None:
    body = platform.complete_body()
    platform.post("apply_icp_filing", body)
    reviewer_returns()
    info = platform.status()
    assert info["status"] == 3
    assert info["audit_data"] == [
        {"key_name": "主办者通信地址", "error": "地址不详", "suggest": "补充门牌号"},
        {"key_name": "小程序负责人手机号码", "error": "无法接通", "suggest": "换一个能接通的号码"},
    ]
    put(body, "icp_subject.base_info.address", "示例路88号青禾大厦3幢1202室")
    assert platform.post("apply_icp_filing", body) == OK
    assert platform.status() == {"status": 2, "is_canceling": False, "available": 1}
    assert Order.objects.get(appid=APPID).dossier_number == 2


def test_a_rejection_by_the_administration_says_why(platform: Platform) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    reviewer_approves()
    authority_moves(Action.UPLOADED)
    authority_moves(Action.VERIFIED)
    opinion = Finding("", Severity.BLOCKS, "service.description", "与主体经营范围不符。", "", "请说明业务关系。", "", "管局审核")
    authority_moves(Action.REFUSE, outcome=(opinion,))
    info = platform.status()
    assert info["status"] == 5
    assert info["audit_data"] == [
        {"key_name": "服务描述", "error": "与主体经营范围不符。", "suggest": "请说明业务关系。"}]


def test_withdrawing_ends_the_order_and_the_way_is_free_again(platform: Platform) -> None:
    assert code(platform.post("cancel_apply_icp_filing")) == 86368
    body = platform.complete_body()
    platform.post("apply_icp_filing", body)
    assert platform.post("cancel_apply_icp_filing", {}) == OK
    assert platform.status()["status"] == 1024
    assert code(platform.post("cancel_apply_icp_filing", {})) == 86368
    assert platform.post("apply_icp_filing", body) == OK
    assert Order.objects.filter(appid=APPID).count() == 2


def test_after_lapsed_sms_the_same_dossier_goes_straight_to_the_administration(platform: Platform) -> None:
    body = platform.complete_body()
    platform.post("apply_icp_filing", body)
    for _ in range(2):
        order = Order.objects.get(appid=APPID)
        if order.state == "platform_review":
            reviewer_approves()
        authority_moves(Action.UPLOADED)
        authority_moves(Action.LAPSED)
        assert platform.status()["sms_verify_status"] == 3
        assert platform.post("apply_icp_filing", body) == OK
        order.refresh_from_db()
        assert (order.state, order.dossier_number) == ("handover", 1)


@pytest.mark.parametrize(("path", "value", "code_of_hint"), [
    ("icp_materials.commitment_letter", 5, 86372), ("icp_subject.base_info.comment", "\0", 86372),
    ("icp_applets.principal_info.verify_task_id", "no-such-task", 86383)])
def test_after_lapsed_sms_a_dossier_with_a_fault_is_refused_as_at_any_time(
    platform: Platform, path: str, value: object, code_of_hint: int
) -> None:
    body = platform.complete_body()
    platform.post("apply_icp_filing", body)
    reviewer_approves()
    authority_moves(Action.UPLOADED)
    authority_moves(Action.LAPSED)
    put(body, path, value)
    answer = platform.post("apply_icp_filing", body)
    assert (answer["errcode"], answer["hints"][0]["errcode"]) == (86202, code_of_hint)
    assert Order.objects.get(appid=APPID).state == "sms_lapsed"


def test_after_lapsed_sms_another_reason_of_a_deregistration_counts(platform: Platform) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    filed()
    platform.post("cancel_icp_filing", {"cancel_type": 2, "reason_type": 1})
    reviewer_approves()
    authority_moves(Action.UPLOADED)
    authority_moves(Action.LAPSED)
    assert platform.post("cancel_icp_filing", {"cancel_type": 2, "reason_type": 2}) == OK
    order = Order.objects.latest("pk")
    assert (order.state, order.dossier_number) == ("platform_review", 2)
    assert submitted_dossier(order).cancellation.reason == 2


def test_a_refused_deregistration_gives_way_to_one_of_another_kind(platform: Platform) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    filed()
    platform.post("cancel_icp_filing", {"cancel_type": 2})
    reviewer_approves()
    for action in (Action.UPLOADED, Action.VERIFIED):
        authority_moves(action)
    authority_moves(Action.REFUSE, outcome=(
        Finding("", Severity.BLOCKS, "cancellation.reason", "理由不成立。", "", "请说明理由。", "", "管局审核"),))
    assert platform.post("cancel_icp_filing", {"cancel_type": 1}) == OK
    assert list(Order.objects.order_by("pk").values_list("kind", "state"))[1:] == [
        ("cancel_service", "withdrawn"), ("cancel_subject", "platform_review")]


def test_after_lapsed_sms_a_changed_dossier_is_reviewed_again(platform: Platform) -> None:
    body = platform.complete_body()
    platform.post("apply_icp_filing", body)
    reviewer_approves()
    authority_moves(Action.UPLOADED)
    authority_moves(Action.LAPSED)
    put(body, "icp_subject.principal_info.mobile", "13900000003")
    put(body, "icp_applets.principal_info.mobile", "13900000003")
    assert platform.post("apply_icp_filing", body) == OK
    order = Order.objects.get(appid=APPID)
    assert (order.state, order.dossier_number) == ("platform_review", 2)


def test_an_order_acts_in_the_name_of_the_platform(platform: Platform) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    event = Event.objects.get(tag="order:submit")
    assert (event.actor_role, event.actor_id) == ("organizer", f"client:{platform.made.client.pk}")


def test_five_wrong_fields_come_back_as_five_hints_and_nothing_is_kept(platform: Platform) -> None:
    body = platform.complete_body()
    put(body, "icp_subject.base_info.name", "杭州别家示例科技有限公司")
    put(body, "icp_subject.organize_info.certificate_number", "91330106MA0000015X")
    put(body, "icp_subject.principal_info.mobile", "123")
    put(body, "icp_applets.base_info.service_content_types", [500])
    put(body, "icp_applets.principal_info.verify_task_id", "invented")
    answer = platform.post("apply_icp_filing", body)
    assert code(answer) == 86202
    found = {(hint["err_field"], hint["errcode"]) for hint in answer["hints"]}
    assert found >= {
        ("icp_subject.base_info.name", 86355),
        ("icp_subject.organize_info.certificate_number", 86373),
        ("icp_subject.principal_info.mobile", 86376),
        ("icp_applets.base_info.service_content_types", 86378),
        ("icp_applets.principal_info.verify_task_id", 86383),
    }, found
    assert all(sorted(hint) == ["err_field", "errcode", "errmsg"] and hint["errmsg"] for hint in answer["hints"])
    assert Order.objects.count() == 0
    assert platform.status()["status"] == 1024


def test_an_empty_application_names_what_is_missing(platform: Platform) -> None:
    for body in (None, {}, {"icp_subject": {}, "icp_applets": {}, "icp_materials": {}}):
        answer = platform.post("apply_icp_filing", body)
        assert code(answer) == 86202
        fields = [hint["err_field"] for hint in answer["hints"]]
        assert "icp_subject.base_info.name" in fields
        assert "icp_applets.principal_info.verify_task_id" in fields


def test_hints_come_in_the_callers_language(platform: Platform) -> None:
    body = {"icp_subject": {"base_info": {"type": "four"}}}
    chinese = platform.post("apply_icp_filing", body)["hints"][0]["errmsg"]
    english = platform.post("apply_icp_filing", body, language="en")["hints"][0]["errmsg"]
    assert english.isascii() and not chinese.isascii()


def test_materials_may_be_absent_or_bare(platform: Platform) -> None:
    body = platform.complete_body()
    letter = body["icp_materials"]["commitment_letter"][0]
    body["icp_materials"] = {"commitment_letter": letter}
    assert platform.post("apply_icp_filing", body) == OK
    assert platform.post("cancel_apply_icp_filing") == OK
    del body["icp_materials"]
    assert platform.post("apply_icp_filing", body) == OK


def test_an_organizer_files_for_the_first_time_once_at_a_time(platform: Platform) -> None:
    from tests.wechat.platform import catalogue

    catalogue(("wx2222222222222222", "青禾办公", "杭州青禾示例科技有限公司", "330000"))
    other = Platform.create(appid="wx2222222222222222")
    assert platform.post("apply_icp_filing", platform.complete_body()) == OK
    assert code(other.post("apply_icp_filing", other.complete_body())) == 86358


class TestFaceChecks:
    """create_icp_verifytask and query_icp_verifytask."""

    def test_a_face_check_waits_until_it_is_finished(self, platform: Platform) -> None:
        task_id = platform.post("create_icp_verifytask")["task_id"]
        waiting = platform.post("query_icp_verifytask", {"task_id": task_id})
        assert waiting == {**OK, "is_finish": False, "face_status": 0}
        assert platform.get("query_icp_verifytask", task_id=task_id) == waiting
        finish_face_check(task_id=task_id, passed=False, actor=Actor(Role.ORGANIZER, "user:2"))
        assert platform.post("query_icp_verifytask", {"task_id": task_id}) == {
            **OK, "is_finish": True, "face_status": 2}

    def test_tasks_of_others_and_invented_ones_are_not_found(self, platform: Platform) -> None:
        from tests.wechat.platform import catalogue

        catalogue(("wx2222222222222222", "每日记账本", "陈样本", "110000"))
        other = Platform.create(appid="wx2222222222222222")
        task_id = other.post("create_icp_verifytask")["task_id"]
        for wrong in (task_id, "invented", "", "x" * 5000, "错\0误"):
            assert code(platform.get("query_icp_verifytask", task_id=wrong)) == 86328
        assert code(platform.post("query_icp_verifytask", {"task_id": {"x": 1}})) == 86328

    def test_a_task_nobody_took_expires(self, platform: Platform, at: Callable) -> None:
        task_id = platform.post("create_icp_verifytask", {"along_with_auth": False})["task_id"]
        at("2023-09-08T10:00:00+08:00")
        platform.log_in()
        assert code(platform.post("query_icp_verifytask", {"task_id": task_id})) == 1

    def test_with_certification_there_is_a_page_to_open(self, platform: Platform) -> None:
        answer = platform.post("create_icp_verifytask", {"along_with_auth": True})
        assert answer["verify_url"].endswith(f"/face-check/{answer['task_id']}")
        finish_face_check(task_id=answer["task_id"], passed=True, actor=OPERATOR)
        assert platform.post("query_icp_verifytask", {"task_id": answer["task_id"]}) == {
            **OK, "is_finish": True, "face_status": 3, "along_with_auth_result": 9}


class TestOnlineOrder:
    """get_online_icp_order."""

    @pytest.fixture
    def answer(self, platform: Platform) -> dict:
        platform.post("apply_icp_filing", platform.complete_body())
        filed()
        answer = platform.get("get_online_icp_order")
        assert code(answer) == 0
        return answer

    def test_the_subject_is_masked(self, answer: dict) -> None:
        assert answer["icp_subject"] == {
            "base_info": {
                "type": 4, "name": "***********司", "province": "330000", "city": "330100", "district": "330106",
                "address": "示例" + "*" * 13 + "1室", "comment": "首次办理备案", "record_number": "浙ICP备2023000001号"},
            "organize_info": {"certificate_type": 1, "certificate_number": "91**************5K",
                              "certificate_address": "浙江" + "*" * 22 + "1室"},
            "principal_info": {
                "name": "**例", "mobile": "13*******01", "email": "li***********om",
                "emergency_contact": "13*******02", "certificate_type": 2,
                "certificate_number": "33**************10", "certificate_validity_date_start": "20180510",
                "certificate_validity_date_end": "20380510"},
            "legal_person_info": {"name": "**范", "certificate_number": "33**************29"},
        }

    def test_the_mini_program_is_shown_with_its_number(self, answer: dict) -> None:
        [applet] = answer["icp_applets"]
        assert applet["base_info"] == {
            "appid": APPID, "name": "青禾文具", "record_number": "浙ICP备2023000001号-1X",
            "service_content_types": [163, 164], "nrlx_details": [{"type": 24}],
            "comment": "本小程序用于展示和销售本公司自产的文具与办公用品，提供商品浏览、下单、订单查询和售后咨询服务。"}
        assert applet["principal_info"]["mobile"] == "13900000001"
        assert not [name for name in applet["principal_info"] if "photo" in name or name == "verify_task_id"]

    def test_its_shape_is_the_clients_choice(self, platform: Platform, answer: dict) -> None:
        platform.made.client.online_applets_shape = "object"
        platform.made.client.save()
        assert platform.get("get_online_icp_order")["icp_applets"] == answer["icp_applets"][0]

    def test_an_unfiled_mini_program_has_none(self, platform: Platform) -> None:
        assert code(platform.get("get_online_icp_order")) == 86328
