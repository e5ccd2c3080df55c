"""The whole road with every counterparty: two unmodified clients, a reviewer, and the simulated administration."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conformance.clients import NpmClient
from tests.conformance.provider import APPID, Provider, complete_body, eventually, reviewer_approves
from tests.samples import png
from tests.wechat.bodies import put

MOBILE, LAST_SIX = "13900000001", "140010"


@pytest.fixture
def npm(provider: Provider, node_modules: Path) -> Iterator[NpmClient]:
    provider.ask_for_ticket()
    provider.authorized()
    client = provider.npm(node_modules)
    yield client
    client.close()


class Administration:
    """The simulated administration as the principals and a clerk meet it, over HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url

    def answer_sms(self) -> None:
        """The principal, one person in both parts, types the code that came by SMS."""
        [message, *_] = eventually(self._open_messages, "no SMS came")
        answer = requests.post(f"{self.url}/api/sms-verification", timeout=30, json={
            "code": message["code"], "mobile": MOBILE, "certificate_last6": LAST_SIX}).json()
        assert answer["result"] == "verified", answer

    def decide(self, decision: str, opinion: str = "") -> None:
        """The clerk decides the request in review."""
        [record] = eventually(
            lambda: requests.get(f"{self.url}/api/records?state=review", timeout=30).json()["records"], "nothing in review")
        answer = requests.post(f"{self.url}/api/records/{record['id']}/decide", timeout=30,
                               json={"decision": decision, "opinion": opinion})
        assert answer.status_code == 200, answer.text

    def _open_messages(self) -> list[dict]:
        found = requests.get(f"{self.url}/api/phone", params={"mobile": MOBILE}, timeout=30).json()["messages"]
        return [message for message in found if message["open"]]


def gate(provider: Provider) -> bool:
    return requests.get(f"{provider.url}/gate/check", params={"appid": APPID}, timeout=30).json()["allowed"]


def result(status: int) -> dict[str, str]:
    return {"InfoType": "notify_apply_icpfiling_result", "authorizer_appid": APPID, "beian_status": str(status)}


def test_from_the_client_s_dossier_to_the_number_and_back(provider: Provider, npm: NpmClient, tmp_path: Path) -> None:
    administration = Administration(provider.services.simulator_url)
    wechatpy = provider.wechatpy()
    picture = tmp_path / "证件.png"
    picture.write_bytes(png())
    assert gate(provider) is False

    def stands(**expected: object) -> None:
        """Both clients see the same status, sooner or later."""
        eventually(lambda: expected.items() <= wechatpy.info().items(), f"not {expected}: {wechatpy.info()}")
        assert npm.info() == wechatpy.info()

    body = complete_body(provider, npm, picture)
    npm.apply(body)
    stands(status=2)
    reviewer_approves()
    stands(status=4, sms_verify_status=1)
    administration.answer_sms()
    stands(status=4, sms_verify_status=2)

    administration.decide("refuse", "服务内容与主体经营范围不符")
    stands(status=5)
    assert "服务内容与主体经营范围不符" in wechatpy.info()["audit_data"][0]["error"]
    put(body, "icp_applets.base_info.service_content_types", [163])
    npm.apply(body)
    reviewer_approves()
    administration.answer_sms()
    stands(sms_verify_status=2)
    administration.decide("approve")
    stands(status=6, is_canceling=False)
    assert gate(provider) is True

    for online in (npm.online_order(), wechatpy.online_order()):
        subject = online["icp_subject"]["base_info"]["record_number"]
        [applet] = online["icp_applets"]
        assert subject.startswith("浙ICP备") and applet["base_info"]["record_number"].startswith(f"{subject}-")
        assert applet["base_info"]["appid"] == APPID
    assert provider.push_data(2) == [result(5), result(6)]

    npm.cancel(2)
    stands(status=6, is_canceling=True)
    reviewer_approves()
    administration.answer_sms()
    administration.decide("approve")
    stands(status=1024, is_canceling=False)
    assert provider.push_data(1) == [result(1024)]
    assert gate(provider) is False
