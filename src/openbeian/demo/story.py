"""The demonstration's story, August 2023 to April 2024, told by driving the running system.

Six invented organizers: one is returned and corrected, one lets its SMS lapse, one is refused by the
administration, one never files, one is filed and later cancelled, one files too late and comes back.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from openbeian.demo import invariants
from openbeian.demo.cast import (
    CHEN,
    CHUANYOU,
    EVERYONE,
    QINGHE,
    SHENHAI,
    SUXIU,
    YUEDIAN,
    Character,
    picture,
)
from openbeian.demo.doors import Administration, Desk, DoorError, Provider
from openbeian.filings.models import Order
from openbeian.filings.queries import latest_order_of, submitted_dossier, timeline
from openbeian.ledger import clock
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.lifecycle import State

ORGANIZER_TYPES = {4: "enterprise", 5: "individual"}
WAIT_SECONDS = 90
DEADLINE = "2024-04-01T00:00:00+08:00"
A_SECOND_BEFORE = "2024-03-31T23:59:59+08:00"


class StoryError(Exception):
    """The running system did something else than the story tells."""


@dataclass
class Facts:
    """What the story saw, as ``openbeian demo --json`` prints it."""

    gate: list[dict[str, Any]] = field(default_factory=list)
    sweep: dict[str, Any] = field(default_factory=dict)
    checked: int = 0
    violated: list[str] = field(default_factory=list)

    def orders(self) -> list[dict[str, Any]]:
        """Every order with the states it went through, and the number it was issued, if any."""
        cast = {person.appid: person for person in EVERYONE}
        return [
            {
                "order": order.pk,
                "appid": order.appid,
                "kind": order.kind,
                "organizer_type": ORGANIZER_TYPES[cast[order.appid].organizer_type],
                "province": order.province,
                "states": [
                    {"state": event.data["to"], "at": event.at.astimezone(SHANGHAI).isoformat()}
                    for event in timeline(order) if "to" in event.data
                ],
                "number": order.service_number if order.state == State.FILED else None,
            }
            for order in Order.objects.order_by("pk")
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "orders": self.orders(), "gate": self.gate, "sweep": self.sweep,
            "invariants": {"checked": self.checked, "violated": self.violated},
        }


class Story:
    """Tells the story. ``say`` takes each line; everything else goes through the system's own doors."""

    def __init__(
        self, *, web_url: str, provider: Provider, desk: Desk, administration: Administration,
        sweep: Callable[[str, bool], dict[str, Any]], say: Callable[[str], None],
    ) -> None:
        self.web_url = web_url
        self.provider = provider
        self.desk = desk
        self.administration = administration
        self.sweep = sweep
        self.say = say
        self.facts = Facts()
        self.media: dict[str, dict[str, str]] = {}

    def at(self, instant: str) -> None:
        """Move the clock to an instant of the story."""
        clock.set_instant(datetime.fromisoformat(instant), running=False)

    def tell(self, zh: str, en: str) -> None:
        """Say what has just happened, then check that everything still holds."""
        now = clock.now()
        self.say(f"{now.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}  {zh}\n{'':21}{en}")
        found = invariants.violations(now)
        self.facts.checked += len(invariants.AFTER_EVERY_STEP)
        self._note(found)

    def _note(self, found: list[str]) -> None:
        self.facts.violated += found
        for violation in found:
            self.say(f"{'':21}✗ {violation}")

    def wait_for(self, what: str, happened: Callable[[], Any]) -> Any:
        """Wait for the running system to get there. Raises :class:`StoryError` after a while."""
        waited = 0.0
        while waited < WAIT_SECONDS:
            if result := happened():
                return result
            time.sleep(0.1)
            waited += 0.1
        raise StoryError(f"{what} did not happen within {WAIT_SECONDS} seconds")

    def wait_for_state(self, who: Character, state: State) -> Order:
        """Wait until the newest order of ``who`` stands at ``state``."""
        def there() -> Order | None:
            order = latest_order_of(who.appid)
            return order if order is not None and order.state == state else None
        return self.wait_for(f"{who.key} at {state}", there)

    def ask_gate(self, who: Character, at: str = "") -> dict[str, Any]:
        """Ask the gate over HTTP and note its answer."""
        params = {"appid": who.appid} | ({"at": at} if at else {})
        answer = requests.get(f"{self.web_url}/gate/check", params=params, timeout=30).json()
        self.facts.gate.append({key: answer[key] for key in ("appid", "at", "allowed", "code", "clause")})
        return answer

    def expect_gate(self, who: Character, *, allowed: bool, code: str, at: str = "") -> None:
        """Ask the gate and hold it to its answer."""
        answer = self.ask_gate(who, at)
        if (answer["allowed"], answer["code"]) != (allowed, code):
            raise StoryError(f"the gate says {answer['code']} of {who.key}, not {code}")

    def upload_pictures(self, who: Character) -> dict[str, str]:
        """Upload what the dossier needs, once for each organizer."""
        if who.key not in self.media:
            front = "icp_subject.principal_info.certificate_photo_front"
            back = "icp_subject.principal_info.certificate_photo_back"
            media = {
                "front": self.provider.upload(who.appid, picture("ID FRONT"), front, 2),
                "back": self.provider.upload(who.appid, picture("ID BACK"), back, 2),
                "letter": self.provider.upload(who.appid, picture("COMMITMENT"), "icp_materials.commitment_letter"),
            }
            if ORGANIZER_TYPES[who.organizer_type] == "enterprise":
                media["licence"] = self.provider.upload(
                    who.appid, picture("LICENCE"), "icp_subject.organize_info.certificate_photo", 1)
            self.media[who.key] = media
        return self.media[who.key]

    def pass_face_check(self, who: Character) -> str:
        """Ask for a face check and wait until the demonstration has passed it by itself."""
        task = self.provider.call(who.appid, "create_icp_verifytask", {})["task_id"]
        self.wait_for("the face check", lambda: self.provider.call(
            who.appid, "query_icp_verifytask", {"task_id": task}).get("face_status") == 3)
        return task

    def apply(self, who: Character, **service: Any) -> dict[str, Any]:
        """File for ``who`` as its service provider's client does."""
        media = self.upload_pictures(who)
        return self.provider.call(
            who.appid, "apply_icp_filing", who.application(media, self.pass_face_check(who), **service))

    def must_succeed(self, reply: dict[str, Any]) -> None:
        if reply.get("errcode"):
            fields = [hint.get("err_field") for hint in reply.get("hints", [])]
            raise StoryError(f"the API answered {reply['errcode']} {fields}")

    def file(self, who: Character, **service: Any) -> Order:
        """File and see the order in review."""
        self.must_succeed(self.apply(who, **service))
        return self.wait_for_state(who, State.PLATFORM_REVIEW)

    def approve(self, who: Character) -> Order:
        """The reviewer approves; the worker hands the order over; the administration takes it up."""
        order = latest_order_of(who.appid)
        assert order is not None
        self.desk.approve(order.pk)
        return self.wait_for_state(who, State.SMS_PENDING)

    def answer_sms(self, who: Character) -> Order:
        """The principal reads the code off the telephone and enters it at the ministry's page."""
        code = self.wait_for("the SMS", lambda: self.administration.codes(who.principal.mobile))[0]
        self.administration.verify(
            code=code, mobile=who.principal.mobile, certificate_number=who.principal.certificate_number)
        return self.wait_for_state(who, State.AUTHORITY_REVIEW)

    def decide(self, who: Character, *, approve: bool, opinion: str, then: State) -> Order:
        """The clerk of the provincial administration decides on the order of ``who``."""
        record = self.wait_for("the record on the clerk's desk", lambda: next(
            (record for record in self.administration.records()
             if record["appid"] == who.appid and record["state"] == "review"), None))
        self.administration.decide(record["id"], approve=approve, opinion=opinion)
        return self.wait_for_state(who, then)

    def run(self) -> Facts:
        """The whole story, in order."""
        for chapter in (self.before, self.returned_and_corrected, self.smooth, self.lapsed, self.refused,
                        self.cancelled, self.too_late, self.deadline, self.back_again, self.afterwards):
            chapter()
        return self.facts

    def before(self) -> None:
        self.at("2023-08-28T10:00:00+08:00")
        self.expect_gate(QINGHE, allowed=True, code="before_regime")
        self.tell("小程序目录已导入，六家主办者已授权服务商代办备案。9 月 1 日之前尚无备案要求。",
                  "The catalogue is imported; six organizers have let their provider file for them. "
                  "Nothing is required before 1 September.")
        self.at("2023-09-01T00:00:00+08:00")
        self.expect_gate(QINGHE, allowed=False, code="unfiled_never_listed")
        self.expect_gate(CHUANYOU, allowed=True, code="listed_before_start_until_deadline")
        self.tell("制度施行：未上架的小程序须先备案（青禾文具不得上架）；已上架的可在 2024 年 3 月 31 日前补办。",
                  "The regime begins: what was never listed must be filed first; what is listed has until 31 March 2024.")

    def returned_and_corrected(self) -> None:
        self.at("2023-09-05T10:00:00+08:00")
        media = self.upload_pictures(QINGHE)
        wrong = QINGHE.application(media, "no-such-task", comment="卖文具")
        wrong["icp_subject"]["base_info"]["name"] = "杭州另一家示例有限公司"
        wrong["icp_subject"]["organize_info"]["certificate_number"] = "91330106MA2B001153"
        wrong["icp_subject"]["principal_info"]["mobile"] = "12345"
        reply = self.provider.call(QINGHE.appid, "apply_icp_filing", wrong)
        fields = {hint["err_field"] for hint in reply.get("hints", [])}
        expected = {
            "icp_subject.base_info.name", "icp_subject.organize_info.certificate_number",
            "icp_subject.principal_info.mobile", "icp_applets.base_info.comment",
            "icp_applets.principal_info.verify_task_id"}
        if reply.get("errcode") != 86202 or not expected <= fields:
            raise StoryError(f"five wrong fields, but the hints name {sorted(fields)}")
        if latest_order_of(QINGHE.appid) is not None:
            raise StoryError("a refused application left an order behind")
        self.tell("青禾文具首次提交：五处错误一次全部指出，未留下任何数据。",
                  "Qinghe's first try: all five mistakes are named at once, nothing is left behind.")
        self.at("2023-09-05T10:30:00+08:00")
        order = self.file(QINGHE)
        self.tell("改正后提交成功，进入平台初审。", "Corrected and submitted; the platform reviews.")
        self.at("2023-09-06T14:00:00+08:00")
        self.desk.return_for_completion(order.pk, [
            ("service.description", "未说明商品来源", "请写明所售商品为本公司自产"),
            ("organizer.certificate.photo", "营业执照照片四角不全", "请上传四角完整的原件彩色照片"),
        ])
        self.wait_for_state(QINGHE, State.RETURNED)
        if len(self.provider.status(QINGHE.appid).get("audit_data", [])) != 2:
            raise StoryError("the provider does not see both findings")
        self.tell("审核员退回，一次列出两条意见。", "The reviewer returns it with two findings at once.")
        self.at("2023-09-07T09:30:00+08:00")
        del self.media[QINGHE.key]["licence"]
        self.media[QINGHE.key]["licence"] = self.provider.upload(
            QINGHE.appid, picture("LICENCE, FOUR CORNERS"), "icp_subject.organize_info.certificate_photo", 1)
        self.file(QINGHE)
        self.tell("服务商逐项修改后再次提交。", "The provider corrects both and submits again.")
        self.at("2023-09-07T15:00:00+08:00")
        self.approve(QINGHE)
        self.tell("初审通过，材料已报送浙江省通信管理局；负责人收到工信部短信。",
                  "Approved; the dossier is with Zhejiang's administration; the principal has the ministry's SMS.")
        self.at("2023-09-07T16:00:00+08:00")
        self.answer_sms(QINGHE)
        self.tell("短信核验通过，管局开始审核。", "Verified by SMS; the administration's review begins.")
        self.at("2023-09-20T10:00:00+08:00")
        order = self.decide(QINGHE, approve=True, opinion="同意", then=State.FILED)
        self.expect_gate(QINGHE, allowed=True, code="filed")
        self.tell(f"管局通过，备案号 {order.service_number}，即时可上架。",
                  f"Approved under number {order.service_number}; the gate opens at once.")

    def smooth(self) -> None:
        self.at("2023-10-09T09:00:00+08:00")
        self.file(SHENHAI)
        self.at("2023-10-10T11:00:00+08:00")
        self.approve(SHENHAI)
        self.answer_sms(SHENHAI)
        order = self.decide(SHENHAI, approve=True, opinion="同意", then=State.FILED)
        self.tell(f"申海花艺一路顺利，备案号 {order.service_number}。",
                  f"Shenhai passes without a hitch: {order.service_number}.")

    def lapsed(self) -> None:
        self.at("2023-11-06T09:00:00+08:00")
        self.file(CHEN)
        self.at("2023-11-07T10:00:00+08:00")
        self.approve(CHEN)
        self.tell("个人主办者的订单待短信核验。", "An individual's order waits for its SMS.")
        self.at("2023-11-08T10:00:00+08:00")
        self.wait_for_state(CHEN, State.SMS_LAPSED)
        self.tell("24 小时内未核验，短信核验超时。", "Nobody answered within 24 hours; the verification lapses.")
        self.at("2023-11-09T09:00:00+08:00")
        order = latest_order_of(CHEN.appid)
        assert order is not None
        task = self.provider.call(CHEN.appid, "apply_icp_filing", CHEN.application(
            self.media[CHEN.key], self._last_face_check(order)))
        self.must_succeed(task)
        self.wait_for_state(CHEN, State.SMS_PENDING)
        self.tell("材料未变，直接重新报送管局。", "Nothing has changed, so it goes straight back to the administration.")
        self.answer_sms(CHEN)
        self.at("2023-11-24T15:00:00+08:00")
        order = self.decide(CHEN, approve=True, opinion="同意", then=State.FILED)
        self.tell(f"随手记账本备案成功：{order.service_number}。", f"Filed: {order.service_number}.")

    def _last_face_check(self, order: Order) -> str:
        return submitted_dossier(order).service.principal.face_check

    def refused(self) -> None:
        self.at("2023-12-04T09:00:00+08:00")
        self.file(YUEDIAN)
        self.at("2023-12-05T10:00:00+08:00")
        self.approve(YUEDIAN)
        self.answer_sms(YUEDIAN)
        self.at("2023-12-18T10:00:00+08:00")
        self.decide(YUEDIAN, approve=False, opinion="通信地址与证件住所不一致，请核实。", then=State.AUTHORITY_REJECTED)
        self.expect_gate(YUEDIAN, allowed=False, code="unfiled_never_listed")
        self.tell("广东省通信管理局驳回粤点点餐，理由已转告主办者。",
                  "Guangdong's administration refuses Yuedian; the reason reaches the organizer.")

    def cancelled(self) -> None:
        self.at("2024-02-19T09:00:00+08:00")
        self.expect_gate(SHENHAI, allowed=True, code="filed")
        self.must_succeed(self.provider.call(SHENHAI.appid, "cancel_icp_filing", {"cancel_type": 2, "reason_type": 1}))
        self.wait_for_state(SHENHAI, State.PLATFORM_REVIEW)
        self.at("2024-02-20T10:00:00+08:00")
        self.approve(SHENHAI)
        self.answer_sms(SHENHAI)
        self.at("2024-02-26T10:00:00+08:00")
        self.decide(SHENHAI, approve=True, opinion="同意注销", then=State.CANCELLED)
        self.expect_gate(SHENHAI, allowed=False, code="filing_cancelled")
        self.tell("申海花艺停业并注销备案，备案号不再恢复，小程序随即下架。",
                  "Shenhai closes and cancels its filing; the number is gone for good and the shelf closes.")

    def too_late(self) -> None:
        self.at("2024-03-25T09:00:00+08:00")
        self.file(SUXIU)
        self.at("2024-03-27T10:00:00+08:00")
        self.approve(SUXIU)
        self.answer_sms(SUXIU)
        self.tell("苏绣小铺赶在期限前提交，管局仍在审核。", "Suxiu files at the last moment; the administration is still at it.")

    def deadline(self) -> None:
        self.at(A_SECOND_BEFORE)
        self.expect_gate(CHUANYOU, allowed=True, code="listed_before_start_until_deadline")
        self.tell("期限前一秒：川游手札未备案，仍可服务。", "One second before the deadline: Chuanyou, unfiled, may still serve.")
        self.at(DEADLINE)
        self.expect_gate(CHUANYOU, allowed=False, code="unfiled_after_deadline")
        self.tell("期限到：清理尚未运行，闸口已拒绝。", "The deadline: the gate refuses before any sweep has run.")
        rehearsal = self.sweep(DEADLINE, True)
        done = self.sweep(DEADLINE, False)
        again = self.sweep(DEADLINE, False)
        if rehearsal["taken_offline"] != done["taken_offline"]:
            raise StoryError("the dry run promised something else than the sweep did")
        self.facts.sweep = {"at": DEADLINE, "taken_offline": done["taken_offline"],
                            "second_run": again["taken_offline"]}
        self.expect_gate(CHUANYOU, allowed=True, code="listed_before_start_until_deadline", at=A_SECOND_BEFORE)
        self.expect_gate(CHUANYOU, allowed=False, code="unfiled_after_deadline", at=DEADLINE)
        self.expect_gate(CHEN, allowed=True, code="filed", at=DEADLINE)
        self.tell(f"清理完成：下架 {done['taken_offline']} 个，再次运行 {again['taken_offline']} 个。",
                  f"The sweep takes {done['taken_offline']} offline; a second run {again['taken_offline']}.")

    def back_again(self) -> None:
        self.at("2024-04-10T10:00:00+08:00")
        order = self.decide(SUXIU, approve=True, opinion="同意", then=State.FILED)
        self.expect_gate(SUXIU, allowed=True, code="filed")
        self.tell(f"苏绣小铺取得备案号 {order.service_number}，即刻恢复上架。",
                  f"Suxiu gets its number {order.service_number} and is back on the shelf at once.")

    def afterwards(self) -> None:
        """With the system at rest: everything has left, and nothing personal lies about in clear."""
        now = clock.now()
        self.wait_for("the last push", lambda: not list(invariants.everything_left_at_least_once(now)))
        secrets = [secret for who in EVERYONE for secret in who.secrets()]
        self.facts.checked += 2
        self._note(list(invariants.everything_left_at_least_once(now)))
        self._note(list(invariants.nothing_personal_in_clear(secrets)))
        if self.facts.violated:
            raise DoorError(f"{len(self.facts.violated)} invariants did not hold")
