"""Somebody claims the filing of a mini program that is not under their account."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from openbeian.accounts.models import User
from openbeian.accounts.verbs import appoint_administrator
from openbeian.ledger import clock, working_days
from openbeian.ledger.models import Event
from openbeian.notices.queries import inbox
from openbeian.regime import calendar
from openbeian.regime.actors import Actor, Role
from openbeian.regime.dossier import parse
from openbeian.regime.facts import Approval
from openbeian.register import claims
from openbeian.register.claims import approve_claim, claim_filing, refuse_claim, withdraw_claim
from openbeian.register.errors import (
    ClaimEnded,
    ClaimIncomplete,
    ClaimNotNeeded,
    NoSuchFiling,
    NotFound,
    ReasonMissing,
    TooManyTries,
)
from openbeian.register.models import Claim, ClaimState, Service, WrongTries
from openbeian.register.queries import certificate_digest
from openbeian.register.verbs import cancel, cancel_access, issue
from tests.accounts.people import (  # noqa: F401
    APPID,
    OPERATOR,
    administrators,
    chen,
    happened,
    lin,
    make,
    told,
    zhou,
)

pytestmark = pytest.mark.django_db

AUTHORITY, REVIEWER = Actor(Role.AUTHORITY, "authority:330000"), Actor(Role.REVIEWER, "user:77")
NUMBER, CERTIFICATE_NUMBER = "浙ICP备2023000001号-1X", "91330106MA0000015K"


def file(appid: str, certificate_number: str, *, subject: str = "浙ICP备2023000001号", nth: int = 1) -> Service:
    """The administration gives ``appid`` a number."""
    at = datetime.fromisoformat("2023-09-01T09:00:00+08:00")
    return issue(
        order_id=nth, appid=appid,
        certificate_digest=certificate_digest(1, certificate_number),
        dossier=parse({
            "organizer": {"type": 4, "name": "杭州青禾示例科技有限公司", "province": "330000",
                          "certificate": {"type": 1, "number": certificate_number}},
            "service": {"name": "青禾文具"}})[0],
        approval=Approval(subject, f"{subject}-1X", f"ZJ{nth}", f"ZJ{nth}-1", at), actor=AUTHORITY, at=at)


@pytest.fixture
def service(lin: User) -> Service:  # noqa: F811
    """The filing of the mini program that Lin administers."""
    return file(APPID, CERTIFICATE_NUMBER)


def ask(user: User, *, number: str = NUMBER, certificate_number: str = CERTIFICATE_NUMBER, remark: str = "") -> Claim:
    return claim_filing(user=user, number=number, certificate_number=certificate_number, remark=remark)


def damage(row: Model, column: str) -> None:
    """Change one bit of what is stored in the column."""
    sealed = bytearray(getattr(row, column))
    sealed[-1] ^= 1
    type(row)._base_manager.filter(pk=row.pk).update(**{column: bytes(sealed)})


def events() -> list[tuple[str, str]]:
    return [one for one in happened() if one[0].startswith(("register:claim", "app:"))][1:]  # but Lin's appointment


# A claim and what becomes of it


def test_a_claim_that_is_approved_makes_one_more_administrator(service: Service, lin: User, chen: User) -> None:  # noqa: F811
    made = ask(chen)
    assert (made.state, made.service, administrators()) == (ClaimState.WAITING, service, ["lin"])
    assert list(claims.waiting_claims()) == [made]
    assert (told(lin), told(chen)) == (["claim_made"], [])

    approve_claim(claim_id=made.pk, reviewer=REVIEWER)
    assert administrators() == ["lin", "chen"]
    assert (told(lin), told(chen)) == (["claim_made", "administrator_added"], ["claim_approved"])
    assert events() == [
        ("register:claim:made", chen.actor.id),
        ("register:claim:approved", "user:77"),
        ("app:administrator_appointed", "user:77"),
    ]
    assert Event.objects.get(tag="register:claim:approved").data == {
        "claim": made.pk, "number": NUMBER, "user": chen.pk}
    assert (list(claims.waiting_claims()), list(claims.decided_claims())) == ([], [made])


def test_a_claim_that_is_refused_shows_why_and_may_be_made_again(service: Service, lin: User, chen: User) -> None:  # noqa: F811
    made = ask(chen)
    refused = refuse_claim(claim_id=made.pk, reviewer=REVIEWER, reason=" 未能证明与主体的关系 ")
    assert (refused.state, refused.ended_by, claims.reason_of(refused)) == (
        ClaimState.REFUSED, "user:77", "未能证明与主体的关系")
    assert (administrators(), told(chen), told(lin)) == (["lin"], ["claim_refused"], ["claim_made", "claim_ended"])
    assert events()[-1] == ("register:claim:refused", "user:77")
    assert ask(chen).state == ClaimState.WAITING


def test_the_claimant_can_take_it_back_and_nobody_else(service: Service, lin: User, chen: User) -> None:  # noqa: F811
    made = ask(chen)
    with pytest.raises(NotFound):
        withdraw_claim(claim_id=made.pk, user=lin)
    assert withdraw_claim(claim_id=made.pk, user=chen).state == ClaimState.WITHDRAWN
    with pytest.raises(ClaimEnded) as late:
        approve_claim(claim_id=made.pk, reviewer=REVIEWER)
    assert late.value.state == ClaimState.WITHDRAWN
    assert (administrators(), told(lin), told(chen)) == (["lin"], ["claim_made", "claim_ended"], [])
    assert events()[-1] == ("register:claim:withdrawn", chen.actor.id)


def test_a_filing_that_nobody_administers_can_be_claimed(chen: User) -> None:  # noqa: F811
    file("wx0000000000000002", CERTIFICATE_NUMBER)
    approve_claim(claim_id=ask(chen).pk, reviewer=REVIEWER)
    assert administrators("wx0000000000000002") == ["chen"]


def test_a_claim_is_decided_once(service: Service, chen: User) -> None:  # noqa: F811
    made = ask(chen)
    approve_claim(claim_id=made.pk, reviewer=REVIEWER)
    with pytest.raises(ClaimEnded):
        refuse_claim(claim_id=made.pk, reviewer=REVIEWER, reason="晚了")
    with pytest.raises(ClaimEnded):
        approve_claim(claim_id=made.pk, reviewer=REVIEWER)
    assert administrators() == ["lin", "chen"]


def test_only_a_reviewer_decides_and_only_for_a_reason(service: Service, chen: User) -> None:  # noqa: F811
    made = ask(chen)
    for actor in (OPERATOR, chen.actor):
        with pytest.raises(PermissionError):
            approve_claim(claim_id=made.pk, reviewer=actor)
        with pytest.raises(PermissionError):
            refuse_claim(claim_id=made.pk, reviewer=actor, reason="不行")
    for reason in ("", "  ", "长" * 301):
        with pytest.raises(ReasonMissing):
            refuse_claim(claim_id=made.pk, reviewer=REVIEWER, reason=reason)
    with pytest.raises(NotFound):
        approve_claim(claim_id=made.pk + 1, reviewer=REVIEWER)
    made.refresh_from_db()
    assert made.state == ClaimState.WAITING


def test_claims_end_with_the_number_and_say_why(service: Service, lin: User, chen: User, zhou: User) -> None:  # noqa: F811
    made, taken_back = ask(chen), ask(zhou)
    withdraw_claim(claim_id=taken_back.pk, user=zhou)
    cancel(appid=APPID, number=NUMBER, order_id=2, actor=AUTHORITY, at=clock.now())
    made.refresh_from_db()
    assert (made.state, made.ended_by) == (ClaimState.REFUSED, "authority:330000")
    assert claims.reason_of(made) == "该备案号已注销，认领随之结束。The number has been cancelled, and the claim with it."
    assert (told(chen), events()[-1]) == (["claim_refused"], ("register:claim:refused", "authority:330000"))
    taken_back.refresh_from_db()
    assert taken_back.state == ClaimState.WITHDRAWN
    with pytest.raises(ClaimEnded):
        approve_claim(claim_id=made.pk, reviewer=REVIEWER)
    assert administrators() == ["lin"]


def test_claims_outlive_an_access_that_is_given_up(service: Service, chen: User) -> None:  # noqa: F811
    made = ask(chen)
    cancel_access(appid=APPID, number=NUMBER, order_id=2, actor=AUTHORITY, at=clock.now())
    assert list(claims.waiting_claims()) == [made]


# When it is due


@pytest.mark.parametrize(("made_at", "due_at", "provisional"), [
    ("2023-09-05T10:00:00+08:00", "2023-09-08T00:00:00+08:00", False),  # Tuesday: until Thursday's end
    ("2023-09-28T10:00:00+08:00", "2023-10-09T00:00:00+08:00", False),  # over Mid-Autumn and National Day
    ("2098-03-03T10:00:00+08:00", "2098-03-06T00:00:00+08:00", True),  # holidays not published
])
def test_the_review_is_due_after_two_working_days(
    service: Service, chen: User, at: Callable[[str], datetime], made_at: str, due_at: str, provisional: bool  # noqa: F811
) -> None:
    at(made_at)
    made = ask(chen)
    assert (made.due_at, made.due_provisional) == (datetime.fromisoformat(due_at), provisional)
    assert list(claims.overdue_claims(made.due_at)) == []
    assert list(claims.overdue_claims(at(due_at.replace("00:00:00+", "00:00:01+")))) == [made]


def test_a_published_year_settles_the_claims_that_waited_for_it(
    service: Service, chen: User, zhou: User, at: Callable[[str], datetime]  # noqa: F811
) -> None:
    last = calendar.published().published_years()[-1]
    at(f"{last}-12-31T10:00:00+08:00")
    first = ask(chen)
    holidays = [f"{last + 1}-{day}" for day in (
        "01-01", "01-02", "01-03", "01-04", "01-05", "01-06", "05-01", "10-01", "10-02", "10-03")]
    try:
        text = "date,kind\n" + "".join(f"{day},holiday\n" for day in holidays)
        assert working_days.publish_year(text=text, actor=OPERATOR) == last + 1
        known = calendar.in_use()
        calendar.use(calendar.published())  # as in a process that has not heard of it
        second = ask(zhou)
        working_days.settle()
        limits = [(row.due_at, row.due_provisional) for row in Claim.objects.order_by("pk")]
        assert first.due_provisional and second.due_provisional
        assert limits == [(calendar.due_after_working_days(first.made_at, 2, known).instant, False)] * 2
        assert limits[0][0] > first.due_at
    finally:
        calendar.use(calendar.published())


# Wrong numbers and certificates


@pytest.mark.parametrize("number", [NUMBER, " 浙icp备２０２３０００００１号－1x ", "浙 ICP 备 2023000001 号 -1X"])
@pytest.mark.parametrize("certificate_number", [CERTIFICATE_NUMBER, " 91330106ma0000015k ", "９１３３０１０６ＭＡ００００015K"])
def test_numbers_typed_carelessly_are_understood(
    service: Service, chen: User, number: str, certificate_number: str  # noqa: F811
) -> None:
    assert ask(chen, number=number, certificate_number=certificate_number).service == service


def test_a_wrong_number_and_a_wrong_certificate_are_refused_alike(service: Service, lin: User, chen: User) -> None:  # noqa: F811
    file("wx0000000000000002", "91440106MA5C00226U", subject="浙ICP备2023000002号", nth=2)
    cancelled = file("wx0000000000000003", "91510104MA6D00448M", subject="浙ICP备2023000003号", nth=3)
    cancel(appid=cancelled.appid, number=cancelled.number, order_id=9, actor=AUTHORITY, at=clock.now())
    wrong = [
        {"number": "浙ICP备2023000009号-1X"},  # no such number
        {"certificate_number": "91330106MA2B001152"},  # no such certificate
        {"certificate_number": "91440106MA5C00226U"},  # another filed organizer's
        {"number": "浙ICP备2023000002号-1X"},  # both are on file, but not together
        {"number": cancelled.number, "certificate_number": "91510104MA6D00448M"},
    ]
    said = []
    for nth, one in enumerate(wrong):
        WrongTries.objects.all().delete()
        with pytest.raises(NoSuchFiling) as refused:
            ask([chen, lin][nth % 2], **one)
        said.append((refused.value.code, refused.value.zh, refused.value.en))
    assert said == [said[0]] * len(wrong)
    assert (Claim.objects.count(), told(lin), events()) == (0, [], [])


def test_five_wrong_tries_a_day(service: Service, chen: User, zhou: User, at: Callable[[str], Any]) -> None:  # noqa: F811
    left = []
    for _ in range(5):
        with pytest.raises(NoSuchFiling) as refused:
            ask(chen, certificate_number="91330106MA2B001152")
        left.append(refused.value.en.rpartition(": ")[2])
    assert left == ["4.", "3.", "2.", "1.", "0."]
    with pytest.raises(TooManyTries):
        ask(chen)  # right, and too late
    assert ask(zhou).claimant == zhou, "another account has tries of its own"
    at("2023-09-05T23:59:59+08:00")
    with pytest.raises(TooManyTries):
        ask(chen)
    at("2023-09-06T00:00:00+08:00")
    assert ask(chen).claimant == chen


def test_right_claims_and_slips_of_the_pen_cost_no_try(chen: User) -> None:  # noqa: F811
    for nth in range(1, 8):
        subject = f"浙ICP备{2023000000 + nth}号"
        file(f"wx000000000000100{nth}", f"9133010600000000{nth}X", subject=subject, nth=nth)
        ask(chen, number=f"{subject}-1X", certificate_number=f"9133010600000000{nth}X")
        with pytest.raises(ClaimIncomplete):
            ask(chen, number="浙ICP")
    assert (Claim.objects.count(), WrongTries.objects.get().used) == (7, 0)


def test_everything_that_cannot_be_right_is_said_at_once(service: Service, chen: User) -> None:  # noqa: F811
    with pytest.raises(ClaimIncomplete) as refused:
        ask(chen, number="浙ICP备2023000001号", certificate_number=" ", remark="长" * 301)
    assert [(one.field, one.rule, one.reason_zh) for one in refused.value.findings] == [
        ("number", "OB-CLM-001", "这不是小程序的服务备案号。"),
        ("certificate_number", "OB-CLM-002", "证件号码为空或过长。"),
        ("remark", "OB-CLM-003", "备注超过 300 字。"),
    ]
    assert all(one.remedy_zh and one.remedy_en and one.reason_en for one in refused.value.findings)


@pytest.mark.parametrize("number", ["", "浙ICP备2023000001号-1", "浙ICP备2023000001号-1A", "x" * 900, "\0", "浙ICP备\0号-1X"])
def test_what_is_no_number_of_a_mini_program_is_a_finding(service: Service, chen: User, number: str) -> None:  # noqa: F811
    with pytest.raises(ClaimIncomplete) as refused:
        ask(chen, number=number)
    assert [one.field for one in refused.value.findings] == ["number"]


@pytest.mark.django_db(transaction=True)
def test_the_count_of_wrong_tries_cannot_be_taken_back_with_them(service: Service, chen: User) -> None:  # noqa: F811
    with transaction.atomic(), pytest.raises(RuntimeError):
        ask(chen)
    with pytest.raises(NoSuchFiling):
        ask(chen, certificate_number="91330106MA2B001152")
    assert WrongTries.objects.get().used == 1


# Once only, and nothing personal


def test_one_open_claim_per_account_and_number(service: Service, lin: User, chen: User, zhou: User) -> None:  # noqa: F811
    ask(chen)
    with pytest.raises(ClaimNotNeeded, match="claimed this filing already"):
        ask(chen)
    ask(zhou)
    with pytest.raises(ClaimNotNeeded, match="administer this mini program already"):
        ask(lin)
    assert Claim.objects.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(claimant=zhou).update(claimant=chen)


def test_who_became_administrator_otherwise_is_approved_without_a_second_appointment(service: Service, chen: User) -> None:  # noqa: F811
    made = ask(chen)
    appoint_administrator(user=chen, appid=APPID, actor=OPERATOR)
    approve_claim(claim_id=made.pk, reviewer=REVIEWER)
    assert administrators() == ["lin", "chen"]
    assert Event.objects.filter(tag="app:administrator_appointed", data__user=chen.pk).count() == 1


def test_nothing_personal_is_stored_in_clear(service: Service, chen: User) -> None:  # noqa: F811
    made = ask(chen, remark="本人林示例，手机 13900000001")
    refuse_claim(claim_id=made.pk, reviewer=REVIEWER, reason="林示例不是负责人")
    with connection.cursor() as cursor:
        for table in ("register_claim", "register_wrongtries", "ledger_event", "notices_notice"):
            for secret in ("林示例", "13900000001", CERTIFICATE_NUMBER):
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s OR t::text LIKE %s",
                               [f"%{secret}%", f"%{secret.encode().hex()}%"])
                assert cursor.fetchone() == (0,), (table, secret)
    made.refresh_from_db()
    assert (claims.remark_of(made), claims.reason_of(made)) == ("本人林示例，手机 13900000001", "林示例不是负责人")
    assert inbox(chen)[0].body == f"您对备案号 {NUMBER} 的认领未通过，原因见“认领备案”页。"


@pytest.mark.parametrize("statement", [
    "UPDATE register_claim SET state = 'approved'",
    "UPDATE register_claim SET ended_at = made_at",
    "UPDATE register_claim SET state = 'refused', ended_at = made_at",
])
def test_the_database_holds_what_an_end_needs(service: Service, chen: User, statement: str) -> None:  # noqa: F811
    ask(chen)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
