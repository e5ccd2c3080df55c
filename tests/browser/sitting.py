"""A real Chromium against a real server, and the people who sit in front of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from openbeian import vault
from openbeian.accounts.models import User
from openbeian.accounts.verbs import appoint_administrator, create_user
from openbeian.ledger.clock import now
from openbeian.regime.actors import Actor, Role
from openbeian.shelf.models import ORGANIZER, MiniProgram

APPID = "wx00000000000000aa"
PASSWORD = "beian-2023-demo"
OPERATOR = Actor(Role.OPERATOR, "user:0")


@dataclass
class Sitting:
    """One person at one browser, and everything their browser complained about."""

    page: Any
    base: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def log_in(self, username: str) -> None:
        self.go("/accounts/login/")
        self.page.fill("#id_login", username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("form.card button")
        self.page.wait_for_load_state()


@pytest.fixture
def sit_down(chromium: Any, live_server: Any, settings: Any) -> Iterator[Callable[..., Sitting]]:
    """``sit_down("organizer")``: a fresh browser, logged in; at the end no complaint may have been heard."""
    settings.OPENBEIAN_BASE_URL = live_server.url
    sittings: list[Sitting] = []

    def start(username: str = "", *, width: int = 1280, language: str = "zh-CN") -> Sitting:
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language)
        page = context.new_page()
        page.set_default_timeout(10_000)
        sitting = Sitting(page, live_server.url)
        context.on("console", lambda line: line.type in ("error", "warning") and sitting.complaints.append(
            f"{line.type}: {line.text} ({page.url})"))
        page.on("pageerror", lambda error: sitting.complaints.append(f"exception: {error}"))
        context.on("requestfailed", lambda request: "ERR_ABORTED" in (request.failure or "")
                   or sitting.complaints.append(f"failed: {request.url}"))
        sittings.append(sitting)
        if username:
            sitting.log_in(username)
        return sitting

    yield start
    heard = [complaint for sitting in sittings for complaint in sitting.complaints]
    for sitting in sittings:
        sitting.page.context.close()
    assert heard == []


@pytest.fixture
def people(transactional_db: None, at: Callable[[str], datetime]) -> dict[str, User]:
    """An organizer with one mini program in the catalogue, two reviewers, an operator and an auditor."""
    at("2023-09-05T10:00:00+08:00")
    made = {
        name: create_user(username=name, password=PASSWORD, role=role, email=f"{name}@example.com", actor=OPERATOR)
        for name, role in (("organizer", "organizer"), ("stranger", "organizer"), ("reviewer", "reviewer"),
                           ("colleague", "reviewer"), ("operator", "operator"), ("auditor", "auditor"))
    }
    add_mini_program(APPID, "青禾文具", "杭州青禾示例科技有限公司", listed=None)
    appoint_administrator(user=made["organizer"], appid=APPID, actor=OPERATOR)
    return made


def add_mini_program(appid: str, name: str, organizer_name: str, *, listed: datetime | None) -> MiniProgram:
    """Put a mini program of Zhejiang into the catalogue."""
    return MiniProgram.objects.create(
        appid=appid, name=name, province="330000", first_listed_at=listed, imported_at=now(),
        organizer_name_sealed=vault.seal(organizer_name.encode(), purpose=ORGANIZER),
        organizer_name_digest=vault.digest(organizer_name, purpose=ORGANIZER))
