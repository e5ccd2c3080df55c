"""What a province sends unasked: blacklists, tasks and notices, code tables, everything at once."""

from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from openbeian.authority import queries, verbs
from openbeian.authority.models import Assignment, CodeDifference, Lane, ProvinceRecord, Upload
from openbeian.authority.verbs.assignments import lines_of_assignment
from openbeian.filings import submission
from openbeian.filings.errors import SubmissionRefused
from openbeian.filings.models import Order
from openbeian.filings.orders import withdraw
from openbeian.filings.queries import (
    account_of,
    current_document,
    findings_of,
    submitted_dossier,
)
from openbeian.filings.submission import resubmit
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.notices.models import Notice
from openbeian.regime.actors import Actor, Role
from openbeian.v3.wire import EXTENSION
from openbeian.v3.wire.answers import Answer
from openbeian.v3.wire.documents import parse
from openbeian.v3.wire.validation import validate_root
from tests import samples
from tests.authority.province import ProvinceSystem
from tests.authority.road import (  # noqa: F401
    NUMBER,
    SUBJECT_NUMBER,
    ZHEJIANG,
    approved,
    cancelling,
    file,
    filed,
    handed_over,
    province,
    receive_now,
    reports,
    result,
    sms,
    state_of,
    submitted,
)
from tests.jobs import run_jobs  # noqa: F401
from tests.orders import ORGANIZER, account

OPERATOR = Actor(Role.OPERATOR, "user:9")
WZID, ZTID = "33000000002", "33000000001"


@pytest.fixture
def order(db, handed_over, province) -> Order:  # noqa: F811
    """A filed order."""
    order = handed_over()
    receive_now(province, result(order.pk), filed(order, at="2023-09-05"))
    order.refresh_from_db()
    return order


def document(content: str) -> bytes:
    """A download file that has no ICP block."""
    return f'<?xml version="1.0" encoding="GBK"?><DownloadData version="V.3.0">{content}</DownloadData>'.encode("gbk")


def task(kind: str) -> Assignment:
    return Assignment.objects.get(kind=kind)


# Blacklists


def listed(operation: int, number: str) -> bytes:
    return file(f"<HMDLB><Zthmd><Id>4</Id><Czlx>{operation}</Czlx><Dwmc>失信公司</Dwmc><Zj><Zjlx>1</Zjlx>"
                f"<Zjhm>{number}</Zjhm></Zj></Zthmd></HMDLB>")


def test_a_blacklist_reaches_open_orders_and_new_ones_until_it_is_taken_back(submitted, province, db, at):  # noqa: F811
    order = submitted()
    number = submitted_dossier(order).organizer.certificate.number
    receive_now(province, listed(0, number))
    (finding,) = findings_of(order).filter(rule="OB-BLK-001")
    assert (finding.source, finding.severity) == ("authority", "blocks")
    with pytest.raises(SubmissionRefused):
        _file_again(order)
    receive_now(province, listed(2, number))
    _file_again(order)
    assert number not in str(list(Event.objects.values()))
    assert queries.problems().count() == 0


def test_nothing_blacklisted_is_handed_over(approved, province, db, at):  # noqa: F811
    order = approved()
    number = submitted_dossier(order).organizer.certificate.number
    receive_now(province, listed(0, number))
    assert verbs.hand_over(order_id=order.pk) is None
    assert (state_of(order), province.uploaded, Upload.objects.count()) == ("returned", {}, 0)
    assert [finding.rule for finding in findings_of(order).filter(source="authority")] == ["OB-BLK-001"]


def test_nor_is_it_handed_over_again_after_a_lapsed_verification(handed_over, province, db, at):  # noqa: F811
    """An unchanged order skips the platform's second review, so nobody else would look."""
    order = handed_over()
    number = submitted_dossier(order).organizer.certificate.number
    receive_now(province, result(order.pk), reports(sms(order.pk, "subject", "refused", "2023-09-05T10:20:00+08:00")))
    receive_now(province, listed(0, number))
    resubmit(order_id=order.pk, account=account_of(order), actor=ORGANIZER)
    assert verbs.hand_over(order_id=order.pk) is None
    assert (state_of(order), sorted(province.uploaded)) == ("returned", [1])


def _file_again(order: Order) -> None:
    """The organizer takes the order back and files the same again."""
    order.refresh_from_db()
    if order.state == "platform_review":
        withdraw(order_id=order.pk, actor=ORGANIZER)
    dossier = current_document(order)
    submission.file(appid=order.appid, document=dossier, account=account(order.appid, dossier), actor=ORGANIZER)


# Notices


def notice(number: str = NUMBER, text: str = "请更新主体地址") -> bytes:
    return file(f"<XGTZ><Tzxx><Tzlb>1</Tzlb><Baxh>{number}</Baxh><Jlid>{WZID}</Jlid><Tznr>{text}</Tznr></Tzxx></XGTZ>")


def test_a_notice_to_rectify_is_kept_with_a_limit_and_told_to_the_organizer(order, province):  # noqa: F811
    receive_now(province, notice())
    row = task("rectify")
    assert (row.appid, row.due_at.isoformat()) == (order.appid, "2023-09-19T16:00:00+00:00")
    assert Notice.objects.get(code="rectify").context == {"number": NUMBER}
    assert {line.path: line.personal for line in lines_of_assignment(row)} == {
        "category": False, "number": False, "key": False, "text": True}
    assert verbs.finish_assignment(assignment_id=row.pk, actor=OPERATOR, at=clock.now()) is True


def test_the_same_notice_twice_is_one_and_after_it_was_done_a_new_one(order, province):  # noqa: F811
    receive_now(province, notice())
    receive_now(province, notice())
    assert Assignment.objects.count() == 1
    verbs.finish_assignment(assignment_id=task("rectify").pk, actor=OPERATOR, at=clock.now())
    receive_now(province, notice())
    assert Assignment.objects.count() == 2


def test_checks_and_illegal_accesses_are_kept_for_a_person(order, province):  # noqa: F811
    receive_now(
        province,
        file(f"<HCJG><Zthc><Ztid>{ZTID}</Ztid><Baxh>{SUBJECT_NUMBER}</Baxh><Hcjg>地址不符</Hcjg></Zthc>"
             f"<Wzch><Wzid>{WZID}</Wzid><Baxh>{NUMBER}</Baxh><Hcjg>1</Hcjg></Wzch></HCJG>"),
        file("<FFJRHMD><Ffjr><Id>1</Id><Ym>bad.example.com</Ym><Ip>192.0.2.9</Ip><Zjjrz>某商</Zjjrz><Szs>330000</Szs>"
             "<Dqjcsj>2023-09-05 10:00:00</Dqjcsj></Ffjr></FFJRHMD>"))
    assert sorted(Assignment.objects.values_list("kind", "appid")) == [
        ("check", order.appid), ("check", order.appid), ("illegal_access", "")]
    assert (queries.problems().count(), queries.unmatched().count()) == (0, 0)


# Tasks that are answered


def send_answers(province: ProvinceSystem) -> str:  # noqa: F811
    verbs.send(province=ZHEJIANG)
    xml = province.uploaded[max(province.uploaded)]
    assert validate_root(parse(xml), "upload") == []
    return xml.decode("gbk")


def unfiled() -> bytes:
    return file("<WBAWZLB><Wbawz><Id>3</Id><Wzym_mc>unfiled.example.com</Wzym_mc><IP>3221225985</IP>"
                "<Dqjcsj>2023-09-05 10:00:00</Dqjcsj><Jccs>1</Jccs><Sssh>330000</Sssh><Jrs>某商</Jrs><Yys>某营</Yys>"
                "</Wbawz></WBAWZLB>")


def test_an_unfiled_service_is_answered_by_an_upload_once_the_job_runs(order, province):  # noqa: F811
    receive_now(province, unfiled())
    row = task("unfiled")
    assert verbs.answer_assignment(
        assignment_id=row.pk, passed=True, opinion="已停止接入", actor=OPERATOR, at=clock.now()) is True
    assert Upload.objects.filter(assignment=row).count() == 0  # nothing leaves in the request of a person
    sent = send_answers(province)
    assert "<Ym>unfiled.example.com</Ym>" in sent and "<Clyj>已停止接入</Clyj>" in sent
    assert verbs.send(province=ZHEJIANG) == 0

    receive_now(province, file("<BAJG><Jg_xx><Jgxx><Jgdm>0</Jgdm><Dmms>-</Dmms></Jgxx></Jg_xx></BAJG>"))
    assert Upload.objects.get(assignment=row).state == "accepted"
    assert queries.unmatched().count() == 0


def test_an_answer_that_is_not_taken_opens_the_task_again(order, province):  # noqa: F811
    receive_now(province, unfiled())
    row = task("unfiled")
    verbs.answer_assignment(assignment_id=row.pk, passed=True, opinion="已停止接入", actor=OPERATOR, at=clock.now())
    send_answers(province)
    receive_now(province, file("<BAJG><Jg_xx><Jgxx><Jgdm>5005</Jgdm><Dmms>-</Dmms></Jgxx></Jg_xx></BAJG>"))
    row.refresh_from_db()
    assert (row.done_at, Upload.objects.get(assignment=row).message_code) == (None, 5005)
    assert verbs.answer_assignment(
        assignment_id=row.pk, passed=False, opinion="不是我方接入", actor=OPERATOR, at=clock.now()) is True
    assert "不是我方接入" in send_answers(province)


def test_a_task_whose_answer_is_not_taken_can_be_closed_without_another(order, province):  # noqa: F811
    receive_now(province, unfiled())
    row = task("unfiled")
    assert verbs.finish_assignment(assignment_id=row.pk, actor=OPERATOR, at=clock.now()) is False  # answer it first
    verbs.answer_assignment(assignment_id=row.pk, passed=True, opinion="已停止接入", actor=OPERATOR, at=clock.now())
    send_answers(province)
    receive_now(province, file("<BAJG><Jg_xx><Jgxx><Jgdm>1055</Jgdm><Dmms>-</Dmms></Jgxx></Jg_xx></BAJG>"))
    assert verbs.finish_assignment(assignment_id=row.pk, actor=OPERATOR, at=clock.now()) is True
    row.refresh_from_db()
    assert (row.done_at, verbs.send(province=ZHEJIANG)) == (clock.now(), 0)


def to_verify(order: Order) -> bytes:
    principal = "<Fzr_xm>林示例</Fzr_xm><Fzr_sjhm>13900000001</Fzr_sjhm>"
    return file(
        f"<HSRW><Baxx><Zt_xx><Ztid>{ZTID}</Ztid><Dwmc>杭州青禾示例科技有限公司</Dwmc><Dwxz>4</Dwxz><Txdz><Shengid>330000"
        f"</Shengid><Shiid>330100</Shiid><Xianid>330106</Xianid><Xxdz>示例路8号</Xxdz></Txdz><Zj><Zjlx>1</Zjlx>"
        f"<Zjhm>91330106MA00000139</Zjhm><Zjzs>示例路8号</Zjzs></Zj><Fzr>{principal}</Fzr><Baxh>{SUBJECT_NUMBER}</Baxh>"
        f"<Bbyhlx>1</Bbyhlx><Scbbsj>2023-09-05 10:00:00</Scbbsj><Zjxgsj>2023-09-05 10:00:00</Zjxgsj></Zt_xx><Wz_xx>"
        f"<Wzid>{WZID}</Wzid><Wzmc>青禾文具</Wzmc><Fwnr><Fwnr_id>1001</Fwnr_id></Fwnr>"
        f'<mp:MiniProgram xmlns:mp="{EXTENSION}" version="1"><mp:AppId>{order.appid}</mp:AppId>'
        "<mp:ServiceType>7</mp:ServiceType><mp:FaceCheck>t1</mp:FaceCheck>"
        "<mp:PrincipalValidFrom>20200101</mp:PrincipalValidFrom><mp:PrincipalValidUntil>长期</mp:PrincipalValidUntil>"
        "<mp:PrincipalEmergencyNumber>13900000002</mp:PrincipalEmergencyNumber></mp:MiniProgram>"
        f"<Wz_Fzr>{principal}</Wz_Fzr><Scbbsj>2023-09-05 10:00:00</Scbbsj><Zjxgsj>2023-09-05 10:00:00</Zjxgsj>"
        f"<Baxh>{NUMBER}</Baxh></Wz_xx></Baxx></HSRW>")


def test_a_record_to_verify_is_answered_with_the_record(order, province):  # noqa: F811
    receive_now(province, to_verify(order))
    row = task("verify")
    assert row.appid == order.appid
    verbs.answer_assignment(assignment_id=row.pk, passed=False, opinion="地址已变更", actor=OPERATOR, at=clock.now())
    sent = send_answers(province)
    assert "<HSJG>" in sent and "<Hsjg>1</Hsjg>" in sent and f"<Ztid>{ZTID}</Ztid>" in sent
    assert "林示例" not in str(list(Event.objects.values()))


def test_each_result_finds_its_answer_in_whatever_order_they_come(order, province):  # noqa: F811
    receive_now(province, unfiled(), to_verify(order))
    for kind in ("unfiled", "verify"):
        verbs.answer_assignment(
            assignment_id=task(kind).pk, passed=True, opinion="已核实", actor=OPERATOR, at=clock.now())
        send_answers(province)
    answers = {kind: Upload.objects.filter(assignment__kind=kind, state="accepted") for kind in ("unfiled", "verify")}

    receive_now(province, file(f"<BAJG><Jg_xx><Jgxx><Jgdm>0</Jgdm></Jgxx><Bs>{ZTID}</Bs></Jg_xx></BAJG>"))
    assert {kind: found.count() for kind, found in answers.items()} == {"unfiled": 0, "verify": 1}
    receive_now(province, file("<BAJG><Jg_xx><Jgxx><Jgdm>0</Jgdm></Jgxx></Jg_xx></BAJG>"))
    assert {kind: found.count() for kind, found in answers.items()} == {"unfiled": 1, "verify": 1}
    assert (queries.problems().count(), queries.unmatched().count()) == (0, 0)


def test_a_result_without_a_key_leaves_the_answer_that_has_one_to_wait_for_its_own(answer, order, province):  # noqa: F811
    """The verification was sent first, and the result of the other answer overtakes its own."""
    receive_now(province, unfiled())
    verbs.answer_assignment(
        assignment_id=task("unfiled").pk, passed=True, opinion="已停止接入", actor=OPERATOR, at=clock.now())
    send_answers(province)
    receive_now(province, file("<BAJG><Jg_xx><Jgxx><Jgdm>0</Jgdm></Jgxx></Jg_xx></BAJG>"))
    receive_now(province, VERIFIED)
    states = Upload.objects.exclude(assignment=None).values_list("assignment__kind", "state")
    assert sorted(states) == [("unfiled", "accepted"), ("verify", "accepted")]


VERIFIED = file(f"<BAJG><Jg_xx><Jgxx><Jgdm>0</Jgdm></Jgxx><Bs>{ZTID}</Bs></Jg_xx></BAJG>")


@pytest.fixture
def answer(order, province) -> Upload:  # noqa: F811
    """A verification that was answered and sent."""
    receive_now(province, to_verify(order))
    verbs.answer_assignment(
        assignment_id=task("verify").pk, passed=True, opinion="已核实", actor=OPERATOR, at=clock.now())
    send_answers(province)
    return Upload.objects.get(assignment__kind="verify")


def test_a_result_finds_its_answer_where_the_worker_died_before_it_could_note_the_delivery(answer, province):  # noqa: F811
    Upload.objects.filter(pk=answer.pk).update(state="prepared", delivered_at=None)
    receive_now(province, VERIFIED)
    answer.refresh_from_db()
    assert (answer.state, queries.unmatched().count()) == ("accepted", 0)


def test_an_unknown_code_for_an_answer_is_shown_and_the_true_result_still_counts(answer, province):  # noqa: F811
    receive_now(province, VERIFIED.replace(b"<Jgdm>0<", b"<Jgdm>1777<"))
    answer.refresh_from_db()
    assert (answer.state, answer.assignment.done_at is None) == ("delivered", False)
    assert [row.reason for row in queries.unmatched()] == ["unknown_code_1777"]
    receive_now(province, VERIFIED)
    answer.refresh_from_db()
    assert answer.state == "accepted"


def test_a_result_that_is_told_again_decides_nothing_else(answer, order, province):  # noqa: F811
    """Nor does it go to the list for a person. A cancellation has the same key, and waits for its own result."""
    receive_now(province, VERIFIED)
    cancel = cancelling(order, "cancel_subject")
    waiting = verbs.hand_over(order_id=cancel.pk)
    assert waiting.record_key == answer.record_key == ZTID
    receive_now(province, VERIFIED)
    assert (state_of(cancel), queries.unmatched().count()) == ("handover", 0)


def test_a_lane_that_rests_sends_the_answer_later(order, province):  # noqa: F811
    from openbeian.authority.client import LinkError

    receive_now(province, unfiled())
    verbs.answer_assignment(
        assignment_id=task("unfiled").pk, passed=True, opinion="已停止接入", actor=OPERATOR, at=clock.now())
    province.answers["isp_upload"] = [503]
    with pytest.raises(LinkError):
        verbs.send(province=ZHEJIANG)
    assert queries.orphaned_answers() == []  # its job is still there
    del province.answers["isp_upload"]
    assert verbs.send(province=ZHEJIANG) == 1


def test_an_answer_given_while_another_fails_to_be_sent_leaves_the_lane_free(run_jobs, order, province):  # noqa: F811
    from django.db import connections

    from openbeian.authority.verbs.schedule import defer_send

    def refuse(arguments):
        defer_send(province=ZHEJIANG)
        connections.close_all()
        return Answer(999)

    receive_now(province, unfiled())
    verbs.answer_assignment(
        assignment_id=task("unfiled").pk, passed=True, opinion="已停止接入", actor=OPERATOR, at=clock.now())
    province.answers["isp_upload"] = [refuse]
    run_jobs()
    sending = ProcrastinateJob.objects.filter(task_name="authority.send")
    assert sorted(sending.values_list("status", "attempts")) == [("todo", 0), ("todo", 1)]


@pytest.mark.parametrize("opinion", ["", "  ", "字" * 251, "已处理 😀"])
def test_an_answer_that_cannot_be_sent_is_refused_at_once(order, province, opinion):  # noqa: F811
    receive_now(province, unfiled())
    with pytest.raises(verbs.AnswerRefused):
        verbs.answer_assignment(
            assignment_id=task("unfiled").pk, passed=True, opinion=opinion, actor=OPERATOR, at=clock.now())


# Code tables


def test_code_tables_are_compared_and_change_nothing(order, province):  # noqa: F811
    receive_now(province, document(
        "<JCDM><Jcdm_xx><Dwxz><Id>4</Id><Mc>企业</Mc><Sfyx>1</Sfyx></Dwxz><Dwxz><Id>77</Id><Mc>新性质</Mc><Sfyx>1</Sfyx>"
        "</Dwxz><Zjlx><Id>1</Id><Mc>某证</Mc><Sfyx>0</Sfyx></Zjlx></Jcdm_xx></JCDM>"))
    assert sorted(CodeDifference.objects.values_list("table", "code", "theirs")) == [
        ("certificate_types", "1", None), ("subject_types", "77", "新性质")]
    assert queries.problems().count() == 0


# Everything at once


def everything(*records: bytes) -> bytes:
    inner = b"".join(xml.split(b"<BASJ>")[1].split(b"</BASJ>")[0] for xml in records).decode("gbk")
    return document(f"<SJTB><ICP><BASJ>{inner}</BASJ></ICP></SJTB>")


def test_a_full_synchronisation_confirms_what_is_there_and_tells_what_is_missing(order, province, at):  # noqa: F811
    at("2023-09-06T10:00:00+08:00")
    receive_now(province, everything(filed(order, at="2023-09-05")))
    assert (Lane.objects.get().resynchronised_at, ProvinceRecord.objects.get().confirmed_at) == (clock.now(),) * 2
    report = verbs.reconcile(province=ZHEJIANG, at=clock.now())
    assert (report.held, report.told, [one["kind"] for one in report.differences]) == (1, 1, [])

    at("2023-09-20T10:00:00+08:00")
    stranger = filed(order, at="2023-09-05", number=f"{SUBJECT_NUMBER}-9X", appid="wxstranger").replace(
        WZID.encode(), b"33000000099").replace(f"<IspWzid>{order.pk}</IspWzid>".encode(), b"").replace(
        f"<IspZtid>{order.pk}</IspZtid>".encode(), b"")
    receive_now(province, everything(stranger))
    report = verbs.reconcile(province=ZHEJIANG, at=clock.now())
    assert sorted(one["kind"] for one in report.differences) == ["cancelled_there", "missing_here"]
    assert (queries.unmatched().count(), queries.problems().count()) == (0, 0)
    assert state_of(order) == "filed"


def test_a_number_whose_own_file_was_lost_comes_with_a_full_synchronisation(handed_over, province, db, at):  # noqa: F811
    order = handed_over()
    receive_now(province, result(order.pk))
    receive_now(province, everything(filed(order, at="2023-09-05")))
    order.refresh_from_db()
    assert (order.state, order.service_number) == ("filed", NUMBER)


def test_fields_of_the_record_are_compared(order, province):  # noqa: F811
    """The provincial clerk has corrected the organizer's name on his side."""
    dossier: dict[str, Any] = current_document(order)
    changed = filed(order, at="2023-09-05").decode("gbk").replace(
        "<Ztid>", "<Dwmc>另一个名称</Dwmc><Dwxz>4</Dwxz><Ztid>").encode("gbk")
    receive_now(province, changed)
    (difference,) = verbs.reconcile(province=ZHEJIANG, at=clock.now()).differences
    assert (difference["kind"], difference["fields"]) == ("differs", ["organizer.name"])
    assert dossier["organizer"]["type"] == samples.enterprise_dossier()["organizer"]["type"] == 4
