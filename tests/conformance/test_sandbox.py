"""The sandbox as its users meet it: the command, two unmodified clients, the how-to's snippets, every test value."""

import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import xmltodict
from wechatpy.crypto import WeChatCrypto

from openbeian.sandbox.programs import OUTCOMES
from tests.conformance.clients import CallFailed, NpmClient, component_of
from tests.conformance.documents import PROJECT, block
from tests.conformance.provider import eventually
from tests.conformance.sandbox import Sandbox, command, environment, reaches
from tests.conformance.terminal import Answer, Call, Terminal
from tests.receiver import Receiver, receiving

PAGE = "docs/how-to/sandbox.md"
UNFILED: dict[str, Any] = {"status": 1024, "is_canceling": False, "available": 1}


@pytest.fixture(scope="module")
def developer() -> Iterator[Receiver]:
    """The developer's own address."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a developer is who follows the how-to: its paths lead from here to the documents and to the sandbox."""
    clone = tmp_path_factory.mktemp("clone")
    (clone / "docs").symlink_to(PROJECT / "docs")
    return clone


@pytest.fixture(scope="module")
def var(clone: Path) -> Path:
    return clone / "var" / "sandbox"


@pytest.fixture(scope="module")
def sandbox(var: Path, developer: Receiver) -> Iterator[Sandbox]:
    running = Sandbox(var, "--event-url", developer.url)
    yield running
    if running.process.poll() is None:
        running.stop()


def pushed(sandbox: Sandbox, developer: Receiver) -> list[dict[str, str]]:
    """What has been pushed so far, opened with the keys the sandbox has printed."""
    told = sandbox.told
    crypto = WeChatCrypto(told["token"], told["encoding_aes_key"], told["component_appid"])
    return [
        xmltodict.parse(crypto.decrypt_message(
            request.body.decode(), *(request.query[name] for name in ("msg_signature", "timestamp", "nonce"))))["xml"]
        for request in list(developer.requests)]


def test_the_ticket_is_pushed_and_every_mini_program_authorized(sandbox: Sandbox, developer: Receiver) -> None:
    appids = {program["appid"] for program in sandbox.told["mini_programs"]}
    developer.wait(1 + len(appids))
    assert pushed(sandbox, developer)[0]["InfoType"] == "component_verify_ticket"
    eventually(lambda: appids == {message["AuthorizerAppid"] for message in pushed(sandbox, developer)
                                  if message["InfoType"] == "authorized"}, "not all authorizations were pushed")


def test_the_snippets_of_the_how_to_run_on_the_files_of_the_sandbox(
    sandbox: Sandbox, clone: Path, node_modules: Path
) -> None:
    blocks = {"passes": block(PAGE, "pip install"), "returned_once": block(PAGE, "npm install")}
    with Terminal(clone).open() as terminal:
        for installer in ("pip", "npm"):  # the clients are here already
            terminal.add(installer, lambda call: Answer())
        for key, status in (("passes", 6), ("returned_once", 3), ("returned_once", 6)):
            terminal.run(blocks[key].text.replace("/tmp/client/node_modules", str(node_modules)))
            reaches(sandbox.client(key), status=status)


def test_the_calls_by_hand_lead_to_an_answer(sandbox: Sandbox, clone: Path) -> None:
    def already_running(call: Call) -> Answer:
        assert call.words == ["sandbox", "--json"]
        return Answer(json.dumps(sandbox.told) + "\n")

    with Terminal(clone).open() as terminal:
        terminal.add("openbeian", already_running)
        answer = json.loads(terminal.run(block(PAGE, "./run sandbox --json").text))
    assert (answer["errcode"], answer["info"].keys()) == (0, {"status", "is_canceling", "available"})


#: What each client walks, and the status it comes to; the second client's end well when sent again.
WALKS = {
    "wechatpy": {"audit_rejected": 6, "returned": 3, "sms_lapses": 4, "refused": 5},
    "co-wxapp-open-api": {"audit_waits": 6, "sms_lapses_once": 4, "refused_once": 5},
}


def test_both_clients_walk_to_the_number_and_into_every_refusal(
    sandbox: Sandbox, developer: Receiver, node_modules: Path
) -> None:
    seen = len(developer.requests)
    clients = {key: sandbox.client(key, node_modules if name != "wechatpy" else None)
               for name, walk in WALKS.items() for key in walk}
    try:
        bodies = sandbox.applications(clients)
        for key, body in bodies.items():
            clients[key].apply(body)
        for passes in ("audit_rejected", "audit_waits"):
            reaches(clients[passes], status=6)
            assert clients[passes].online_order()["icp_applets"][0]["base_info"]["record_number"].startswith("浙ICP备")
        assert [reason["key_name"] for reason in reaches(clients["returned"], status=3)["audit_data"]] == [
            "服务描述", "主办者证件照片", "主体负责人应急联系电话"]
        once = ("sms_lapses_once", "refused_once")
        for lapses, refused_ in (("sms_lapses", "refused"), once):
            reaches(clients[lapses], status=4, sms_verify_status=3)
            assert [reason["error"] for reason in reaches(clients[refused_], status=5)["audit_data"]] == [
                "通信地址与证件住所不一致，请核实。"]
        for key in once:
            clients[key].apply(bodies[key])
        for key in once:
            reaches(clients[key], status=6)
    finally:
        for client in clients.values():
            if isinstance(client, NpmClient):
                client.close()
    expected = {(sandbox.programs[key]["appid"], str(status)) for walk in WALKS.values()
                for key, status in walk.items() if status != 4}  # a lapse is no result
    expected |= {(sandbox.programs[key]["appid"], "6") for key in once}

    def told() -> bool:
        results = [message for message in pushed(sandbox, developer)[seen:]
                   if message["InfoType"] == "notify_apply_icpfiling_result"]
        return expected == {(message["authorizer_appid"], message["beian_status"]) for message in results}

    eventually(told, f"not pushed: {expected}")


#: What a client sees of each test value that the two have not walked, once everything stands still.
ELSE: dict[str, dict[str, Any]] = {
    "platform_review": {"status": 2}, "data_error": {"status": 3}, "sms": {"status": 4, "sms_verify_status": 1},
    "authority_review": {"status": 4, "sms_verify_status": 2}, "offline": {"status": 6}, "filed": {"status": 6},
}


def test_every_other_test_value_does_what_its_page_says(sandbox: Sandbox) -> None:
    filings = {row.key for row in OUTCOMES if row.stage == "filing"} | {"filed", "offline"}
    walked = {key for walk in WALKS.values() for key, status in walk.items() if status != 6}
    assert filings == {"passes", "returned_once"} | walked | ELSE.keys()
    certified = ("certification_refilled_once", "certification_fails")
    clients = {key: sandbox.client(key) for key in (*ELSE, *certified, "closed", "face_check_fails", "face_check_waits")}
    assert clients["closed"].info() == {"status": 1025, "is_canceling": False, "available": 0}
    assert clients["offline"].info() == UNFILED
    assert clients["filed"].online_order()["icp_applets"][0]["base_info"]["record_number"] == \
        sandbox.programs["filed"]["number"]
    tasks = {key: clients[key].create_task() for key in ("face_check_fails", "face_check_waits")}
    tokens = Tokens(sandbox)
    procedures = {key: Procedure(tokens, key) for key in certified}
    for key in ("audit_rejected", "audit_waits"):
        tokens.post(key, "commit", {"template_id": 1, "ext_json": "{}", "user_version": "1.0.0", "user_desc": "首个版本"})
        tokens.post(key, "submit_audit", {})
    bodies = sandbox.applications({key: clients[key] for key in (*ELSE, *certified) if key != "filed"})
    for key, body in bodies.items():
        procedures[key].submit(body) if key in certified else clients[key].apply(body)
    for key, expected in ELSE.items():
        reaches(clients[key], **expected)
    assert [reason["key_name"] for reason in clients["data_error"].info()["audit_data"]] == ["主体负责人电子邮件"]

    assert procedures["certification_fails"].stands(20)["fail_reason"] == "主体已注销"
    assert procedures["certification_refilled_once"].stands(18)["refill_reason"] == "营业执照照片模糊"
    procedures["certification_refilled_once"].submit(bodies["certification_refilled_once"])
    people_decide(sandbox)
    clients["filed"].cancel(2)

    refused(lambda: clients["platform_review"].apply(bodies["platform_review"]), 86324)
    clients["platform_review"].withdraw()
    assert clients["platform_review"].info() == UNFILED
    refused(clients["platform_review"].withdraw, 86368)
    refused(clients["authority_review"].withdraw, 86330)
    assert {key: (clients[key].task(task)["is_finish"], clients[key].task(task)["face_status"])
            for key, task in tasks.items()} == {"face_check_fails": (True, 2), "face_check_waits": (False, 0)}
    assert tokens.get("audit_rejected", "get_latest_auditstatus")["reason"] == "服务类目与页面内容不符"
    assert tokens.get("audit_waits", "get_latest_auditstatus")["status"] == 2

    procedures["certification_refilled_once"].stands(26)
    for key in ("sms", "authority_review"):
        reaches(clients[key], status=6)
    reaches(clients["filed"], **UNFILED)


def people_decide(sandbox: Sandbox) -> None:
    """The principal reads the code on the simulated phone; the clerk approves what lies on the desk."""
    url = f"{sandbox.told['simulator_url']}/api"
    found = requests.get(f"{url}/phone", params={"mobile": "13900000001"}, timeout=30).json()["messages"]
    [message] = [message for message in found if message["open"]]
    answer = requests.post(f"{url}/sms-verification", timeout=30, json={
        "code": message["code"], "mobile": "13900000001", "certificate_last6": "140010"})
    assert answer.json()["result"] == "verified"
    [record] = [record for record in requests.get(f"{url}/records", params={"state": "review"}, timeout=30).json()["records"]
                if record["appid"] == sandbox.programs["authority_review"]["appid"]]
    requests.post(f"{url}/records/{record['id']}/decide", timeout=30, json={"decision": "approve"}).raise_for_status()


def refused(call: Callable[[], Any], code: int) -> None:
    with pytest.raises(CallFailed) as failed:
        call()
    assert failed.value.code == code


class Tokens:
    """Calls that neither client has, each with a token of its mini program."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._component = component_of(sandbox.told, sandbox.told["url"])
        self._component.session.set("component_verify_ticket", sandbox.told["component_verify_ticket"])
        self._tokens: dict[str, str] = {}

    def post(self, key: str, name: str, body: Any) -> dict[str, Any]:
        return self._ask("POST", key, name, json=body)

    def get(self, key: str, name: str) -> dict[str, Any]:
        return self._ask("GET", key, name)

    def _ask(self, method: str, key: str, name: str, **options: Any) -> dict[str, Any]:
        if key not in self._tokens:
            code = self._sandbox.programs[key]["authorization_code"]
            self._tokens[key] = self._component.query_auth(code)["authorization_info"]["authorizer_access_token"]
        answer = requests.request(method, f"{self._sandbox.told['url']}/wxa/{name}", timeout=30,
                                  params={"access_token": self._tokens[key]}, **options).json()
        assert answer["errcode"] == 0, answer
        return answer


class Procedure:
    """A certification and filing in one, which begins with a face check of its own sort."""

    def __init__(self, tokens: Tokens, key: str) -> None:
        self._tokens, self._key = tokens, key
        self._task = tokens.post(key, "icp/create_icp_verifytask", {"along_with_auth": True})["task_id"]

    def submit(self, body: dict[str, Any]) -> None:
        eventually(lambda: self._tokens.post(self._key, "icp/query_icp_verifytask", {"task_id": self._task})["is_finish"],
                   "no face check")
        body["icp_applets"]["principal_info"]["verify_task_id"] = self._task
        self._id = self._tokens.post(self._key, "sec/submit_auth_and_icp", {**body, "auth_data": {
            "customer_type": 1, "contact_info": {"name": "林示例", "email": "lin@example.com"}, "account_name": "沙箱认证",
            "account_name_type": 1, "pay_type": 1}})["procedure_id"]

    def stands(self, status: int) -> dict[str, Any]:
        """The answer, once it has this ``procedure_status``."""
        def there() -> dict[str, Any] | None:
            answer = self._tokens.post(self._key, "sec/query_auth_and_icp", {"procedure_id": self._id})
            return answer if answer["procedure_status"] == status else None

        return eventually(there, f"{self._key} never comes to {status}")


def test_it_comes_back_with_its_keys_and_its_data_and_runs_once(sandbox: Sandbox, var: Path, developer: Receiver) -> None:
    second = subprocess.run(command(), env=environment(var), capture_output=True, text=True, timeout=60)
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.startswith(f"OpenBeian already runs on {var} at {sandbox.told['url']} ")

    production = subprocess.run(command(), env={**environment(var), "OPENBEIAN_INSTANCE": "production"},
                                capture_output=True, text=True, timeout=60)
    assert (production.returncode, production.stderr.startswith("OPENBEIAN_INSTANCE=production is set here")) == (1, True)

    state = sandbox.client("data_error").info()
    assert sandbox.stop().splitlines()[-1] == "正在停止 Stopping…"
    seen = len(developer.requests)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        again = Sandbox(var, "--port", str(port))
        try:
            kept = ("component_appid", "component_appsecret", "token", "encoding_aes_key", "event_url")
            assert {name: again.told[name] for name in kept} == {name: sandbox.told[name] for name in kept}
            assert again.told["component_verify_ticket"] != sandbox.told["component_verify_ticket"]
            assert again.client("data_error").info() == state
            developer.wait(seen + 1)
            assert pushed(again, developer)[seen]["InfoType"] == "component_verify_ticket"
        finally:
            said = again.stop()
    assert f"Port {port} is in use; taking " in said
