"""A platform, a phone and a verification page at a simulated administration, all over HTTP, the clock frozen."""

from collections.abc import Callable

import pytest
import requests
from django.test import Client
from zeep.transports import Transport

from openbeian.simulator import damage
from tests.simulator import simulated_platform

BASE = "http://testserver"


class InProcess(Transport):
    """zeep's transport, handing requests to Django instead of a socket; no WSDL is kept between tests."""

    def __init__(self) -> None:
        super().__init__(cache=None)
        self.client = Client()

    def load(self, url: str) -> bytes:
        return self.client.get(url.removeprefix(BASE)).content

    def post(self, address: str, message: bytes, headers: dict) -> requests.Response:
        answer = self.client.post(address.removeprefix(BASE), message, content_type=headers["Content-Type"])
        if answer.streaming:
            try:
                content = b"".join(answer.streaming_content)
            except damage.Broken:
                raise requests.exceptions.ConnectionError("the connection was closed") from None
            raise AssertionError(f"a streamed answer that is whole: {content!r}")
        response = requests.Response()
        response.status_code, response._content = answer.status_code, answer.content
        response.headers["Content-Type"] = answer["Content-Type"]
        return response


@pytest.fixture(autouse=True)
def simulator_doors(settings):
    settings.ROOT_URLCONF = "openbeian.config.simulator_urls"


@pytest.fixture
def platform_of(at) -> Callable[[str], simulated_platform.Platform]:
    from openbeian.simulator.verbs.office import account

    at("2024-01-10T10:00:00+08:00")
    return lambda province: simulated_platform.Platform(BASE, account(province), province, InProcess())


@pytest.fixture
def platform(platform_of) -> simulated_platform.Platform:
    return platform_of("110000")


@pytest.fixture
def phone(client) -> Callable[[str], list[dict]]:
    """What a mobile has received, newest first."""
    return lambda mobile: client.get("/api/phone", {"mobile": mobile}).json()["messages"]


@pytest.fixture
def enter(client, phone) -> Callable[..., str]:
    """Enter a code on the ministry's page (the latest one, unless another is given) and tell the result."""

    def type_in(mobile: str, number: str, code: str | None = None) -> str:
        code = code or phone(mobile)[0]["code"]
        data = {"code": code, "mobile": mobile, "certificate_last6": number[-6:]}
        return client.post("/api/sms-verification", data, content_type="application/json").json()["result"]

    return type_in


@pytest.fixture
def post(client, db) -> Callable[..., dict]:
    """Post JSON to a door of the simulator; the answer."""

    def send(path: str, body: object, status: int = 200) -> dict:
        answer = client.post(path, body, content_type="application/json")
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    return send


@pytest.fixture
def decide(client) -> Callable[..., int]:
    """A clerk's decision on the newest request; the HTTP status."""

    def choose(decision: str, opinion: str = "") -> int:
        record = client.get("/api/records").json()["records"][0]["id"]
        data = {"decision": decision, "opinion": opinion}
        return client.post(f"/api/records/{record}/decide", data, content_type="application/json").status_code

    return choose
