"""The running system, a provider made from the command line, its address, and the two clients."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.receiver import Receiver, receiving

if TYPE_CHECKING:
    from openbeian.runtime.processes import Running
    from tests.conformance.provider import Provider
    from tests.wechat.platform import Platform

NPM = Path(__file__).parent / "npm"
CACHE = Path(__file__).parents[2] / "var" / "conformance"


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The npm client as published, installed once per lock file, outside the sources."""
    digest = hashlib.sha256((NPM / "package-lock.json").read_bytes()).hexdigest()[:16]
    target = CACHE / digest
    if (target / "node_modules").exists():
        return target / "node_modules"
    if not shutil.which("node") or not shutil.which("npm"):
        _without("node and npm are not installed (Debian and Ubuntu: apt-get install nodejs npm)")
    CACHE.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=CACHE))
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NPM / name, work)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=work,
                              capture_output=True, text=True, timeout=240)
        if done.returncode:
            _without(f"npm ci failed: {done.stderr[-600:]}")
        try:
            work.rename(target)
        except OSError:
            assert (target / "node_modules").exists()  # another session was faster
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target / "node_modules"


def _without(reason: str) -> NoReturn:
    """Where conformance is owed (``CI`` is set), a missing client is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="session")
def _web(django_db_setup: None) -> Iterator["Running"]:
    from openbeian.runtime.processes import serve

    with serve(worker=False, simulator=False) as running:
        yield running


@pytest.fixture
def web(transactional_db: None, _web: "Running") -> str:
    """The address of a running web process on the test's database, with no worker and no administration beside it."""
    _web.start("web")
    return _web.web_url


@pytest.fixture
def platform(web: str, at: Callable[[str], Any]) -> "Platform":
    """A platform with both tokens for a mini program, on 5 September 2023; the web process knows it too."""
    from tests.jobs import forget_jobs
    from tests.wechat.platform import APPID, Platform, catalogue

    forget_jobs()
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    return Platform.create()


@pytest.fixture
def clients_command() -> Callable[..., dict[str, Any]]:
    """``openbeian clients … --json``."""

    def run(*arguments: str) -> dict[str, Any]:
        from typer.testing import CliRunner

        from openbeian.wechat.commands import clients_app

        result = CliRunner().invoke(clients_app, [*arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


@pytest.fixture
def provider(
    services: Any, at: Callable[[str], Any], receiver: Receiver, clients_command: Callable[..., dict[str, Any]]
) -> "Provider":
    """A provider with an address, on 5 September 2023, before it has any ticket."""
    from tests.conformance.provider import Provider
    from tests.jobs import forget_jobs

    forget_jobs()
    at("2023-09-05T10:00:00+08:00")
    return Provider(services, receiver, clients_command)
