"""Certification and filing in one, from the first call to the number, as a service provider sees it."""

import pytest
from django.db.models import QuerySet

from openbeian.accounts.models import ApiClient
from openbeian.accounts.queries import is_certified, lacks_certification
from openbeian.certification import queries, verbs
from openbeian.certification.models import Procedure
from openbeian.filings import submission
from openbeian.filings.errors import SubmissionRefused
from openbeian.filings.models import Order
from openbeian.filings.orders import expire_idle
from openbeian.filings.queries import open_order_of
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.notices.models import Push
from openbeian.regime.facts import Approval
from openbeian.regime.lifecycle import Action
from openbeian.shelf import queries as shelf
from openbeian.wechat import verbs as wechat_verbs
from openbeian.wechat.dossier import from_wechat
from tests.certification.provider import (
    OPERATOR,
    Provider,
    auth_data,
    events,
    review_begins,
    review_passes,
    row,
    told,
)
from tests.orders import ORGANIZER
from tests.wechat.bodies import put
from tests.wechat.platform import (
    APPID,
    authority_moves,
    catalogue,
    filed,
    reviewer_approves,
    reviewer_returns,
)

pytestmark = pytest.mark.django_db


def listening(provider: Provider) -> Provider:
    client = provider.made.client
    client.event_url = "http://127.0.0.1:9/events"
    client.save()
    return provider


def test_prepaid_from_submission_to_number(provider: Provider) -> None:
    """The provider pays from its quota; certification, platform and administration all say yes."""
    listening(provider)
    answer = provider.submit(provider.whole_body())
    procedure_id = answer["procedure_id"]
    number = row(procedure_id).pk
    assert answer == {"errcode": 0, "errmsg": "ok", "procedure_id": procedure_id}
    assert len(procedure_id) == 32
    assert provider.progress(procedure_id) == {"procedure_status": 16, "orderid": number}
    review_begins(procedure_id)
    assert provider.progress(procedure_id) == {"procedure_status": 17, "orderid": number}
    assert is_certified(APPID) is False
    verbs.pass_review(procedure=row(procedure_id), actor=OPERATOR)
    assert is_certified(APPID) is True
    assert provider.progress(procedure_id) == {"procedure_status": 22, "orderid": number}
    assert provider.status()["status"] == 2
    reviewer_approves()
    waiting = {"procedure_status": 24, "orderid": number, "icp_audit": {"sms_verify_status": 1}}
    assert provider.progress(procedure_id) == waiting
    authority_moves(Action.UPLOADED)
    assert provider.progress(procedure_id) == waiting
    authority_moves(Action.VERIFIED)
    assert provider.progress(procedure_id)["icp_audit"] == {"sms_verify_status": 2}
    approval = Approval(subject_number="浙ICP备2023000001号", service_number="浙ICP备2023000001号-1X",
                        province_subject_id="330000000001", province_service_id="330000000002", decided_at=clock.now())
    authority_moves(Action.ACCEPT, outcome=approval)
    assert provider.progress(procedure_id) == {"procedure_status": 26, "orderid": number}
    assert told() == [16, 17, 19, 22, 24, 26]
    assert events() == [
        ("certification:open", None, 9), ("certification:prepay", 9, 16), ("certification:begin", 16, 17),
        ("certification:pass", 17, 19), ("certification:file", 19, 22), ("certification:hand_over", 22, 24),
        ("certification:complete", 24, 26),
    ]


def test_the_merchant_pays_on_the_page(provider: Provider) -> None:
    listening(provider)
    answer = provider.submit(provider.whole_body(pay_type=2))
    procedure_id = answer["procedure_id"]
    url = f"/certification/pay/{procedure_id}"
    assert answer == {"errcode": 0, "errmsg": "ok", "procedure_id": procedure_id,
                      "pay_url": f"http://127.0.0.1:8000{url}"}
    assert provider.progress(procedure_id)["procedure_status"] == 15
    page = provider.http.get(url)
    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    assert "青禾文具" in page.content.decode()
    assert provider.http.post(url).status_code == 302
    assert provider.http.post(url).status_code == 302  # a second click pays nothing
    assert provider.progress(procedure_id)["procedure_status"] == 16
    assert "已支付" in provider.http.get(url).content.decode()
    assert told() == [15, 16]
    assert provider.http.get("/certification/pay/unknown").status_code == 404


def test_in_production_nobody_pays_by_clicking(provider: Provider, settings, monkeypatch) -> None:
    procedure_id = provider.submit(provider.whole_body(pay_type=2))["procedure_id"]
    monkeypatch.setattr("openbeian.certification.views.settable", lambda: False)
    url = f"/certification/pay/{procedure_id}"
    assert "<form method=\"post\" class=\"d-grid\">" not in provider.http.get(url).content.decode()
    assert provider.http.post(url).status_code == 405
    assert provider.progress(procedure_id)["procedure_status"] == 15


def test_until_it_is_paid_the_data_may_be_sent_again(provider: Provider) -> None:
    body = provider.whole_body(pay_type=2)
    first = provider.submit(body)
    body["auth_data"]["account_name"] = "青禾文具店"
    assert provider.submit(body) == first
    assert queries.data_of(row(first["procedure_id"]))["account_name"] == "青禾文具店"
    body["auth_data"]["pay_type"] = 1
    assert provider.submit(body) == {"errcode": 0, "errmsg": "ok", "procedure_id": first["procedure_id"]}
    assert provider.progress(first["procedure_id"])["procedure_status"] == 16


def test_a_certification_sent_back_is_corrected_without_paying_again(provider: Provider) -> None:
    listening(provider)
    body = provider.whole_body()
    procedure_id = provider.submit(body)["procedure_id"]
    number = row(procedure_id).pk
    review_begins(procedure_id)
    verbs.refill(procedure=row(procedure_id), reason="营业执照照片模糊", actor=OPERATOR)
    assert provider.progress(procedure_id) == {
        "procedure_status": 18, "orderid": number, "refill_reason": "营业执照照片模糊"}
    body["auth_data"]["taskid"] = procedure_id
    assert provider.submit(body) == {"errcode": 0, "errmsg": "ok", "procedure_id": procedure_id}
    assert provider.progress(procedure_id) == {"procedure_status": 17, "orderid": number}
    assert told() == [16, 17, 18, 17]


def test_a_correction_that_is_wrong_itself_changes_nothing(provider: Provider) -> None:
    body = provider.whole_body()
    procedure_id = provider.submit(body)["procedure_id"]
    review_begins(procedure_id)
    verbs.refill(procedure=row(procedure_id), reason="名称不符", actor=OPERATOR)
    put(body, "icp_subject.principal_info.mobile", "123")
    answer = provider.submit(body)
    assert (answer["errcode"], answer["procedure_id"]) == (86202, procedure_id)
    assert [(hint["errcode"], hint["err_field"]) for hint in answer["hints"]] == [
        (86376, "icp_subject.principal_info.mobile")]
    assert provider.progress(procedure_id)["procedure_status"] == 18


def test_a_certification_may_fail_for_good_and_be_begun_anew(provider: Provider) -> None:
    body = provider.whole_body()
    procedure_id = provider.submit(body)["procedure_id"]
    review_begins(procedure_id)
    verbs.fail(procedure=row(procedure_id), reason="主体已注销", actor=OPERATOR)
    assert provider.progress(procedure_id) == {
        "procedure_status": 20, "orderid": row(procedure_id).pk, "fail_reason": "主体已注销"}
    again = provider.submit(body)
    assert again["errcode"] == 0
    assert again["procedure_id"] != procedure_id
    assert is_certified(APPID) is False


def test_a_dossier_that_breaks_rules_leaves_a_procedure_without_an_order(provider: Provider) -> None:
    """86202 with hints, and the procedure_id as well; the corrected body goes on with the same procedure."""
    listening(provider)
    body = provider.whole_body()
    wrong = {**body, "icp_subject": {**body["icp_subject"], "base_info": {
        **body["icp_subject"]["base_info"], "name": "别的公司"}}}
    answer = provider.submit(wrong)
    procedure_id = answer["procedure_id"]
    assert answer["errcode"] == 86202
    assert answer["errmsg"].startswith("apply icp filing fail rid: ")
    assert [(hint["errcode"], hint["err_field"]) for hint in answer["hints"]] == [
        (86355, "icp_subject.base_info.name")]
    assert provider.progress(procedure_id) == {"procedure_status": 21, "icp_audit": {"hints": answer["hints"]}}
    assert Order.objects.count() == 0
    assert provider.submit(body) == {"errcode": 0, "errmsg": "ok", "procedure_id": procedure_id}
    assert provider.progress(procedure_id) == {"procedure_status": 16, "orderid": row(procedure_id).pk}
    assert told() == [21, 16]


def test_where_no_order_can_be_made_after_the_certification_it_is_filed_later(provider: Provider) -> None:
    """Meanwhile the organizer has filed on its own: the certification stands, the filing has to wait."""
    listening(provider)
    body = provider.whole_body()
    procedure_id = provider.submit(body)["procedure_id"]
    assert provider.post("apply_icp_filing", {k: v for k, v in body.items() if k != "auth_data"})["errcode"] == 0
    review_passes(procedure_id)
    progress = provider.progress(procedure_id)
    assert progress["procedure_status"] == 21
    assert [(hint["errcode"], hint["err_field"]) for hint in progress["icp_audit"]["hints"]] == [(86324, "")]
    assert provider.submit(body)["errcode"] == 86324
    provider.post("cancel_apply_icp_filing")
    assert provider.submit(body) == {"errcode": 0, "errmsg": "ok", "procedure_id": procedure_id}
    assert provider.progress(procedure_id)["procedure_status"] == 22
    assert told() == [16, 17, 19, 21, 22]


def test_a_returned_filing_is_corrected_within_the_procedure(provider: Provider) -> None:
    listening(provider)
    body = provider.whole_body()
    procedure_id = provider.submit(body)["procedure_id"]
    review_passes(procedure_id)
    reviewer_returns()
    progress = provider.progress(procedure_id)
    assert progress["procedure_status"] == 23
    assert progress["icp_audit"] == {"audit_data": provider.status()["audit_data"]}
    assert [item["error"] for item in progress["icp_audit"]["audit_data"]] == ["地址不详", "无法接通"]
    answer = provider.submit({k: v for k, v in body.items() if k != "auth_data"})  # certified: no longer asked for
    assert answer == {"errcode": 0, "errmsg": "ok", "procedure_id": procedure_id}
    assert provider.progress(procedure_id)["procedure_status"] == 22
    assert told() == [16, 17, 19, 22, 23, 22]


def test_a_refused_correction_of_a_returned_filing_leaves_it_returned(provider: Provider) -> None:
    body = provider.whole_body()
    procedure_id = provider.submit(body)["procedure_id"]
    review_passes(procedure_id)
    reviewer_returns()
    put(body, "icp_subject.principal_info.mobile", "123")
    answer = provider.submit(body)
    assert (answer["errcode"], answer["procedure_id"], len(answer["hints"])) == (86202, procedure_id, 1)
    assert provider.progress(procedure_id)["procedure_status"] == 23


def test_a_rejection_by_the_administration_is_corrected_by_the_plain_call_too(provider: Provider) -> None:
    listening(provider)
    body = provider.whole_body()
    procedure_id = provider.submit(body)["procedure_id"]
    review_passes(procedure_id)
    reviewer_approves()
    authority_moves(Action.UPLOADED)
    authority_moves(Action.VERIFIED)
    authority_moves(Action.REFUSE, outcome=())
    assert provider.progress(procedure_id) == {
        "procedure_status": 25, "orderid": row(procedure_id).pk, "icp_audit": {"audit_data": []}}
    assert provider.post("apply_icp_filing", body)["errcode"] == 0
    assert provider.progress(procedure_id)["procedure_status"] == 22
    filed()
    assert provider.progress(procedure_id)["procedure_status"] == 26
    assert told() == [16, 17, 19, 22, 24, 25, 22, 24, 26]


def test_lapsed_sms_shows_and_an_unchanged_dossier_goes_straight_back(provider: Provider) -> None:
    listening(provider)
    body = provider.whole_body()
    procedure_id = provider.submit(body)["procedure_id"]
    review_passes(procedure_id)
    reviewer_approves()
    authority_moves(Action.UPLOADED)
    authority_moves(Action.LAPSED)
    assert provider.progress(procedure_id)["icp_audit"] == {"sms_verify_status": 3}
    assert provider.submit(body)["errcode"] == 0
    assert provider.progress(procedure_id)["icp_audit"] == {"sms_verify_status": 1}
    authority_moves(Action.UPLOADED)
    authority_moves(Action.LAPSED)
    put(body, "icp_subject.base_info.comment", "更正备注")
    assert provider.submit(body)["errcode"] == 0
    assert provider.progress(procedure_id)["procedure_status"] == 22
    assert told() == [16, 17, 19, 22, 24, 22]


def test_a_filing_taken_back_or_left_alone_is_filed_again_without_a_new_certification(provider: Provider, at) -> None:
    listening(provider)
    body = provider.whole_body()
    procedure_id = provider.submit(body)["procedure_id"]
    review_passes(procedure_id)
    assert provider.post("cancel_apply_icp_filing")["errcode"] == 0
    progress = provider.progress(procedure_id)
    assert progress["procedure_status"] == 21
    assert [hint["errcode"] for hint in progress["icp_audit"]["hints"]] == [86404]
    assert provider.submit(body)["procedure_id"] == procedure_id
    assert provider.progress(procedure_id)["procedure_status"] == 22
    reviewer_returns()
    at("2023-11-10T10:00:00+08:00")
    assert expire_idle(at=clock.now()) == 1
    provider.log_in()
    assert provider.progress(procedure_id)["procedure_status"] == 21
    put(body, "icp_applets.principal_info.verify_task_id", provider.passed_face_check())
    assert provider.submit(body)["errcode"] == 0
    assert provider.progress(procedure_id)["procedure_status"] == 22
    assert Procedure.objects.count() == 1


def test_a_long_certification_does_not_outdate_the_face_check(provider: Provider, at) -> None:
    """It counts for a day, and it was passed that day when the procedure was submitted."""
    procedure_id = provider.submit(provider.whole_body())["procedure_id"]
    at("2023-09-09T10:00:00+08:00")
    review_passes(procedure_id)
    provider.log_in()
    assert provider.progress(procedure_id)["procedure_status"] == 22


def test_paid_or_under_review_nothing_is_taken(provider: Provider) -> None:
    body = provider.whole_body()
    procedure_id = provider.submit(body)["procedure_id"]
    assert provider.submit(body)["errcode"] == 86402
    review_begins(procedure_id)
    assert provider.submit(body)["errcode"] == 86402
    verbs.pass_review(procedure=row(procedure_id), actor=OPERATOR)
    assert provider.submit(body)["errcode"] == 86324


def test_a_certified_mini_program_files_by_the_plain_call(provider: Provider) -> None:
    body = provider.whole_body()
    provider.certified()
    filed()
    assert provider.submit(body)["errcode"] == 86401


def test_a_filed_mini_program_is_not_filed_again(provider: Provider) -> None:
    body = provider.whole_body()
    provider.post("apply_icp_filing", body)
    filed()
    assert provider.submit(body)["errcode"] == 86385
    assert Procedure.objects.count() == 0


def test_only_permission_set_18_opens_these_calls(provider: Provider) -> None:
    body = provider.whole_body()
    wechat_verbs.authorize(client=provider.made.client, appid=APPID, actor=OPERATOR, permission_sets=[156])
    assert provider.submit(body)["errcode"] == 61007
    assert provider.sec("query_auth_and_icp", {"procedure_id": "x"})["errcode"] == 61007
    assert provider.status()["status"] == 1024  # the plain calls are open


def test_another_platform_of_the_mini_program_may_go_on(provider: Provider) -> None:
    """A mini program has one procedure. Who sends the correction is told from then on."""
    listening(provider)
    body = provider.whole_body()
    procedure_id = provider.submit({**body, "icp_subject": {}})["procedure_id"]
    other = Provider.create(event_url="http://127.0.0.1:9/other")
    assert other.submit(body)["procedure_id"] == procedure_id
    assert row(procedure_id).client_id == other.made.client.pk
    assert [push.lane.client_id == other.made.client.pk for push in pushes()] == [False, True]


def test_after_the_authorization_is_taken_back_nothing_is_told(provider: Provider) -> None:
    listening(provider)
    procedure_id = provider.submit(provider.whole_body())["procedure_id"]
    wechat_verbs.revoke(client=provider.made.client, appid=APPID, actor=OPERATOR)
    review_passes(procedure_id)
    assert told() == [16]


def test_a_procedure_is_seen_by_its_own_mini_program_only(provider: Provider) -> None:
    procedure_id = provider.submit(provider.whole_body())["procedure_id"]
    catalogue(("wx2222222222222222", "每日记账本", "陈样本", "110000"))
    stranger = Provider.create("wx2222222222222222")
    answer = stranger.sec("query_auth_and_icp", {"procedure_id": procedure_id})
    assert answer["errcode"] == 86328


def test_personal_data_are_sealed_and_not_in_the_ledger(provider: Provider) -> None:
    procedure_id = provider.submit({**provider.whole_body(), "unknown": "林示例"})["procedure_id"]
    found = row(procedure_id)
    assert "林示例".encode() not in bytes(found.data_sealed) + bytes(found.dossier_sealed)
    assert queries.data_of(found) == {**auth_data()}
    assert [event for event in Event.objects.all() if "林示例" in str(event.data)] == []


def pushes() -> QuerySet[Push]:
    return Push.objects.filter(info_type="notify_3rd_wxa_auth_and_icp").select_related("lane").order_by("pk")


def test_the_open_order_is_the_procedures(provider: Provider) -> None:
    procedure_id = provider.certified()
    assert row(procedure_id).order_id == open_order_of(APPID).pk


def test_the_register_tells_what_sort_of_filing_follows(provider: Provider) -> None:
    """A second mini program of an organizer that is filed already is a new service."""
    provider.certified()
    filed()
    catalogue(("wx2222222222222222", "青禾文具批发", "杭州青禾示例科技有限公司", "330000"))
    second = Provider.create("wx2222222222222222")
    procedure_id = second.certified()
    assert second.progress(procedure_id)["procedure_status"] == 22
    assert [order.kind for order in Order.objects.order_by("pk")] == ["first_filing", "new_service"]


def test_a_client_that_still_sends_short_remarks_may(provider: Provider) -> None:
    body = provider.whole_body()
    put(body, "icp_applets.base_info.comment", "文具销售")
    assert provider.submit(body)["errcode"] == 86202
    ApiClient.objects.update(comment_length="lenient")
    procedure_id = provider.submit(body)["procedure_id"]
    review_passes(procedure_id)
    assert provider.progress(procedure_id)["procedure_status"] == 22


def test_whether_a_certification_is_asked_for_is_a_setting(provider: Provider, settings) -> None:
    assert lacks_certification(APPID) is False
    settings.OPENBEIAN_CERTIFICATION_REQUIRED = True
    assert lacks_certification(APPID) is True
    provider.certified()
    assert lacks_certification(APPID) is False


def test_where_the_operator_wants_it_the_uncertified_do_not_file_by_any_door(provider: Provider, settings) -> None:
    def certification_as_told() -> int:
        return provider.component("api_get_authorizer_info", authorizer_appid=APPID)[
            "authorizer_info"]["verify_type_info"]["id"]

    body = provider.complete_body()
    settings.OPENBEIAN_CERTIFICATION_REQUIRED = True
    assert (provider.status()["status"], certification_as_told()) == (1028, -1)
    assert provider.post("apply_icp_filing", body)["errcode"] == 86406
    account = shelf.account(APPID)
    draft = submission.open_order(kind="first_filing", appid=APPID, account=account, actor=ORGANIZER)
    with pytest.raises(SubmissionRefused) as refused:
        submission.submit(order_id=draft.pk, document=from_wechat(body), account=account, actor=ORGANIZER)
    assert [finding.rule for finding in refused.value.findings] == ["OB-ACC-001"]
    assert list(Order.objects.values_list("state", "dossier_number")) == [("draft", 0)]
    procedure_id = provider.certified()
    assert provider.progress(procedure_id)["procedure_status"] == 22
    provider.post("cancel_apply_icp_filing")
    assert (provider.status()["status"], certification_as_told()) == (1024, 0)
    assert provider.post("apply_icp_filing", body)["errcode"] == 0


def test_what_is_filed_may_be_changed_uncertified(provider: Provider, settings) -> None:
    body = provider.complete_body()
    assert provider.post("apply_icp_filing", body)["errcode"] == 0
    filed()
    settings.OPENBEIAN_CERTIFICATION_REQUIRED = True
    assert provider.status()["status"] == 6
    put(body, "icp_applets.base_info.comment", "本小程序除展示和销售文具外，还提供线下手账课程的报名、查询与退订服务。")
    put(body, "icp_applets.principal_info.verify_task_id", provider.passed_face_check())
    assert provider.post("apply_icp_filing", body)["errcode"] == 0
