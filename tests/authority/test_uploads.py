"""The road out: one number for each order, no gap, nothing sent before it is stored, nothing lost."""


import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from openbeian import vault
from openbeian.accounts.verbs import appoint_administrator, create_user
from openbeian.authority import queries, tasks, verbs
from openbeian.authority.client import LinkError, ProvinceClient, Unreachable
from openbeian.authority.client import account as credentials
from openbeian.authority.models import Lane, Upload
from openbeian.authority.verbs.lanes import OutOfStep
from openbeian.filings import submission
from openbeian.filings.errors import SubmissionRefused
from openbeian.filings.models import DOSSIER, Dossier, Order
from openbeian.filings.queries import current_document, findings_of
from openbeian.ledger.models import Event
from openbeian.review.verbs import approve
from openbeian.v3.wire.answers import Answer
from tests import samples
from tests.authority.road import (  # noqa: F401
    ZHEJIANG,
    approved,
    handed_over,
    province,
    receive_now,
    result,
    state_of,
    submitted,
    upload_of,
)
from tests.orders import ORGANIZER, REVIEWER, account, damage_snapshot, with_uploads
from tests.wechat.platform import OPERATOR, catalogue


@pytest.fixture
def three(db, approved) -> list[Order]:  # noqa: F811
    """Three approved orders of three organizers in one province."""
    return [approved(appid=f"wx000000000000000{i}", dossier=samples.spoil(samples.enterprise_dossier(), {
        "organizer.certificate.number": credit_code(i)})) for i in (1, 2, 3)]


def credit_code(number: int) -> str:
    from stdnum.cn import uscc

    front = f"91330106MA000010{number}"
    return front + uscc.calc_check_digit(front)


def hand_over(order: Order) -> Upload | None:
    return verbs.hand_over(order_id=order.pk)


def jobs(order: Order) -> list[ProcrastinateJob]:
    return list(ProcrastinateJob.objects.filter(task_name="authority.upload", args={"order_id": order.pk}))


# The job


def test_an_approved_order_has_its_upload_job_from_the_same_transaction(approved, db):  # noqa: F811
    order = approved()
    (job,) = jobs(order)
    assert (job.status, job.lock) == ("todo", "authority:330000")


@pytest.mark.django_db(transaction=True)
def test_an_approval_that_is_rolled_back_leaves_no_job(submitted):  # noqa: F811
    from openbeian.review.verbs import approve
    from tests.orders import REVIEWER

    order = submitted()
    with transaction.atomic():
        approve(order_id=order.pk, reviewer=REVIEWER)
        transaction.set_rollback(True)
    assert (state_of(order), jobs(order)) == ("platform_review", [])


def test_an_order_whose_job_was_lost_gets_another_and_no_third(approved, db):  # noqa: F811
    order = approved()
    assert queries.orphans() == []
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert verbs.requeue_orphans() == 1
    assert verbs.requeue_orphans() == 0
    assert len(jobs(order)) == 1


def test_the_job_backs_off_for_trouble_with_the_link_and_for_nothing_else():
    from types import SimpleNamespace

    def wait(error: Exception, tried: int, /, **limit: int) -> float | None:
        from datetime import UTC, datetime

        job = SimpleNamespace(attempts=tried)
        decision = tasks.Backoff(**limit).get_retry_decision(exception=error, job=job)
        return round((decision.retry_at - datetime.now(UTC)).total_seconds()) if decision else None

    assert [wait(LinkError("15", ""), n) for n in (0, 1, 5, 20, 5000)] == [1, 2, 32, 300, 300]
    # Another worker may reach the province.
    assert [wait(Unreachable("network", ""), n) for n in (0, 1, 3, 10, 5000)] == [1, 2, 8, 8, 8]
    assert [wait(LinkError("15", ""), n, attempts=5) for n in (0, 4, 5)] == [1, 16, None]
    assert wait(RuntimeError(), 0) is None


# Sequence


def test_orders_take_the_lanes_numbers_one_after_the_other(three, province):  # noqa: F811
    assert [hand_over(order).sequence for order in three] == [1, 2, 3]
    assert sorted(province.uploaded) == [1, 2, 3]
    assert [upload.state for upload in Upload.objects.all()] == ["delivered"] * 3
    assert Lane.objects.get().last_sequence == 3
    assert [call for call, _ in province.calls].count("isp_upload") == 3


def test_a_second_run_of_the_job_does_nothing(three, province):  # noqa: F811
    first = hand_over(three[0])
    assert hand_over(three[0]) == first
    receive_now(province, result(three[0].pk))
    assert hand_over(three[0]) is None
    assert province.called("isp_upload") == 1


def test_a_lane_goes_on_where_the_province_says_it_stopped(three, province):  # noqa: F811
    province.uploaded = dict.fromkeys(range(1, 58), b"<sent by the system before this one/>")
    assert hand_over(three[0]).sequence == 58
    assert hand_over(three[1]).sequence == 59


def test_the_database_refuses_a_gap_a_repetition_and_a_change(three, province):  # noqa: F811
    upload = hand_over(three[0])
    for statement in (
        "INSERT INTO authority_upload (province, sequence, order_id, operation, record_key, sealed, state, created_at, "
        f"attempts, decision) SELECT province, sequence + 2, {three[1].pk}, operation, record_key, sealed, 'prepared', "
        "created_at, 0, '' FROM authority_upload",
        "INSERT INTO authority_upload (province, sequence, order_id, operation, record_key, sealed, state, created_at, "
        f"attempts, decision) SELECT province, sequence + 1, {three[0].pk}, operation, record_key, sealed, 'prepared', "
        "created_at, 0, '' FROM authority_upload",
        "UPDATE authority_upload SET sequence = 9",
        "UPDATE authority_upload SET record_key = '9'",
        "DELETE FROM authority_upload",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert list(Upload.objects.all()) == [upload]


def test_files_the_province_has_lost_are_sent_again_from_our_store(three, province):  # noqa: F811
    hand_over(three[0])
    hand_over(three[1])
    first = dict(province.uploaded)
    province.uploaded.clear()  # restored from a backup of last night
    hand_over(three[2])
    assert sorted(province.uploaded) == [1, 2, 3]
    assert {number: province.uploaded[number] for number in first} == first


def test_a_province_that_asks_for_files_we_never_had_raises_the_alarm(three, province):  # noqa: F811
    hand_over(three[0])
    province.answers["isp_upload"] = [Answer(14, missing_sequences=(-4, 7))]
    with pytest.raises(OutOfStep):
        hand_over(three[1])
    assert Event.objects.get(tag="lane:alarm").data == {"code": "sequence"}
    assert state_of(three[1]) == "handover"


def test_a_file_that_may_have_arrived_is_asked_after_before_it_is_sent_again(three, province):  # noqa: F811
    def arrives_but_the_answer_is_lost(arguments):
        province._isp_upload(arguments)
        return 503

    province.answers["isp_upload"] = [arrives_but_the_answer_is_lost]
    with pytest.raises(LinkError):
        hand_over(three[0])
    assert (upload_of(three[0]).state, upload_of(three[0]).attempts) == ("prepared", 1)
    assert hand_over(three[0]).state == "delivered"
    assert province.called("isp_upload") == 1


def test_a_file_that_did_not_arrive_is_sent_again_under_its_number(three, province):  # noqa: F811
    province.answers["isp_upload"] = [503, province._isp_upload]
    with pytest.raises(LinkError):
        hand_over(three[0])
    assert (hand_over(three[0]).sequence, sorted(province.uploaded)) == (1, [1])
    first, second = (sent for method, sent in province.calls if method == "isp_upload")
    assert first["beianInfo"] == second["beianInfo"]


def test_another_file_under_our_number_raises_the_alarm(three, province):  # noqa: F811
    province.answers["isp_upload"] = [503]
    with pytest.raises(LinkError):
        hand_over(three[0])
    province.uploaded[1] = b"<somebody else used our account/>"
    with pytest.raises(OutOfStep):
        hand_over(three[0])
    assert upload_of(three[0]).state == "prepared"


def test_one_that_failed_goes_before_the_next(three, province):  # noqa: F811
    province.answers["isp_upload"] = [503, province._isp_upload]
    with pytest.raises(LinkError):
        hand_over(three[0])
    hand_over(three[1])
    assert [upload_of(order).state for order in three[:2]] == ["delivered", "delivered"]
    assert sorted(province.uploaded) == [1, 2]


def test_a_result_that_comes_before_the_note_of_arrival_counts(three, province):  # noqa: F811
    """The worker died after sending; the province's answer is polled before the job runs again."""
    def arrives_but_the_answer_is_lost(arguments):
        province._isp_upload(arguments)
        return 503

    province.answers["isp_upload"] = [arrives_but_the_answer_is_lost]
    with pytest.raises(LinkError):
        hand_over(three[0])
    receive_now(province, result(three[0].pk))
    assert (state_of(three[0]), upload_of(three[0]).state) == ("sms_pending", "accepted")
    assert hand_over(three[0]) is None


def test_a_stray_result_does_not_speak_for_a_file_never_sent(three, province):  # noqa: F811
    client = ProvinceClient(credentials(ZHEJIANG))
    upload = verbs.prepare(order_id=three[0].pk, client=client)
    receive_now(province, result(three[0].pk))
    upload.refresh_from_db()
    assert (upload.state, state_of(three[0])) == ("prepared", "handover")


# Refusals


def test_a_missing_account_is_an_alarm_and_the_order_waits(three, province, settings):  # noqa: F811
    settings.OPENBEIAN_AUTHORITY = {ZHEJIANG: {}}
    with pytest.raises(LinkError):
        hand_over(three[0])
    assert Event.objects.get(tag="lane:alarm").data == {"code": "settings"}
    assert (state_of(three[0]), Upload.objects.count()) == ("handover", 0)


def test_a_name_that_no_file_can_carry_is_told_at_submission(submitted, province, db):  # noqa: F811
    name = "杭州😀禾示例科技有限公司"
    with pytest.raises(SubmissionRefused) as refused:
        submitted(dossier=samples.spoil(samples.enterprise_dossier(), {"organizer.name": name}))
    (finding,) = refused.value.findings
    assert (finding.rule, finding.field) == ("OB-TXT-001", "organizer.name")
    assert finding.reason_zh == "主办者名称含有管局系统无法接收的字符：第3个字。"
    assert name not in str(finding) + str(refused.value)


def test_what_the_interface_cannot_take_goes_back_to_the_organizer_and_takes_no_number(province, db, at):  # noqa: F811
    at("2023-09-05T10:00:00+08:00")
    appid = "wx0000000000000001"
    dossier = with_uploads(samples.enterprise_dossier(), appid)
    dossier["organizer"]["principal"]["mobile"] = "139"
    submitted = submission.file(
        appid=appid, document=dossier, account=account(appid, dossier), actor=ORGANIZER, waived_rules={"OB-CON-001"})
    order = approve(order_id=submitted.pk, reviewer=REVIEWER)
    assert hand_over(order) is None
    assert state_of(order) == "returned"
    (finding,) = findings_of(order).filter(source="authority")
    assert (finding.rule, finding.field) == ("OB-WIRE-003", "organizer.principal.mobile")
    assert (Upload.objects.count(), province.called("isp_upload")) == (0, 0)
    assert Event.objects.get(tag="order:data_error").actor_id == "authority:330000"
    assert hand_over(order) is None


def altered(sealed: bytes) -> bytes:
    """Another address, sealed as it should be."""
    content = vault.unseal_json(sealed, purpose=DOSSIER)
    content["organizer"]["address"] = "示例路99号"
    return vault.seal_json(content, purpose=DOSSIER)


def shortened(sealed: bytes) -> bytes:
    return sealed[:-1]


def flipped(sealed: bytes) -> bytes:
    return sealed[:-1] + bytes([sealed[-1] ^ 1])


@pytest.mark.parametrize("damage", [altered, shortened, flipped])
def test_a_snapshot_damaged_before_hand_over_goes_back_and_is_submitted_again(approved, province, db, damage):  # noqa: F811
    order = approved()
    intended = current_document(order)
    row = Dossier.objects.get(order=order)
    Dossier.objects.filter(pk=row.pk).update(sealed=damage(bytes(row.sealed)))
    assert hand_over(order) is None
    assert (state_of(order), Upload.objects.count(), province.called("isp_upload")) == ("returned", 0, 0)
    (finding,) = findings_of(order)
    assert (finding.rule, finding.source, finding.reason_zh, finding.remedy_zh) == (
        "OB-SYS-001", "authority", "备案资料的存档与提交时不一致，不能使用。请重新提交。", "请核对后重新提交。")

    again = submission.file(
        appid=order.appid, document=intended, account=account(order.appid, intended), actor=ORGANIZER)
    assert (again.pk, again.state, again.dossier_number) == (order.pk, "platform_review", 2)
    approve(order_id=order.pk, reviewer=REVIEWER)
    assert hand_over(order).state == "delivered"
    assert "示例路88号" in province.uploaded[1].decode("gbk")


def test_who_files_on_the_pages_is_told_of_the_damage_and_can_begin_anew(approved, province, db):  # noqa: F811
    order = approved()
    person = create_user(username="lin", password="x", role="organizer", actor=OPERATOR)
    appoint_administrator(user=person, appid=order.appid, actor=OPERATOR)
    catalogue((order.appid, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    row = Dossier.objects.get(order=order)
    Dossier.objects.filter(pk=row.pk).update(sealed=flipped(bytes(row.sealed)))
    hand_over(order)
    pages = [browser.get(f"/portal/{page}") for page in (
        f"apps/{order.appid}/", f"orders/{order.pk}/", f"orders/{order.pk}/form/")]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert "备案资料的存档与提交时不一致，不能使用。请重新提交。" in pages[-1].text


def test_a_key_that_is_missing_is_no_damage_and_sends_nothing_back(approved, province, db, settings):  # noqa: F811
    order = approved()
    settings.OPENBEIAN_KEYS = settings.OPENBEIAN_KEYS | {"keys": {}}
    with pytest.raises(vault.VaultError):
        hand_over(order)
    assert state_of(order) == "handover"


def test_a_damaged_key_id_cannot_be_told_from_a_missing_key_and_sends_nothing_back(approved, province, db):  # noqa: F811
    order = approved()
    damage_snapshot(order, where="key")
    with pytest.raises(vault.VaultError):
        hand_over(order)
    assert state_of(order) == "handover"


def test_the_file_sent_is_the_dossier_submitted(approved, province, db):  # noqa: F811
    order = approved()
    hand_over(order)
    sent = province.uploaded[1].decode("gbk")
    dossier = current_document(order)
    assert dossier["organizer"]["name"] in sent
    assert f"<IspZtid>{order.pk}</IspZtid>" in sent
    assert dossier["service"]["principal"]["face_check"] in sent
    # At rest it is sealed.
    assert dossier["organizer"]["name"].encode("gbk") not in bytes(upload_of(order).sealed)


def test_no_personal_data_in_events_logs_and_jobs(three, province, caplog):  # noqa: F811
    caplog.set_level("DEBUG")
    hand_over(three[0])
    told = caplog.text + str(list(Event.objects.values())) + str(list(ProcrastinateJob.objects.values()))
    for secret in ("林示例", "13900000001", "330106198802140010", "lin@example.com", "示例路"):
        assert secret not in told
