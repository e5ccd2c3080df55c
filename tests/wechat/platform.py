"""A service provider with a token for one mini program, speaking HTTP to the API in the test's process."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from openbeian.accounts.clients import Credentials, create_client
from openbeian.filings.evidence import finish_face_check
from openbeian.filings.queries import open_order_of
from openbeian.ledger import clock
from openbeian.regime.actors import Actor, Role
from openbeian.regime.facts import Approval
from openbeian.regime.lifecycle import Action
from openbeian.review.verbs import ReviewFinding, approve, return_for_completion
from openbeian.shelf.imports import import_catalogue
from openbeian.wechat import verbs
from openbeian.wechat.models import CredentialKind
from tests.orders import AUTHORITY, REVIEWER, take_action
from tests.samples import png
from tests.wechat.bodies import ENTERPRISE_PICTURES, enterprise_body, put

OPERATOR = Actor(Role.OPERATOR, "user:1")
APPID = "wx1111111111111111"


def catalogue(*rows: tuple[str, str, str, str]) -> None:
    """Put mini programs (appid, name, organizer name, province) into the catalogue."""
    lines = ["appid,name,organizer_name,province,first_listed_at", *(",".join((*row, "")) for row in rows)]
    report = import_catalogue(source=io.BytesIO("\n".join(lines).encode()), actor=OPERATOR)
    assert report.bad_rows == 0


@dataclass
class Platform:
    """The provider. Calls return the JSON that came back."""

    made: Credentials
    appid: str = APPID
    http: Client = field(default_factory=lambda: Client(raise_request_exception=True))
    component_token: str = ""
    token: str = ""

    @classmethod
    def create(cls, appid: str = APPID, **options: Any) -> "Platform":
        """A provider to which ``appid`` is authorized, with both tokens in hand."""
        platform = cls(create_client(name="示例服务商", actor=OPERATOR, **options), appid)
        platform.log_in()
        return platform

    def log_in(self) -> None:
        """Get both tokens the way a client does."""
        ticket = verbs.issue(kind=CredentialKind.TICKET, client=self.made.client)
        self.component_token = self.component(
            "api_component_token", component_appsecret=self.made.secret, component_verify_ticket=ticket,
        )["component_access_token"]
        code = verbs.authorize(client=self.made.client, appid=self.appid, actor=OPERATOR)
        answer = self.component("api_query_auth", authorization_code=code)
        self.token = answer["authorization_info"]["authorizer_access_token"]

    def component(self, name: str, *, token_name: str = "component_access_token", **body: Any) -> dict[str, Any]:
        """A component call. JSON without a Content-Type, as two published clients send it."""
        body = {"component_appid": self.made.client.pk, **body}
        return read(self.http.generic(
            "POST", f"/cgi-bin/component/{name}?{token_name}={self.component_token}",
            json.dumps(body).encode(), content_type=""))

    def post(self, name: str, body: Any = None, *, raw: bytes | None = None, content_type: str = "application/json",
             language: str = "") -> dict[str, Any]:
        """A filing call by POST."""
        content = raw if raw is not None else b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        return read(self.http.generic(
            "POST", f"/wxa/icp/{name}?access_token={self.token}", content, content_type=content_type,
            headers={"Accept-Language": language} if language else {}))

    def get(self, name: str, **parameters: Any) -> dict[str, Any]:
        """A filing call by GET."""
        return read(self.http.get(f"/wxa/icp/{name}", {"access_token": self.token, **parameters}))

    def upload(self, field: str = "icp_subject.organize_info.certificate_photo", certificate_type: Any = 1, *,
               content: bytes | None = None, kind: str = "image") -> dict[str, Any]:
        """Upload a picture the way most clients do: everything a form part."""
        parts = {"type": kind, "icp_order_field": field,
                 "media": SimpleUploadedFile("a.png", png() if content is None else content, "image/png")}
        if certificate_type is not None:
            parts["certificate_type"] = str(certificate_type)
        return read(self.http.post(f"/wxa/icp/upload_icp_media?access_token={self.token}", parts))

    def passed_face_check(self) -> str:
        """A face check that the administrator has passed."""
        task_id = self.post("create_icp_verifytask", {})["task_id"]
        finish_face_check(task_id=task_id, passed=True, actor=Actor(Role.ORGANIZER, "user:2"))
        return task_id

    def complete_body(self) -> dict[str, Any]:
        """The enterprise's application with real pictures, each used in several fields, and the face check passed."""
        body = enterprise_body()
        places = {kind: path for path, kind in ENTERPRISE_PICTURES}
        media = {kind: self.upload(path, kind)["media_id"] for kind, path in places.items()}
        for path, kind in ENTERPRISE_PICTURES:
            put(body, path, media[kind])
        body["icp_materials"] = {
            name: [media[None] for _ in files] for name, files in body["icp_materials"].items()}
        put(body, "icp_applets.principal_info.verify_task_id", self.passed_face_check())
        return body

    def status(self) -> dict[str, Any]:
        """``info`` of get_icp_entrance_info."""
        answer = self.get("get_icp_entrance_info")
        assert answer["errcode"] == 0
        return answer["info"]


def read(response: HttpResponse) -> dict[str, Any]:
    """The JSON of an answer, which always has status 200 and its type."""
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json; charset=utf-8"
    return json.loads(response.content)


def reviewer_approves(appid: str = APPID) -> None:
    """The platform's review ends well."""
    approve(order_id=open_order_of(appid).pk, reviewer=REVIEWER)


def reviewer_returns(appid: str = APPID) -> None:
    """The platform's reviewer finds two things."""
    return_for_completion(order_id=open_order_of(appid).pk, reviewer=REVIEWER, findings=[
        ReviewFinding("organizer.address", "地址不详", "补充门牌号"),
        ReviewFinding("service.principal.mobile", "无法接通", "换一个能接通的号码"),
    ])


def authority_moves(action: Action, appid: str = APPID, **more: Any) -> None:
    """The administration does something to the open order."""
    take_action(order_id=open_order_of(appid).pk, action=action, actor=AUTHORITY, at=clock.now(), **more)


def filed(appid: str = APPID, *, number: str = "浙ICP备2023000001号", suffix: int = 1) -> None:
    """From the platform's review to the number."""
    reviewer_approves(appid)
    authority_moves(Action.UPLOADED, appid)
    authority_moves(Action.VERIFIED, appid)
    authority_accepts(appid, number=number, suffix=suffix)


def authority_accepts(appid: str = APPID, *, number: str = "浙ICP备2023000001号", suffix: int = 1) -> None:
    """The administration issues the number."""
    approval = Approval(
        subject_number=number, service_number=f"{number}-{suffix}X", province_subject_id="330000000001",
        province_service_id=f"33000000000{suffix + 1}", decided_at=clock.now())
    authority_moves(Action.ACCEPT, appid, outcome=approval)
