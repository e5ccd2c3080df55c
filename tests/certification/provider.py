"""The service provider's calls of certification and filing in one, and what the platform does in between."""

import json
from typing import Any

from openbeian.certification import queries, verbs
from openbeian.certification.models import Procedure
from openbeian.filings.evidence import finish_face_check
from openbeian.ledger.models import Event
from openbeian.notices import models as notices
from openbeian.regime.actors import Actor, Role
from openbeian.vault import unseal_json
from tests.wechat.platform import Platform, read

CLOCK = Actor(Role.CLOCK, "clock:certification")
OPERATOR = Actor(Role.OPERATOR, "user:1")


class Provider(Platform):
    """A platform that also calls ``/wxa/sec``."""

    def sec(self, name: str, body: Any = None, *, raw: bytes | None = None, language: str = "") -> dict[str, Any]:
        """A certification call by POST."""
        content = raw if raw is not None else json.dumps(body, ensure_ascii=False).encode()
        return read(self.http.generic(
            "POST", f"/wxa/sec/{name}?access_token={self.token}", content, content_type="application/json",
            headers={"Accept-Language": language} if language else {}))

    def passed_face_check(self) -> str:
        """The administrator has passed the face check of certification and filing in one."""
        task_id = self.post("create_icp_verifytask", {"along_with_auth": True})["task_id"]
        finish_face_check(task_id=task_id, passed=True, actor=Actor(Role.ORGANIZER, "user:2"))
        return task_id

    def whole_body(self, *, pay_type: int = 1, **more: Any) -> dict[str, Any]:
        """A sound ``auth_data`` and a sound filing."""
        return {"auth_data": {**auth_data(), "pay_type": pay_type, **more}, **self.complete_body()}

    def submit(self, body: Any) -> dict[str, Any]:
        return self.sec("submit_auth_and_icp", body)

    def progress(self, procedure_id: str) -> dict[str, Any]:
        answer = self.sec("query_auth_and_icp", {"procedure_id": procedure_id})
        assert (answer.pop("errcode"), answer.pop("errmsg")) == (0, "ok")
        return answer

    def certified(self, **more: Any) -> str:
        """A procedure that has passed its certification; what has become of the filing is told by its status."""
        procedure_id = self.submit(self.whole_body(**more))["procedure_id"]
        review_passes(procedure_id)
        return procedure_id


def auth_data() -> dict[str, Any]:
    """An enterprise's certification; the person is invented."""
    return {
        "customer_type": 1,
        "contact_info": {"name": "林示例", "email": "lin@example.com"},
        "account_name": "青禾文具", "account_name_type": 1, "pay_type": 1,
    }


def row(procedure_id: str) -> Procedure:
    return queries.procedure(procedure_id)


def review_begins(procedure_id: str) -> None:
    verbs.begin_review(procedure=row(procedure_id), actor=CLOCK)


def review_passes(procedure_id: str) -> None:
    review_begins(procedure_id)
    verbs.pass_review(procedure=row(procedure_id), actor=OPERATOR)


def told() -> list[int]:
    """Every ``procedure_status`` that was pushed, in order."""
    pushes = notices.Push.objects.filter(info_type="notify_3rd_wxa_auth_and_icp").order_by("sequence")
    return [unseal_json(push.elements_sealed, purpose=notices.ELEMENTS)["procedure_status"] for push in pushes]


def events() -> list[tuple[str, int | None, int]]:
    """Tag, from and to of everything that happened to procedures."""
    return [(event.tag, event.data["from"], event.data["to"])
            for event in Event.objects.filter(tag__startswith="certification:").order_by("id")]
