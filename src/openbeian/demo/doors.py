"""The doors a demonstration goes through: the open API, the desk, the simulated administration.

Nothing here reaches into the platform. Each class speaks HTTP to a running system, as its users do.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from openbeian.notices.encryption import decrypt
from openbeian.v3.wire.documents import parse as parse_xml

TIMEOUT_SECONDS = 30


class DoorError(Exception):
    """A door answered otherwise than the story expects."""


def _ask(method: str, url: str, **content: Any) -> Any:
    """The JSON answer to a request. Raises :class:`DoorError` for a status that is none of success."""
    reply = requests.request(method, url, timeout=TIMEOUT_SECONDS, **content)
    if not reply.ok:
        raise DoorError(f"{url}: {reply.status_code}")
    return reply.json()


class Provider:
    """A service provider (服务商) with a client of the WeChat-compatible API."""

    def __init__(self, web_url: str, *, component_appid: str, secret: str, receiver: "Receiver") -> None:
        self.web_url = web_url
        self.component_appid = component_appid
        self.secret = secret
        self.receiver = receiver
        self.refresh_tokens: dict[str, str] = {}

    def _component(self, call: str, **content: str) -> dict[str, Any]:
        """A call as the provider itself, with a fresh token: days pass between the steps of a story."""
        return _ask("POST", f"{self.web_url}/cgi-bin/component/{call}", params={
            "component_access_token": self._component_token()}, json={"component_appid": self.component_appid, **content})

    def _component_token(self) -> str:
        for _ in range(5):  # a ticket that was on its way when the clock leapt may arrive first, expired
            known = self.receiver.ticket
            reply = _ask("POST", f"{self.web_url}/cgi-bin/component/api_component_token", json={
                "component_appid": self.component_appid, "component_appsecret": self.secret,
                "component_verify_ticket": known})
            if "component_access_token" in reply:
                return reply["component_access_token"]
            # Days have passed since the last ticket: ask for a new one and wait until it is pushed.
            _ask("POST", f"{self.web_url}/cgi-bin/component/api_start_push_ticket", json={
                "component_appid": self.component_appid, "component_secret": self.secret})
            self.receiver.wait_for_ticket(other_than=known)
        raise DoorError(f"component token: {reply.get('errcode')}")

    def accept_authorization(self, appid: str, code: str) -> None:
        """Trade an authorization code for the mini program's refresh token."""
        reply = self._component("api_query_auth", authorization_code=code)
        if "authorization_info" not in reply:
            raise DoorError(f"authorization of {appid}: {reply.get('errcode')}")
        self.refresh_tokens[appid] = reply["authorization_info"]["authorizer_refresh_token"]

    def _token(self, appid: str) -> str:
        reply = self._component("api_authorizer_token", authorizer_appid=appid,
                                authorizer_refresh_token=self.refresh_tokens[appid])
        if "authorizer_access_token" not in reply:
            raise DoorError(f"token of {appid}: {reply.get('errcode')}")
        self.refresh_tokens[appid] = reply["authorizer_refresh_token"]
        return reply["authorizer_access_token"]

    def call(self, appid: str, name: str, body: Any = None) -> dict[str, Any]:
        """One filing call for ``appid``; the decoded answer, errors included."""
        return _ask("GET" if body is None else "POST", f"{self.web_url}/wxa/icp/{name}",
                    params={"access_token": self._token(appid)}, json=body)

    def upload(self, appid: str, content: bytes, field: str, certificate_type: int | None = None) -> str:
        """Upload a picture; its media_id."""
        data = {"type": "image", "icp_order_field": field}
        if certificate_type is not None:
            data["certificate_type"] = str(certificate_type)
        reply = _ask("POST", f"{self.web_url}/wxa/icp/upload_icp_media", params={"access_token": self._token(appid)},
                     data=data, files={"media": ("picture.jpg", content, "image/jpeg")})
        if "media_id" not in reply:
            raise DoorError(f"upload for {field}: {reply.get('errcode')}")
        return reply["media_id"]

    def status(self, appid: str) -> dict[str, Any]:
        """``info`` of get_icp_entrance_info."""
        return self.call(appid, "get_icp_entrance_info")["info"]


class Desk:
    """A reviewer at the desk, in a browser without a screen."""

    def __init__(self, web_url: str, username: str, password: str) -> None:
        self.web_url = web_url
        self.session = requests.Session()
        self._submit("/accounts/login/", {"login": username, "password": password})
        if self.session.get(f"{web_url}/desk/", timeout=TIMEOUT_SECONDS).url.find("/desk/") < 0:
            raise DoorError("the reviewer could not log in")

    def _submit(self, path: str, data: Any, *, form_at: str = "") -> requests.Response:
        page = self.session.get(self.web_url + (form_at or path), timeout=TIMEOUT_SECONDS)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if token is None:
            raise DoorError(f"{path}: no form ({page.status_code})")
        fields = list(data.items()) if isinstance(data, Mapping) else list(data)
        reply = self.session.post(
            self.web_url + path, data=[*fields, ("csrfmiddlewaretoken", token[1])],
            headers={"Referer": self.web_url + path}, timeout=TIMEOUT_SECONDS)
        if not reply.ok:
            raise DoorError(f"{path}: {reply.status_code}")
        return reply

    def approve(self, order_id: int) -> None:
        """Approve an order."""
        self._submit(f"/desk/orders/{order_id}/approve/", {}, form_at=f"/desk/orders/{order_id}/")

    def return_for_completion(self, order_id: int, findings: Sequence[tuple[str, str, str]]) -> None:
        """Return an order with findings (field, reason, remedy)."""
        fields = [pair for field, reason, remedy in findings
                  for pair in (("field", field), ("reason", reason), ("remedy", remedy))]
        self._submit(f"/desk/orders/{order_id}/return/", fields, form_at=f"/desk/orders/{order_id}/")


class Administration:
    """The simulated administration: its telephones, its SMS page and its clerk."""

    def __init__(self, simulator_url: str) -> None:
        self.url = simulator_url

    def _post(self, path: str, body: Any) -> dict[str, Any]:
        return _ask("POST", self.url + path, json=body)

    def settings(self, **values: Any) -> None:
        """Change how the administration works, ``automatic_decision_after`` (seconds or None) for one."""
        self._post("/api/settings", values)

    def _get(self, path: str, **params: str) -> dict[str, Any]:
        return _ask("GET", self.url + path, params=params)

    def script(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Say beforehand how requests end."""
        self._post("/api/script", {"rules": rules})

    def faults(self, **values: Any) -> None:
        """Choose what goes wrong; without values nothing does."""
        self._post("/api/faults", values)

    def switch(self, province: str, *, on: bool) -> None:
        """Switch a province's system off, or on again."""
        self._post(f"/api/provinces/{province}", {"off": not on})

    def seed_record(self, seed: Mapping[str, Any]) -> dict[str, Any]:
        """Put on file what another provider filed; its ids and numbers."""
        return self._post("/api/seed-record", seed)["seeded"]

    def issue(self, block: str, province: str, **content: Any) -> None:
        """Send a file of the administration's own accord."""
        self._post("/api/issue", {"block": block, "province": province, **content})

    def filed(self, province: str) -> list[dict[str, Any]]:
        """Every subject and service on file in a province, with ids and numbers."""
        return self._get("/api/filed", province=province)["filed"]

    def messages(self, mobile: str) -> list[dict[str, Any]]:
        """What a telephone has received, newest first."""
        return self._get("/api/phone", mobile=mobile)["messages"]

    def codes(self, mobile: str) -> list[str]:
        """The verification codes a telephone has received, newest first."""
        return [message["code"] for message in self.messages(mobile)]

    def verify(self, *, code: str, mobile: str, certificate_number: str) -> dict[str, Any]:
        """Enter a code on the ministry's verification page."""
        return self._post("/api/sms-verification",
                          {"code": code, "mobile": mobile, "certificate_last6": certificate_number[-6:]})

    def records(self) -> list[dict[str, Any]]:
        """What lies on the clerk's desk."""
        return self._get("/api/records")["records"]

    def decide(self, record_id: int, *, approve: bool, opinion: str) -> None:
        """The clerk decides."""
        self._post(f"/api/records/{record_id}/decide",
                   {"decision": "approve" if approve else "refuse", "opinion": opinion})


class Receiver:
    """The provider's own server: takes every push, reads it with the provider's key and answers ``success``."""

    def __init__(self) -> None:
        self.ticket = ""
        self.messages: list[dict[str, str]] = []
        self._key = self._appid = ""
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver._take(body)
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.end_headers()
                self.wfile.write(b"success")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/events"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def listen_as(self, *, component_appid: str, encoding_aes_key: str) -> None:
        """Whose pushes these are."""
        self._appid, self._key = component_appid, encoding_aes_key

    def _take(self, body: bytes) -> None:
        encrypted = parse_xml(body).findtext("Encrypt") or ""
        message = parse_xml(decrypt(encrypted, encoding_aes_key=self._key, appid=self._appid).encode())
        with self._arrived:
            self.messages.append({str(child.tag): child.text or "" for child in message})
            self.ticket = message.findtext("ComponentVerifyTicket") or self.ticket
            self._arrived.notify_all()

    def wait_for_ticket(self, *, other_than: str) -> None:
        """Wait until a new ticket has been pushed. Raises :class:`DoorError`."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: self.ticket != other_than, TIMEOUT_SECONDS):
                raise DoorError("no ticket was pushed")

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
