"""What is objected to in ``auth_data``, all at once and together with the filing; and how clients' dialects are read."""

from typing import Any

import pytest

from openbeian.certification import queries
from openbeian.certification.models import Procedure
from openbeian.filings.evidence import finish_face_check
from openbeian.regime.actors import Actor, Role
from tests.certification.provider import Provider, auth_data, row
from tests.wechat.bodies import put
from tests.wechat.platform import APPID

pytestmark = pytest.mark.django_db


def objections(answer: dict[str, Any]) -> list[tuple[int, str]]:
    return [(hint["errcode"], hint["err_field"]) for hint in answer["hints"]]


def test_everything_wrong_in_both_halves_comes_back_at_once(provider: Provider) -> None:
    body = provider.whole_body()
    put(body, "icp_subject.principal_info.mobile", "123")
    body["auth_data"] = {
        "customer_type": 15, "pay_type": 3, "taskid": "nobody's", "third_party_phone": "12",
        "contact_info": {"name": "林示例", "email": "lin", "mobile": "139"},
        "invoice_info": {"invoice_type": 2}, "qualification_other": ["NO_SUCH_FILE"], "account_supplemental": [7],
        "auth_identification": "教师",
    }
    answer = provider.submit(body)
    assert answer["errcode"] == 86400
    assert objections(answer) == [
        (86372, "auth_data.pay_type"),
        (86371, "auth_data.account_name_type"),
        (86371, "auth_data.account_name"),
        (86376, "auth_data.third_party_phone"),
        (86376, "auth_data.contact_info.email"),
        (86376, "auth_data.contact_info.mobile"),
        (86371, "auth_data.invoice_info.electronic"),
        (86372, "auth_data.account_supplemental"),
        (86371, "auth_data.auth_ident_material"),
        (86403, "auth_data.customer_type"),
        (86384, "auth_data.qualification_other.0"),
        (86405, "auth_data.taskid"),
        (86376, "icp_subject.principal_info.mobile"),
    ]
    assert all(hint["errmsg"] for hint in answer["hints"])
    assert "procedure_id" not in answer
    assert Procedure.objects.count() == 0


def test_hints_speak_english_when_asked(provider: Provider) -> None:
    body = provider.whole_body(account_name="")
    answer = provider.sec("submit_auth_and_icp", body, language="en")
    assert answer["hints"] == [{
        "errcode": 86371, "errmsg": "A required field is missing. Fill it in.", "err_field": "auth_data.account_name"}]


@pytest.mark.parametrize("value", [None, {}, [], "text", 7, [{}]])
def test_auth_data_must_be_an_object(provider: Provider, value: Any) -> None:
    body = provider.complete_body()
    assert objections(provider.submit({**body, "auth_data": value})) == [(86371, "auth_data")]


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"{", b"\xff", b'{"auth_data": 1e999}'])
def test_bodies_that_are_no_application_get_an_answer(provider: Provider, raw: bytes) -> None:
    assert provider.sec("submit_auth_and_icp", raw=raw)["errcode"] in (86400, 47001)
    assert provider.sec("query_auth_and_icp", raw=raw)["errcode"] in (40097, 47001)


@pytest.mark.parametrize("wrong", [
    {name: value} for name in (*auth_data(), "taskid", "invoice_info", "qualification", "qualification_other",
                               "auth_ident_material", "auth_identification", "service_appid", "third_party_phone")
    for value in (True, [], {}, -1, 10**30, "x" * 5000, [[]], {"a": {}}, "\u2028", {"name": [], "email": {}})
])
def test_no_odd_value_is_a_fault(provider: Provider, wrong: dict[str, Any]) -> None:
    answer = provider.submit({"auth_data": {**auth_data(), **wrong}})
    assert answer["errcode"] in (86400, 86202)


def test_invoices_of_each_kind(provider: Provider) -> None:
    body = provider.whole_body(pay_type=2)
    for invoice, wanted in (
            ({"invoice_type": "1"}, []),
            ({"invoice_type": 2, "electronic": {"id": "91330106MA0000015K"}}, []),
            ({"invoice_type": 4, "vat": {"id": "91330106MA0000015K", "bank_name": "示例银行"}}, []),
            ({"invoice_type": 3, "vat": {"id": "9133"}}, [(86372, "auth_data.invoice_info.vat.id")]),
            ({"invoice_type": 3, "vat": {}}, [(86371, "auth_data.invoice_info.vat")]),
            ({"invoice_type": 9}, [(86372, "auth_data.invoice_info.invoice_type")]),
            ("none", [(86372, "auth_data.invoice_info")])):
        body["auth_data"]["invoice_info"] = invoice
        assert objections({"hints": [], **provider.submit(body)}) == wanted


def test_numbers_as_text_and_bare_pictures_are_read(provider: Provider) -> None:
    """One published client types customer_type and pay_type as text, and auth_ident_material as one text."""
    media = provider.upload("icp_materials.subject_other_materials", None)["media_id"]
    body = provider.whole_body(customer_type="1", account_name_type="1", qualification=media, qualification_other=media,
                               account_supplemental=[], taskid="null", third_party_phone="13900000002",
                               auth_identification="", auth_ident_material=None)
    body["auth_data"]["pay_type"] = "1"
    kept = queries.data_of(row(provider.submit(body)["procedure_id"]))
    assert kept == {**auth_data(), "qualification": media, "qualification_other": [media],
                    "third_party_phone": "13900000002"}


def test_pictures_of_another_mini_program_are_not_seen(provider: Provider) -> None:
    from tests.wechat.platform import catalogue

    catalogue(("wx2222222222222222", "每日记账本", "陈样本", "110000"))
    media = Provider.create("wx2222222222222222").upload("icp_materials.subject_other_materials", None)["media_id"]
    answer = provider.submit(provider.whole_body(qualification=media))
    assert objections(answer) == [(86384, "auth_data.qualification")]


def test_taskid_may_be_the_face_check(provider: Provider) -> None:
    body = provider.whole_body()
    body["auth_data"]["taskid"] = body["icp_applets"]["principal_info"]["verify_task_id"]
    assert provider.submit(body)["errcode"] == 0


def test_the_face_check_of_a_plain_filing_does_not_do(provider: Provider) -> None:
    """Only ``along_with_auth`` verifies the mobile as well."""
    body = provider.whole_body()
    task_id = provider.post("create_icp_verifytask", {})["task_id"]
    finish_face_check(task_id=task_id, passed=True, actor=Actor(Role.ORGANIZER, "user:2"))
    put(body, "icp_applets.principal_info.verify_task_id", task_id)
    answer = provider.submit(body)
    assert (answer["errcode"], objections(answer)) == (86202, [(86383, "icp_applets.principal_info.verify_task_id")])


def test_the_face_check_counts_for_a_day(provider: Provider, at) -> None:
    body = provider.whole_body()
    at("2023-09-06T10:00:01+08:00")
    provider.log_in()
    answer = provider.submit(body)
    assert (answer["errcode"], objections(answer)) == (86202, [(86383, "icp_applets.principal_info.verify_task_id")])


def test_the_face_check_of_both_says_so(provider: Provider) -> None:
    answer = provider.post("create_icp_verifytask", {"along_with_auth": True})
    task_id = answer["task_id"]
    assert answer["verify_url"] == f"http://127.0.0.1:8000/face-check/{task_id}"
    asked = {"errcode": 0, "errmsg": "ok", "is_finish": False, "face_status": 0, "along_with_auth_result": 0}
    assert provider.post("query_icp_verifytask", {"task_id": task_id}) == asked
    finish_face_check(task_id=task_id, passed=True, actor=Actor(Role.ORGANIZER, "user:2"))
    assert provider.post("query_icp_verifytask", {"task_id": task_id}) == {
        **asked, "is_finish": True, "face_status": 3, "along_with_auth_result": 9}


def test_its_page_is_real_and_the_administrators_own(provider: Provider, client) -> None:
    from openbeian.accounts.models import User
    from openbeian.accounts.verbs import appoint_administrator

    task_id = provider.post("create_icp_verifytask", {"along_with_auth": True})["task_id"]
    assert client.get(f"/face-check/{task_id}").status_code == 302  # to the log-in
    user = User.objects.create_user(username="organizer", password="x", role="organizer")
    client.force_login(user)
    assert client.get(f"/face-check/{task_id}").status_code == 404
    appoint_administrator(user=user, appid=APPID, actor=Actor(Role.OPERATOR, "user:0"))
    assert client.get(f"/face-check/{task_id}").status_code == 200
    client.post(f"/face-check/{task_id}", {"result": "passed"})
    assert provider.post("query_icp_verifytask", {"task_id": task_id})["along_with_auth_result"] == 9


@pytest.mark.parametrize("procedure_id", ["x", "", None, 7, [], "é", "a" * 9000, "x' OR 1=1"])
def test_an_unknown_procedure_is_not_found(provider: Provider, procedure_id: Any) -> None:
    assert provider.sec("query_auth_and_icp", {"procedure_id": procedure_id})["errcode"] in (86328, 40097)
