"""The organizers' pages of transfers and claims: what they show, what a button does, whose they are."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from openbeian.accounts import transfers
from openbeian.accounts.models import TransferOffer, User
from openbeian.register.claims import approve_claim, refuse_claim
from openbeian.register.models import Claim, Service
from tests.accounts.people import APPID, administrators, chen, lin, zhou  # noqa: F401
from tests.register.test_claims import CERTIFICATE_NUMBER, NUMBER, REVIEWER, ask, damage, service  # noqa: F401

pytestmark = pytest.mark.django_db


def browser(user: User, language: str = "zh-hans") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(page: Any) -> str:
    """What a page says, on one line."""
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


# A transfer


def test_a_transfer_from_the_offer_to_the_new_administrators_page(lin: User, chen: User) -> None:  # noqa: F811
    giver, taker = browser(lin), browser(chen)
    assert f"/portal/apps/{APPID}/transfer/" in giver.get(f"/portal/apps/{APPID}/").text
    assert "您不能再查看和办理" in text(giver.get(f"/portal/apps/{APPID}/transfer/"))
    after = text(giver.post(f"/portal/apps/{APPID}/transfer/", {"addressee": "chen"}, follow=True))
    assert "已提出转移" in after and "已向“chen”提出，等待对方接受，2023-09-12 10:00 前有效。" in after
    assert "正在转移" in text(giver.get(f"/portal/apps/{APPID}/transfer/"))

    home = text(taker.get("/portal/"))
    assert "转移给您" in home and "来自账号 lin，2023-09-12 10:00 前有效" in home
    offer = TransferOffer.objects.get()
    after = taker.post(f"/portal/transfers/{offer.pk}/", {"act": "accept"}, follow=True)
    assert (after.redirect_chain, "小程序现由您管理" in text(after)) == ([(f"/portal/apps/{APPID}/", 302)], True)
    assert (administrators(), giver.get(f"/portal/apps/{APPID}/").status_code) == (["chen"], 404)
    assert "转移给您" not in text(taker.get("/portal/"))
    assert "不再管理它" in text(giver.get("/portal/messages/"))


def test_declining_and_taking_back(lin: User, chen: User) -> None:  # noqa: F811
    for who, act, said in ((chen, "decline", "已拒绝"), (lin, "withdraw", "已撤回，管理员不变")):
        offer = transfers.offer_transfer(appid=APPID, user=lin, addressee="chen")
        assert said in text(browser(who).post(f"/portal/transfers/{offer.pk}/", {"act": act}, follow=True))
    assert administrators() == ["lin"]


def test_an_answer_that_comes_too_late_is_told_so(lin: User, chen: User, at: Callable[[str], Any]) -> None:  # noqa: F811
    offer = transfers.offer_transfer(appid=APPID, user=lin, addressee="chen")
    transfers.withdraw_offer(offer_id=offer.pk, user=lin)
    address = f"/portal/transfers/{offer.pk}/"
    assert "这次转移已撤回。" in text(browser(chen).post(address, {"act": "accept"}, follow=True))
    assert "This offer has been taken back." in text(browser(chen, "en").post(address, {"act": "decline"}, follow=True))
    offer = transfers.offer_transfer(appid=APPID, user=lin, addressee="chen")
    at("2023-09-12T10:00:00+08:00")
    late = browser(chen).post(f"/portal/transfers/{offer.pk}/", {"act": "accept"}, follow=True)
    assert "这次转移已过期。" in text(late)
    assert administrators() == ["lin"]


def test_an_offer_is_the_business_of_two_people(lin: User, chen: User, zhou: User) -> None:  # noqa: F811
    offer = transfers.offer_transfer(appid=APPID, user=lin, addressee="chen")
    acts = ("accept", "decline", "withdraw")
    answers = {(user.username, act): browser(user).post(f"/portal/transfers/{offer.pk}/", {"act": act}).status_code
               for user, allowed in ((zhou, ()), (lin, ("withdraw",)), (chen, ("accept", "decline")))
               for act in acts if act not in allowed}
    assert set(answers.values()) == {404} and len(answers) == 6
    assert "转移给您" not in text(browser(zhou).get("/portal/"))
    assert browser(zhou).post(f"/portal/apps/{APPID}/transfer/", {"addressee": "zhou"}).status_code == 404
    assert browser(lin).get(f"/portal/apps/{APPID}/transfer/").status_code == 200


@pytest.mark.parametrize("post", [{}, {"act": ""}, {"act": "steal"}, {"act": "\0"}])
def test_nonsense_for_an_answer_is_not_found(lin: User, chen: User, post: dict[str, str]) -> None:  # noqa: F811
    offer = transfers.offer_transfer(appid=APPID, user=lin, addressee="chen")
    assert browser(chen).post(f"/portal/transfers/{offer.pk}/", post).status_code == 404
    assert browser(chen).post("/portal/transfers/" + "9" * 30 + "/", {"act": "accept"}).status_code == 404


@pytest.mark.parametrize("name", ["", "\0", "x" * 300, "\U0001f600" * 100, "lin"])
def test_nonsense_for_a_name_is_told_on_the_page(lin: User, name: str) -> None:  # noqa: F811
    page = browser(lin, "en").post(f"/portal/apps/{APPID}/transfer/", {"addressee": name})
    assert "alert-danger" in page.text and "Offer the transfer" in text(page) or page.status_code == 302
    assert TransferOffer.objects.exclude(recipient=None).count() == 0


# A claim


def test_a_claim_from_the_form_to_the_mini_program(service: Service, chen: User) -> None:  # noqa: F811
    claimant = browser(chen)
    assert "/portal/claims/" in claimant.get("/portal/").text
    after = claimant.post("/portal/claims/", {
        "number": NUMBER, "certificate_number": CERTIFICATE_NUMBER, "remark": "公司新任负责人"}, follow=True)
    assert "已提交，等待平台审核。" in text(after)
    assert "审核期限 2023-09-08 00:00" in text(after) and CERTIFICATE_NUMBER not in after.text
    assert "审核期限 2023-09-08 00:00" in text(claimant.get("/portal/"))
    approve_claim(claim_id=Claim.objects.get().pk, reviewer=REVIEWER)
    assert "审核期限" not in text(claimant.get("/portal/"))
    assert "已通过" in text(claimant.get("/portal/claims/"))
    assert claimant.get(f"/portal/apps/{APPID}/").status_code == 200


def test_the_reason_of_a_refusal_is_shown_to_the_claimant_only(service: Service, chen: User, zhou: User) -> None:  # noqa: F811
    refuse_claim(claim_id=ask(chen).pk, reviewer=REVIEWER, reason="未能证明与主体的关系")
    assert {user.username: "未能证明与主体的关系" in text(browser(user).get("/portal/claims/")) for user in (chen, zhou)} == {
        "chen": True, "zhou": False}


def test_overdue_and_provisional_are_marked_as_with_orders(
    service: Service, chen: User, at: Callable[[str], Any]  # noqa: F811
) -> None:
    at("2098-03-03T10:00:00+08:00")
    ask(chen)
    assert "审核期限 2098-03-06 00:00 （暂定）" in text(browser(chen).get("/portal/claims/"))
    at("2098-03-07T10:00:00+08:00")
    assert "审核期限 2098-03-06 00:00 已超期 （暂定）" in text(browser(chen).get("/portal/"))


def test_what_is_wrong_stands_beside_its_field(service: Service, chen: User) -> None:  # noqa: F811
    page = browser(chen).post("/portal/claims/", {"number": "浙ICP备2023000001号", "remark": "备注还在"})
    said = text(page)
    assert "这不是小程序的服务备案号。 请填写带后缀的服务备案号" in said and "证件号码为空或过长。" in said
    assert "备注还在" in said and 'value="浙ICP备2023000001号"' in page.text
    english = text(browser(chen, "en").post("/portal/claims/", {}))
    assert "The filing number is empty." in english and "The certificate number is empty or too long." in english


def test_number_and_certificate_are_refused_by_one_and_the_same_page(service: Service, chen: User, zhou: User) -> None:  # noqa: F811
    def page(user: User, number: str, certificate: str) -> str:
        answer = browser(user).post("/portal/claims/", {"number": number, "certificate_number": certificate})
        own = re.compile(rf'value="({number}|{certificate})"|{user.username}|\b[A-Za-z0-9]{{64}}\b')
        return own.sub("…", answer.text)

    wrong_number = page(chen, "浙ICP备2023000009号-1X", CERTIFICATE_NUMBER)
    assert "没有与此备案号和证件号码同时相符的有效备案" in wrong_number
    assert page(zhou, NUMBER, "91330106MA2B001152") == wrong_number


def test_only_the_claimant_takes_a_claim_back(service: Service, lin: User, chen: User) -> None:  # noqa: F811
    address = f"/portal/claims/{ask(chen).pk}/withdraw/"
    assert browser(lin).post(address).status_code == 404
    assert "已撤回。" in text(browser(chen).post(address, follow=True))
    assert "这次认领已由申请人撤回。" in text(browser(chen).post(address, follow=True))
    assert browser(chen).post("/portal/claims/" + "9" * 30 + "/withdraw/").status_code == 404


@pytest.mark.parametrize("post", [
    {"number": "\0" * 50}, {"number": NUMBER, "certificate_number": "\0"}, {"remark": "\0"},
    {"number": "浙" * 5000, "certificate_number": "\U0001f600" * 64, "remark": "x" * 9000},
    {"number": NUMBER, "certificate_number": "\U0001f600", "remark": "\0\ud7ff"},
])
def test_nonsense_in_the_form_breaks_nothing(service: Service, chen: User, post: dict[str, str]) -> None:  # noqa: F811
    assert "alert-danger" in browser(chen).post("/portal/claims/", post).text
    assert Claim.objects.count() == 0


def test_a_damaged_record_is_refused_and_a_damaged_reason_is_named(service: Service, chen: User, zhou: User) -> None:  # noqa: F811
    refused = ask(chen)
    refuse_claim(claim_id=refused.pk, reviewer=REVIEWER, reason="未能证明与备案主体的关系")
    refused.refresh_from_db()
    damage(refused, "reason_sealed")
    assert "存档已损坏，无法显示。" in text(browser(chen).get("/portal/claims/"))
    damage(service.subject, "sealed")
    answer = browser(zhou).post("/portal/claims/", {"number": NUMBER, "certificate_number": CERTIFICATE_NUMBER})
    assert "该备案记录的存档已损坏，暂时无法使用。请联系平台运营人员。" in text(answer)
    assert Claim.objects.get() == refused
