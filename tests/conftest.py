"""A throw-away PostgreSQL for every test session, the frozen clock, and the real processes for tests that need them."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from openbeian.runtime.embedded import EmbeddedServer

if TYPE_CHECKING:
    from openbeian.runtime.processes import Running

FAST_AND_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}

# An example may take as long as a busy machine makes it.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

_server: EmbeddedServer | None = None
_directory: Path | None = None


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the database and say where it is, before Django reads its settings.

    Where the suite is spread over several processes, each of them is a session with a server of its own.
    """
    global _server, _directory
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return
    _directory = Path(tempfile.mkdtemp(prefix="openbeian-test-"))
    os.environ["OPENBEIAN_INSTANCE"] = "test"
    os.environ["OPENBEIAN_VAR"] = str(_directory)
    os.environ["DJANGO_SETTINGS_MODULE"] = "openbeian.config.settings"
    if config.option.collectonly:
        os.environ.setdefault("DATABASE_URL", "postgresql:///openbeian")
    elif not os.environ.get("DATABASE_URL"):
        _server = EmbeddedServer(_directory / "postgres", options=FAST_AND_FORGETFUL)
        _server.acquire()
        _server.ensure_database()
        os.environ["DATABASE_URL"] = _server.url()
    import django

    django.setup()
    if _server is None:
        from django.db import connection

        # On somebody's server a database of any other name, even `test_…`, may be in use.
        connection.settings_dict["TEST"]["NAME"] = f"test_openbeian_{secrets.token_hex(8)}"


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop the database and delete it, however the session ended."""
    if _server is not None:
        _server.release(wait=True)
    if _directory is not None:
        shutil.rmtree(_directory, ignore_errors=True)


#: Folders whose files wait for processes of their own. They begin first, so that no long file is left for the end.
LONG = ("stories", "faults", "runtime", "web", "cli", "config", "conformance", "bench", "browser", "races")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where the suite is spread over several processes, long files go first."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """In CI nothing is skipped: a missing browser or interpreter is a failure, not a gap that nobody sees."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        reason = str(call.excinfo.value) if call.excinfo else ""
        if not reason.startswith("only root"):
            report.outcome = "failed"
            report.longrepr = f"skipped in CI: {reason}"


@pytest.fixture
def at(db: None) -> Callable[[str], datetime]:
    """Freeze the instance clock: ``at("2023-09-05T10:00:00+08:00")``. Unlike an operator, a test may go back."""
    from openbeian.ledger.models import ClockSetting

    def freeze(instant: str) -> datetime:
        when = datetime.fromisoformat(instant)
        assert when.tzinfo is not None, f"{instant} needs its zone, for example +08:00"
        ClockSetting.objects.update_or_create(id=1, defaults={"instant": when, "set_at": when, "running": False})
        return when

    return freeze


@pytest.fixture(scope="session")
def _servers(django_db_setup: None) -> Iterator["Running"]:
    """Web and simulated administration, started once: between two tests they hold no lock and remember nothing."""
    from openbeian.runtime.processes import serve

    with serve(worker=False, environment={"OPENBEIAN_WORKER_HEARTBEAT": "0.2"}) as running:
        yield running


@pytest.fixture
def services(transactional_db: None, _servers: "Running") -> Iterator["Running"]:
    """The running system as real processes on the test's database: ``web_url``, ``simulator_url``, ``kill("worker")`` …

    The worker lives only as long as the test, so that it takes no other test's jobs.
    """
    for name in ("web", "simulator"):
        _servers.start(name)
    _servers.start("worker")
    yield _servers
    _servers.stop("worker")
