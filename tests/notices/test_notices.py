"""What the administrators of a mini program are told."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from openbeian.accounts.models import User
from openbeian.accounts.verbs import appoint_administrator, create_user
from openbeian.authority.verbs import hand_over, remind
from openbeian.filings.evidence import create_face_check
from openbeian.filings.orders import withdraw
from openbeian.filings.queries import account_of
from openbeian.filings.submission import resubmit
from openbeian.ledger import clock
from openbeian.notices import queries, verbs
from openbeian.notices.models import Notice
from openbeian.notices.texts import TEXTS, render
from openbeian.regime.actors import Actor, Role
from openbeian.regime.facts import Approval
from openbeian.regime.lifecycle import Action
from openbeian.register.verbs import cancel, cancel_access
from openbeian.review.verbs import ReviewFinding, approve, return_for_completion
from openbeian.shelf.signals import apps_put_back, apps_taken_offline
from tests.authority.road import approved, handed_over, province, receive_now, reports, result, sms  # noqa: F401
from tests.orders import (  # noqa: F401 – a fixture
    AUTHORITY,
    DAMAGES,
    ORGANIZER,
    REVIEWER,
    damage_snapshot,
    submitted,
    take_action,
)
from tests.wechat.platform import catalogue

APPID = "wx0000000000000001"
pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    operator = Actor(Role.OPERATOR, "user:1")
    user = create_user(username="organizer", password="invented", role="organizer", actor=operator)
    appoint_administrator(user=user, appid=APPID, actor=operator)
    return user


def codes(user: User) -> list[str]:
    return [message.code for message in queries.inbox(user)][::-1]


def test_the_administrator_hears_of_a_return_with_the_number_of_findings(submitted, administrator) -> None:  # noqa: F811
    order = submitted(APPID)
    Notice.objects.all().delete()  # the face check's
    return_for_completion(order_id=order.pk, reviewer=REVIEWER, findings=[
        ReviewFinding("organizer.address", "地址不详", "补充门牌号"),
        ReviewFinding("service.description", "内容过简", "说明实际业务"),
    ])
    [message] = queries.inbox(administrator)
    assert message.title == "备案订单已退回"
    assert message.body == f"订单 {order.pk} 有 2 处需要修改，请修改后重新提交。"
    [english] = queries.inbox(administrator, language="en")
    assert english.body == f"Order {order.pk} has 2 findings. Correct them and submit again."


def test_every_step_the_organizer_did_not_take_is_told(submitted, administrator) -> None:  # noqa: F811
    order = submitted(APPID)
    Notice.objects.all().delete()
    approve(order_id=order.pk, reviewer=REVIEWER)
    for action in (Action.UPLOADED, Action.LAPSED):
        take_action(order_id=order.pk, action=action, actor=AUTHORITY, at=clock.now())
    take_action(order_id=order.pk, action=Action.RESUBMIT, actor=ORGANIZER, at=clock.now())
    for action in (Action.UPLOADED, Action.VERIFIED):
        take_action(order_id=order.pk, action=action, actor=AUTHORITY, at=clock.now())
    assert codes(administrator) == ["handed_over", "sms_pending", "sms_lapsed", "sms_pending", "authority_review"]


def test_the_title_names_the_mini_program(submitted, administrator) -> None:  # noqa: F811
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    order = submitted(APPID)
    Notice.objects.all().delete()
    approve(order_id=order.pk, reviewer=REVIEWER)
    verbs.tell(code="transfer_offered", at=clock.now(), recipient=administrator, context={"appid": APPID})
    verbs.tell(code="put_back", at=clock.now(), recipient=administrator)
    titles = {language: [message.title for message in queries.inbox(administrator, language=language)][::-1]
              for language in ("zh-hans", "en")}
    assert titles == {
        "zh-hans": ["青禾文具：平台审核已通过", "青禾文具：有小程序要转移给您", "小程序已恢复上架"],
        "en": ["青禾文具: The platform approved your filing", "青禾文具: A mini program is offered to you",
               "Mini program back on the shelf"],
    }


def test_who_must_still_verify_is_named_as_long_as_they_must(handed_over, province, administrator) -> None:  # noqa: F811
    order = handed_over(appid=APPID)
    receive_now(province, result(order.pk))
    Notice.objects.exclude(code="sms_pending").delete()
    remind(at=clock.now() + timedelta(hours=12))
    chinese = [
        f"管局已受理订单 {order.pk}。负责人须在 24 小时内完成工信部短信核验，逾期订单将退回。",
        f"订单 {order.pk} 的短信核验还剩约 12 小时，逾期订单将退回。没有收到短信的，可在工信部短信核验页面重新获取。"]

    def waits_for(words: str) -> list[str]:
        return [text + words for text in chinese]

    def told(language: str = "zh-hans") -> list[str]:
        return [message.body for message in queries.inbox(administrator, language=language)
                if message.code in ("sms_pending", "sms_reminder")][::-1]

    assert told() == waits_for("待核验：主体负责人 13*******01、小程序负责人 13*******01。")
    assert {body.partition(" Still to verify: ")[2] for body in told("en")} == {
        "subject principal 13*******01, mini program's principal 13*******01."}
    receive_now(province, reports(sms(order.pk, "subject", "verified", "2023-09-05T10:10:00+08:00")))
    assert told() == waits_for("待核验：小程序负责人 13*******01。")
    receive_now(province, reports(sms(order.pk, "service", "verified", "2023-09-05T10:20:00+08:00")))
    assert told() == waits_for("")


def test_after_a_lapse_who_did_not_verify_is_named_until_the_order_goes_on(
    handed_over, province, administrator, at: Callable  # noqa: F811
) -> None:
    order = handed_over(appid=APPID)
    body = f"订单 {order.pk} 未按时完成短信核验。信息无误可直接重新提交，需要修改请先修改。"

    def lapsed(language: str = "zh-hans") -> list[str]:
        return [message.body for message in queries.inbox(administrator, language=language)
                if message.code == "sms_lapsed"][::-1]

    receive_now(province, result(order.pk), reports(
        sms(order.pk, "subject", "verified", "2023-09-05T10:10:00+08:00"),
        sms(order.pk, "service", "lapsed", "2023-09-05T10:10:00+08:00")))
    assert lapsed() == [f"{body}未核验：小程序负责人 13*******01。"]
    assert lapsed("en") == [
        f"Order {order.pk} was not verified in time. Resubmit it unchanged, or amend it first."
        " Not verified: mini program's principal 13*******01."]

    at("2023-09-07T10:00:00+08:00")
    order.refresh_from_db()
    resubmit(order_id=order.pk, account=account_of(order), actor=ORGANIZER)
    hand_over(order_id=order.pk)
    assert lapsed() == [body]
    receive_now(province, result(order.pk), reports(sms(order.pk, "subject", "refused", "2023-09-07T10:10:00+08:00")))
    assert lapsed() == [body, f"{body}未核验：主体负责人 13*******01、小程序负责人 13*******01。"]


@pytest.mark.parametrize("where", DAMAGES)
def test_a_damaged_order_leaves_out_the_mobiles_and_takes_no_message_away(
    handed_over, province, administrator, where  # noqa: F811
) -> None:
    order = handed_over(appid=APPID)
    receive_now(province, result(order.pk))
    before = queries.inbox(administrator)
    damage_snapshot(order, where=where)
    bodies = {message.code: message.body for message in queries.inbox(administrator)}
    assert bodies.keys() == {message.code for message in before}
    assert bodies["sms_pending"].endswith("待核验：主体负责人、小程序负责人。")


def test_what_the_organizer_did_is_not_told_back(submitted, administrator) -> None:  # noqa: F811
    order = submitted(APPID)
    Notice.objects.all().delete()
    withdraw(order_id=order.pk, actor=ORGANIZER)
    assert codes(administrator) == []


def test_a_face_check_comes_with_its_link(at: Callable, administrator) -> None:
    at("2023-09-05T10:00:00+08:00")
    task = create_face_check(appid=APPID, actor=ORGANIZER)
    [message] = queries.inbox(administrator)
    assert message.link == f"/face-check/{task.task_id}"
    assert message.link in message.body


def test_apps_taken_offline_are_told_in_one_statement(
    at: Callable, administrator, django_assert_num_queries
) -> None:
    now = at("2024-04-01T00:00:00+08:00")
    appids = [APPID, *(f"wx{number:016d}" for number in range(2, 500))]
    with django_assert_num_queries(1):
        apps_taken_offline.send(
            sender=None, appids=appids, codes=["unfiled_after_deadline"] * len(appids), at=now, actor=REVIEWER)
    assert Notice.objects.filter(code="taken_offline").count() == 499
    [message] = queries.inbox(administrator)
    assert message.body == f"小程序 {APPID} 已下架：期限届满仍未备案。完成备案后自动恢复。"
    apps_put_back.send(sender=None, appids=[APPID], codes=["filed"], at=now, actor=REVIEWER)
    assert codes(administrator) == ["taken_offline", "put_back"]


def test_reading_is_each_ones_own_mini_programs_only(at: Callable, administrator) -> None:
    now = at("2024-04-01T00:00:00+08:00")
    mine = verbs.tell(code="put_back", at=now, appid=APPID)
    verbs.tell(code="put_back", at=now, appid="wx0000000000000002")
    personal = verbs.tell(code="put_back", at=now, recipient=administrator)
    assert [message.id for message in queries.inbox(administrator)] == [personal.pk, mine.pk]
    assert queries.unread_count(administrator) == 2
    assert verbs.mark_read(user=administrator) == 2
    assert queries.unread_count(administrator) == 0
    assert Notice.objects.filter(read_at=None).count() == 1


def test_every_text_renders_in_both_languages_without_its_facts() -> None:
    for code in TEXTS:
        for language in ("zh-hans", "en"):
            title, body = render(code, {}, language=language)
            assert title and body and "{" not in body


@pytest.mark.parametrize(("end", "told"), [(cancel, "cancelled"), (cancel_access, "access_ended")])
def test_the_end_of_a_filing_is_told_however_it_came(
    end: Callable, told: str, submitted, administrator  # noqa: F811
) -> None:
    """Also where no order of the mini program's own ended it."""
    order = submitted(APPID)
    approve(order_id=order.pk, reviewer=REVIEWER)
    number = "浙ICP备2023000001号"
    for action in (Action.UPLOADED, Action.VERIFIED):
        take_action(order_id=order.pk, action=action, actor=AUTHORITY, at=clock.now())
    approval = Approval(number, f"{number}-1X", "330000000001", "330000000002", clock.now())
    take_action(order_id=order.pk, action=Action.ACCEPT, actor=AUTHORITY, at=clock.now(), outcome=approval)
    Notice.objects.all().delete()
    end(appid=APPID, number=f"{number}-1X", order_id=None, actor=AUTHORITY, at=clock.now())
    [message] = queries.inbox(administrator)
    assert (message.code, f"{number}-1X" in message.body) == (told, True)
