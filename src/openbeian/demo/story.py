"""The demonstration's story, August 2023 to April 2024, by driving the running system. Its steps are in story.csv.

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
from openbeian.demo.doors import Administration, Desk, DoorError, Provider
from openbeian.demo.sample_data import EVERYONE, LICENCE, Character, picture
from openbeian.filings.models import Order
from openbeian.filings.queries import latest_order_of, submitted_dossier, timeline
from openbeian.ledger import clock
from openbeian.regime.actors import Actor, Role
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.csv_files import csv_rows
from openbeian.regime.lifecycle import State
from openbeian.shelf.verbs import sweep

OPERATOR = Actor(Role.OPERATOR, "demonstration")
ORGANIZER_TYPES = {4: "enterprise", 5: "individual"}
WAIT_SECONDS = 90
DEADLINE = "2024-04-01T00:00:00+08:00"


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


@dataclass
class Story:
    """Tells the story. ``say`` takes each line; everything else goes through the system's own doors."""

    web_url: str
    provider: Provider
    desk: Desk
    administration: Administration
    say: Callable[[str], None]
    facts: Facts = field(default_factory=Facts)
    media: dict[str, dict[str, str]] = field(default_factory=dict)

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

    def order_of(self, who: Character) -> Order:
        """The newest order of ``who``."""
        order = latest_order_of(who.appid)
        assert order is not None
        return order

    def wait_for_state(self, who: Character, state: str) -> None:
        """Wait until the newest order of ``who`` stands at ``state``."""
        def there() -> bool:
            order = latest_order_of(who.appid)
            return order is not None and order.state == state
        self.wait_for(f"{who.key} at {state}", there)

    def expect_gate(self, who: Character, detail: str) -> None:
        """Ask the gate over HTTP, note its answer and hold it to ``detail``: allowed or refused, the code, the instant."""
        verdict, code, *at = detail.split()
        params = {"appid": who.appid} | ({"at": at[0]} if at else {})
        answer = requests.get(f"{self.web_url}/gate/check", params=params, timeout=30).json()
        self.facts.gate.append({key: answer[key] for key in ("appid", "at", "allowed", "code", "clause")})
        if (answer["allowed"], answer["code"]) != (verdict == "allowed", code):
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

    def must_succeed(self, reply: dict[str, Any]) -> None:
        if reply.get("errcode"):
            fields = [hint.get("err_field") for hint in reply.get("hints", [])]
            raise StoryError(f"the API answered {reply['errcode']} {fields}")

    def file(self, who: Character, detail: str = "") -> None:
        """File as its service provider's client does, and see the order in review."""
        media = self.upload_pictures(who)
        self.must_succeed(self.provider.call(
            who.appid, "apply_icp_filing", who.application(media, self.pass_face_check(who))))
        self.wait_for_state(who, State.PLATFORM_REVIEW)

    def file_with_mistakes(self, who: Character, detail: str) -> None:
        """Five mistakes are named at once, and nothing is left behind."""
        wrong = who.application(self.upload_pictures(who), "no-such-task", comment="卖文具")
        wrong["icp_subject"]["base_info"]["name"] = "杭州另一家示例有限公司"
        wrong["icp_subject"]["organize_info"]["certificate_number"] = "91330106MA2B001153"
        wrong["icp_subject"]["principal_info"]["mobile"] = "12345"
        reply = self.provider.call(who.appid, "apply_icp_filing", wrong)
        fields = {hint["err_field"] for hint in reply.get("hints", [])}
        expected = {
            "icp_subject.base_info.name", "icp_subject.organize_info.certificate_number",
            "icp_subject.principal_info.mobile", "icp_applets.base_info.comment",
            "icp_applets.principal_info.verify_task_id"}
        if reply.get("errcode") != 86202 or not expected <= fields:
            raise StoryError(f"five wrong fields, but the hints name {sorted(fields)}")
        if latest_order_of(who.appid) is not None:
            raise StoryError("a refused application left an order behind")

    def return_for_completion(self, who: Character, detail: str) -> None:
        """The reviewer returns the order with two findings."""
        self.desk.return_for_completion(self.order_of(who).pk, [
            ("service.description", "未说明商品来源", "请写明所售商品为本公司自产"),
            ("organizer.certificate.photo", "营业执照照片四角不全", "请上传四角完整的原件彩色照片"),
        ])
        self.wait_for_state(who, State.RETURNED)
        if len(self.provider.status(who.appid).get("audit_data", [])) != 2:
            raise StoryError("the provider does not see both findings")

    def file_corrected(self, who: Character, detail: str) -> None:
        """File again with another picture of the licence."""
        self.media[who.key]["licence"] = self.provider.upload(
            who.appid, picture("LICENCE, FOUR CORNERS"), "icp_subject.organize_info.certificate_photo", LICENCE)
        self.file(who)

    def file_unchanged(self, who: Character, detail: str) -> None:
        """File the same again, with the same face check: it goes straight back to the administration."""
        face_check = submitted_dossier(self.order_of(who)).service.principal.face_check
        self.must_succeed(self.provider.call(
            who.appid, "apply_icp_filing", who.application(self.media[who.key], face_check)))
        self.wait_for_state(who, State.SMS_PENDING)

    def cancel(self, who: Character, detail: str) -> None:
        """Ask for the cancellation of the mini program's filing."""
        self.must_succeed(self.provider.call(who.appid, "cancel_icp_filing", {"cancel_type": 2, "reason_type": 1}))
        self.wait_for_state(who, State.PLATFORM_REVIEW)

    def approve(self, who: Character, detail: str) -> None:
        """The reviewer approves; the worker hands the order over to the administration."""
        self.desk.approve(self.order_of(who).pk)
        self.wait_for_state(who, State.SMS_PENDING)

    def answer_sms(self, who: Character, detail: str) -> None:
        """The principal reads the code off the telephone and enters it at the ministry's page."""
        code = self.wait_for("the SMS", lambda: self.administration.codes(who.mobile))[0]
        self.administration.verify(code=code, mobile=who.mobile, certificate_number=who.principal_certificate)
        self.wait_for_state(who, State.AUTHORITY_REVIEW)

    def decide(self, who: Character, detail: str) -> None:
        """The clerk of the provincial administration decides; ``detail``: the state of the order then, the opinion."""
        state, opinion = detail.split()
        record = self.wait_for("the record on the clerk's desk", lambda: next(
            (record for record in self.administration.records()
             if record["appid"] == who.appid and record["state"] == "review"), None))
        self.administration.decide(record["id"], approve=state != State.AUTHORITY_REJECTED, opinion=opinion)
        self.wait_for_state(who, state)

    def sweep_the_shelf(self) -> None:
        """Rehearse the sweep, do it, and do it again."""
        rehearsal, done, again = (
            sweep(at=datetime.fromisoformat(DEADLINE), dry_run=dry_run, actor=OPERATOR).taken_offline
            for dry_run in (True, False, False))
        if rehearsal != done:
            raise StoryError("the dry run promised something else than the sweep did")
        self.facts.sweep = {"at": DEADLINE, "taken_offline": done, "second_run": again}

    def run(self) -> Facts:
        """The whole story, in the order of story.csv."""
        steps: dict[str, Callable[[Character, str], None]] = {
            "gate": self.expect_gate, "file": self.file, "file with mistakes": self.file_with_mistakes,
            "file corrected": self.file_corrected, "file unchanged": self.file_unchanged, "cancel": self.cancel,
            "return": self.return_for_completion, "approve": self.approve, "answer sms": self.answer_sms,
            "wait": self.wait_for_state, "decide": self.decide,
        }
        cast = {who.key: who for who in EVERYONE}
        for row in csv_rows(__file__, "story.csv"):
            if row["at"]:
                clock.set_instant(datetime.fromisoformat(row["at"]), running=False)
            if row["step"] == "sweep":
                self.sweep_the_shelf()
                continue
            who = cast[row["who"]]
            steps[row["step"]](who, row["detail"])
            if row["zh"]:
                order = latest_order_of(who.appid)
                values = {"number": order.service_number if order else "", **self.facts.sweep}
                self.tell(row["zh"].format(**values), row["en"].format(**values))
        self.afterwards()
        return self.facts

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
