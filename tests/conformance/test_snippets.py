"""The snippets of the how-to run as they stand there."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance.provider import APPID, Provider
from tests.samples import png
from tests.wechat.bodies import enterprise_body

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
SNIPPETS = sorted(path for path in (HOW_TO / "clients").iterdir() if path.suffix in (".py", ".js"))


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.name)
def test_the_how_to_shows_the_snippet_whole(path: Path) -> None:
    language = {".py": "python", ".js": "js"}[path.suffix]
    assert f"```{language}\n{path.read_text()}```" in (HOW_TO / "file-through-the-api.md").read_text()


@pytest.fixture
def run(provider: Provider, tmp_path: Path, node_modules: Path) -> Callable[..., list[str]]:
    """Run a snippet with an application; what it prints, line by line."""
    from tests.wechat.platform import catalogue

    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    made = provider._command("create", "按文档接入的服务商")
    code = provider._command("authorize", made["component_appid"], APPID)
    (tmp_path / "settings.json").write_text(json.dumps({**made, **code, "appid": APPID, "url": provider.url}))
    (tmp_path / "picture.png").write_bytes(png())

    def start(path: Path, application: dict) -> list[str]:
        (tmp_path / "application.json").write_text(json.dumps(application))
        command = [sys.executable, "-W", "ignore"] if path.suffix == ".py" else ["node"]
        done = subprocess.run(
            [*command, str(path), "settings.json", "application.json", "picture.png"], cwd=tmp_path, timeout=60,
            env={**os.environ, "NODE_PATH": str(node_modules), "NO_PROXY": "*"}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return start


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.name)
def test_the_snippet_files(run: Callable[..., list[str]], path: Path) -> None:
    application = enterprise_body()
    del application["icp_materials"]
    application["icp_applets"]["base_info"]["comment"] = "太短"
    hint, before = run(path, application)
    assert hint.startswith("icp_applets.base_info.comment 86380 ")
    assert "1024" in before
    application["icp_applets"]["base_info"]["comment"] = enterprise_body()["icp_applets"]["base_info"]["comment"]
    [after] = run(path, application)
    assert json.loads(after.replace("'", '"').replace("False", "false")) == {
        "status": 2, "is_canceling": False, "available": 1}
