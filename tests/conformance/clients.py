"""Two published clients behind one face, so that one story can be told with either.

Nothing of them is changed but the address they call: ``co-wxapp-open-api`` (npm) has typed filing calls, ``wechatpy``
(PyPI) brings tokens, push decryption and calls by address.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from wechatpy.component import WeChatComponent
from wechatpy.exceptions import WeChatClientException

DRIVER = Path(__file__).parent / "npm" / "driver.js"


class CallFailed(Exception):
    """The client raised an error of the API."""

    def __init__(self, code: int | None, message: str, hints: list[dict[str, Any]] | None) -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message, self.hints = code, message, hints or []


class NpmClient:
    """``co-wxapp-open-api``, run by node."""

    def __init__(self, modules: Path, **settings: str) -> None:
        self._node = subprocess.Popen(
            ["node", str(DRIVER)], env={"PATH": _path(), "NODE_PATH": str(modules), "NO_PROXY": "*"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._exchange(settings)

    def close(self) -> None:
        self._node.terminate()
        self._node.communicate(timeout=10)

    def set(self, **properties: str) -> None:
        """Set properties of the client, such as a ticket that has just come in."""
        self._exchange({"set": properties})

    def offered(self) -> dict[str, str]:
        """The client's methods, each with the address it calls."""
        return self._exchange({"offered": True})

    def call(self, method: str, *arguments: Any) -> Any:
        """Call one of the client's methods. Raises :class:`CallFailed`."""
        return self._exchange({"method": method, "arguments": arguments})

    def _exchange(self, request: dict[str, Any]) -> Any:
        assert self._node.stdin and self._node.stdout
        self._node.stdin.write(json.dumps(request) + "\n")
        self._node.stdin.flush()
        answer = json.loads(self._node.stdout.readline())
        if "error" in answer:
            raise CallFailed(**answer["error"])
        return answer["result"]

    def query_auth(self, code: str) -> dict[str, Any]:
        return self.call("queryAuth", code)

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        return {name: self.call(method)["items"] for name, method in {
            "service_contents": "queryIcpServiceContentTypes", "certificates": "queryIcpCertificateTypes",
            "districts": "queryIcpDistrictCode", "approvals": "queryIcpNrlxTypes", "subjects": "queryIcpSubjectTypes",
        }.items()}

    def upload(self, picture: Path, field: str, certificate_type: int | None) -> str:
        return self.call("uploadIcpMedia", "image", certificate_type, field, str(picture))["media_id"]

    def create_task(self) -> str:
        return self.call("createIcpVerifyTask")["task_id"]

    def task(self, task_id: str) -> dict[str, Any]:
        return self.call("queryIcpVerifyTask", task_id)

    def apply(self, body: dict[str, Any]) -> None:
        self.call("applyIcpFiling", body["icp_subject"], body["icp_applets"], body.get("icp_materials"))

    def withdraw(self) -> None:
        self.call("cancelApplyIcpFiling")

    def cancel(self, cancel_type: int) -> None:
        self.call("cancelIcpfiling", cancel_type)

    def info(self) -> dict[str, Any]:
        return self.call("getIcpEntranceInfo")["info"]

    def online_order(self) -> dict[str, Any]:
        return self.call("getOnlineIcpOrder")


class WechatpyClient:
    """``wechatpy``: component tokens its own way, filing calls by address."""

    def __init__(self, component: WeChatComponent, appid: str, base_url: str) -> None:
        self._client = component.get_client_by_appid(appid)
        self._client.API_BASE_URL = f"{base_url}/cgi-bin/"
        self._base = f"{base_url}/wxa/icp/"

    def get(self, name: str, **parameters: Any) -> Any:
        """A filing call by GET. Raises :class:`CallFailed`."""
        return self._call(self._client.get, name, params=parameters)

    def post(self, name: str, body: Any = None, **options: Any) -> Any:
        """A filing call by POST; a body goes out as JSON without a Content-Type. Raises :class:`CallFailed`."""
        return self._call(self._client.post, name, **({"data": body} if body is not None else {}), **options)

    def _call(self, method: Any, name: str, **options: Any) -> Any:
        try:
            return method(f"{self._base}{name}", **options)
        except WeChatClientException as error:
            raise CallFailed(error.errcode, error.errmsg, error.response.json().get("hints")) from error

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        return {name: self.get(f"query_icp_{call}")["items"] for name, call in {
            "service_contents": "service_content_types", "certificates": "certificate_types",
            "districts": "district_code", "approvals": "nrlx_types", "subjects": "subject_types",
        }.items()}

    def upload(self, picture: Path, field: str, certificate_type: int | None) -> str:
        parts = [("type", "image"), ("icp_order_field", field)]
        if certificate_type is not None:
            parts.append(("certificate_type", str(certificate_type)))
        with picture.open("rb") as file:
            return self.post("upload_icp_media", parts, files={"media": (picture.name, file, "image/png")})["media_id"]

    def create_task(self) -> str:
        return self.post("create_icp_verifytask", {})["task_id"]

    def task(self, task_id: str) -> dict[str, Any]:
        return self.post("query_icp_verifytask", {"task_id": task_id})

    def apply(self, body: dict[str, Any]) -> None:
        self.post("apply_icp_filing", body)

    def withdraw(self) -> None:
        self.post("cancel_apply_icp_filing")

    def cancel(self, cancel_type: int) -> None:
        self.post("cancel_icp_filing", {"cancel_type": cancel_type, "reason_type": 1})

    def info(self) -> dict[str, Any]:
        return self.get("get_icp_entrance_info")["info"]

    def online_order(self) -> dict[str, Any]:
        return self.get("get_online_icp_order")


def component_of(made: dict[str, str], base_url: str) -> WeChatComponent:
    """wechatpy's component client for what ``openbeian clients create`` printed, at our address."""

    class Component(WeChatComponent):
        API_BASE_URL = f"{base_url}/cgi-bin"

    return Component(made["component_appid"], made["component_appsecret"], made["token"], made["encoding_aes_key"])


def _path() -> str:
    import os

    return os.environ.get("PATH", "/usr/bin:/bin")
