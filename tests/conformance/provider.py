"""A service provider that knows nothing of OpenBeian but its address and what the operator handed over."""

import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import requests
from wechatpy.component import WeChatComponent

from openbeian.filings.queries import open_order_of
from openbeian.review.verbs import ReviewFinding, approve, return_for_completion
from tests.conformance.clients import NpmClient, WechatpyClient, component_of
from tests.orders import REVIEWER
from tests.receiver import Received, Receiver
from tests.wechat.bodies import ENTERPRISE_PICTURES, enterprise_body, put
from tests.wechat.platform import catalogue

APPID = "wx1111111111111111"


class Provider:
    """The provider's two halves: the address that takes pushes, and the clients that call."""

    def __init__(self, services: Any, receiver: Receiver, command: Callable[..., dict[str, Any]]) -> None:
        self.url = services.web_url
        self.services = services
        self.receiver = receiver
        self._command = command
        self.made = command("create", "示例服务商", "--event-url", receiver.url)
        self.component: WeChatComponent = component_of(self.made, self.url)
        self._read = 0

    def ask_for_ticket(self) -> None:
        """api_start_push_ticket, and the ticket that comes, kept by wechatpy."""
        answer = requests.post(f"{self.url}/cgi-bin/component/api_start_push_ticket", timeout=30, json={
            "component_appid": self.made["component_appid"], "component_secret": self.made["component_appsecret"]})
        assert answer.json()["errcode"] == 0, answer.text
        eventually(self._take_tickets, "no ticket came")

    def authorized(self, appid: str = APPID, name: str = "青禾文具",
                   organizer_name: str = "杭州青禾示例科技有限公司", province: str = "330000") -> None:
        """The mini program is in the catalogue, authorizes the provider, and wechatpy takes the push by itself."""
        catalogue((appid, name, organizer_name, province))
        self._command("authorize", self.made["component_appid"], appid)
        [message] = self.pushes(1)
        assert (message.type, message.authorizer_appid) == ("authorized", appid)
        assert message.query_auth_result["authorization_info"]["authorizer_appid"] == appid

    def renewed_authorization_code(self, appid: str = APPID) -> str:
        """The code of an authorization given once more."""
        return self._command("authorize", self.made["component_appid"], appid)["authorization_code"]

    def wechatpy(self, appid: str = APPID) -> WechatpyClient:
        """wechatpy acting for one mini program."""
        return WechatpyClient(self.component, appid, self.url)

    def npm(self, modules: Path, appid: str = APPID) -> NpmClient:
        """co-wxapp-open-api acting for one mini program."""
        return NpmClient(
            modules, base_url=self.url, component_appid=self.made["component_appid"],
            component_appsecret=self.made["component_appsecret"], appid=appid,
            refresh_token=self.component.session.get(f"{appid}_refresh_token"),
            ticket=self.component.component_verify_ticket)

    def pushes(self, count: int) -> list[Any]:
        """The next ``count`` pushes, as wechatpy reads them: it answers authorizations by calling us back.

        Tickets, which come every ten minutes, are kept by wechatpy and not counted.
        """
        found: list[Any] = []
        while len(found) < count:
            [request] = self.receiver.wait(self._read + 1)[self._read:]
            self._read += 1
            message = self._parsed(request)
            if message.type != "component_verify_ticket":
                found.append(message)
        return found

    def push_data(self, count: int) -> list[dict[str, str]]:
        """The elements of the next ``count`` pushes, without the common ones."""
        common = ("AppId", "CreateTime")
        return [{name: value for name, value in message._data.items() if name not in common}
                for message in self.pushes(count)]

    def _take_tickets(self) -> str | None:
        for request in self.receiver.requests[self._read:]:
            assert self._parsed(request).type == "component_verify_ticket"
            self._read += 1
        return self.component.component_verify_ticket

    def _parsed(self, request: Received) -> Any:
        query = request.query
        return self.component.parse_message(
            request.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"])


def passed_face_check(provider: Provider, client: Any, appid: str = APPID) -> str:
    """A face check that passes by itself, asked for, waited for, and pushed."""
    task_id = client.create_task()
    eventually(lambda: client.task(task_id)["is_finish"], "the face check was not finished")
    assert client.task(task_id)["face_status"] == 3
    assert provider.push_data(1) == [
        {"InfoType": "notify_icpfiling_verify_result", "task_id": task_id, "verify_appid": appid, "result": "3"}]
    return task_id


def complete_body(provider: Provider, client: Any, picture: Path, appid: str = APPID) -> dict[str, Any]:
    """The enterprise's application, with every picture uploaded by the client and the face check passed."""
    body = enterprise_body()
    for path, certificate_type in ENTERPRISE_PICTURES:
        put(body, path, client.upload(picture, path, certificate_type))
    body["icp_materials"] = {
        "commitment_letter": [client.upload(picture, "icp_materials.commitment_letter", None)]}
    put(body, "icp_applets.principal_info.verify_task_id", passed_face_check(provider, client, appid))
    return body


def with_five_errors(body: dict[str, Any]) -> tuple[dict[str, Any], set[tuple[str, int]]]:
    """A copy of the application with five wrong fields, and the hints they must bring."""
    wrong = json.loads(json.dumps(body))
    put(wrong, "icp_subject.base_info.name", "杭州别家示例科技有限公司")
    put(wrong, "icp_subject.organize_info.certificate_number", "91330106MA0000015X")
    put(wrong, "icp_subject.principal_info.email", "no address")
    put(wrong, "icp_applets.base_info.service_content_types", [163, 164, 165, 33, 34, 35])
    put(wrong, "icp_applets.base_info.comment", "太短")
    return wrong, {
        ("icp_subject.base_info.name", 86355),
        ("icp_subject.organize_info.certificate_number", 86373),
        ("icp_subject.principal_info.email", 86376),
        ("icp_applets.base_info.service_content_types", 86378),
        ("icp_applets.base_info.comment", 86380),
    }


def reviewer_approves(appid: str = APPID) -> None:
    approve(order_id=open_order_of(appid).pk, reviewer=REVIEWER)


def reviewer_returns(appid: str = APPID) -> None:
    """With a text that holds what a JSON string has to escape."""
    return_for_completion(order_id=open_order_of(appid).pk, reviewer=REVIEWER, findings=[
        ReviewFinding("organizer.address", '地址"不详"\\\n请核对', '补充"门牌号"')])


def eventually(condition: Callable[[], Any], otherwise: str, *, seconds: float = 40) -> Any:
    """What ``condition`` gives as soon as it gives something. Fails when it never does."""
    deadline = monotonic() + seconds
    while not (found := condition()):
        assert monotonic() < deadline, otherwise
        sleep(0.1)
    return found

