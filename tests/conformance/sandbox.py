"""A sandbox as ``openbeian sandbox --json`` runs it, and a developer with two clients before it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openbeian.sandbox.programs import PICTURES, completed
from tests.conformance.clients import NpmClient, WechatpyClient, component_of
from tests.conformance.provider import eventually

Client = NpmClient | WechatpyClient


class Sandbox:
    """The running command. ``told`` is the object it has printed."""

    def __init__(self, var: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            command("--port", "0", "--simulator-port", "0", *options), env=environment(var), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate()[1])
        self.told: dict[str, Any] = json.loads(line)
        self.programs: dict[str, dict[str, Any]] = {row["key"]: row for row in self.told["mini_programs"]}

    def stop(self) -> str:
        """Ctrl-C; what it said on standard error."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, said
        return said

    def client(self, key: str, modules: Path | None = None) -> Client:
        """A client for one mini program: co-wxapp-open-api where ``modules`` are given, else wechatpy."""
        component = component_of(self.told, self.told["url"])
        component.session.set("component_verify_ticket", self.told["component_verify_ticket"])
        granted = component.query_auth(self.programs[key]["authorization_code"])["authorization_info"]
        if modules is None:
            return WechatpyClient(component, granted["authorizer_appid"], self.told["url"])
        return NpmClient(
            modules, base_url=self.told["url"], component_appid=self.told["component_appid"],
            component_appsecret=self.told["component_appsecret"], appid=granted["authorizer_appid"],
            refresh_token=granted["authorizer_refresh_token"], ticket=self.told["component_verify_ticket"])

    def applications(self, clients: Mapping[str, Client]) -> dict[str, dict[str, Any]]:
        """Each mini program's application, with pictures, used in several places, and a face check of its own."""
        tasks = {key: client.create_task() for key, client in clients.items()}
        picture = Path(self.told["files"]) / "picture.jpg"
        media = {}
        for key, client in clients.items():
            kept = {kind: client.upload(picture, place, kind) for kind, place in {k: p for p, k in PICTURES}.items()}
            media[key] = {place: kept[kind] for place, kind in PICTURES}
        for key, client in clients.items():
            eventually(lambda client=client, key=key: client.task(tasks[key])["is_finish"],  # type: ignore[misc]
                       f"the face check of {key} does not end")
        return {key: completed(json.loads(json.dumps(self.programs[key]["application"])), media=media[key],
                               task_id=tasks[key]) for key in clients}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "openbeian.cli", "sandbox", "--json", *words]


def environment(var: Path) -> dict[str, str]:
    """A developer's environment, in which ``./run`` has put the demonstration's instance."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    return {**kept, "OPENBEIAN_INSTANCE": "demo", "OPENBEIAN_VAR": str(var), "NO_PROXY": "*"}


def reaches(client: Client, **expected: Any) -> dict[str, Any]:
    """``info`` once it holds what is expected."""
    info: dict[str, Any] = {}

    def there() -> bool:
        info.clear()
        info.update(client.info())
        return expected.items() <= info.items()

    eventually(there, f"never {expected}")
    return info
