"""``openbeian review claims``: claims decided from the command line."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import typer.main
from click.testing import Result
from typer.testing import CliRunner

from openbeian.accounts.models import User
from openbeian.cli import app
from openbeian.register.errors import ClaimEnded, NotFound, ReasonMissing
from openbeian.register.models import Service
from tests.accounts.people import APPID, administrators, chen, lin, zhou  # noqa: F401
from tests.register.test_claims import NUMBER, ask, service  # noqa: F401

pytestmark = pytest.mark.django_db


def openbeian(*words: str) -> Result:
    said = CliRunner().invoke(app, ["review", "claims", *words], prog_name="openbeian")
    if said.exception and not isinstance(said.exception, SystemExit):
        raise said.exception
    return said


def test_the_list_shows_what_waits_and_what_is_overdue(
    service: Service, chen: User, at: Callable[[str], Any]  # noqa: F811
) -> None:
    assert openbeian("list").stdout == "没有待审认领。No claim waits for review. (--ended lists the others.)\n"
    made = ask(chen)
    line = f"#{made.pk}  {NUMBER}  {APPID}  chen  waiting  期限 due 2023-09-08 00:00"
    assert openbeian("list").stdout == f"{line}\n"
    at("2023-09-08T00:00:01+08:00")
    assert openbeian("list").stdout == f"{line}  逾期 overdue\n"
    assert json.loads(openbeian("list", "--json").stdout) == [{
        "claim": made.pk, "state": "waiting", "number": NUMBER, "appid": APPID, "claimant": "chen",
        "made_at": "2023-09-05T10:00:00+08:00", "due_at": "2023-09-08T00:00:00+08:00", "due_provisional": False,
        "ended_at": None}]


def test_a_due_instant_in_an_unpublished_year_is_marked(
    service: Service, chen: User, at: Callable[[str], Any]  # noqa: F811
) -> None:
    at("2098-03-03T10:00:00+08:00")
    ask(chen)
    assert openbeian("list").stdout.endswith("期限 due 2098-03-06 00:00（暂定 provisional）\n")


def test_approve_and_refuse(service: Service, chen: User, zhou: User) -> None:  # noqa: F811
    first, second = ask(chen), ask(zhou)
    assert openbeian("approve", str(first.pk)).stdout == f"#{first.pk}  {NUMBER}  {APPID}  chen  approved\n"
    said = openbeian("refuse", str(second.pk), "--reason", "不相符", "--json")
    assert json.loads(said.stdout)["state"] == "refused"
    assert administrators() == ["lin", "chen"]
    with pytest.raises(ClaimEnded):
        openbeian("approve", str(second.pk))
    assert [row["claim"] for row in json.loads(openbeian("list", "--ended", "--json").stdout)] == [second.pk, first.pk]


def test_wrong_calls(service: Service, chen: User) -> None:  # noqa: F811
    made = ask(chen)
    with pytest.raises(ReasonMissing):
        openbeian("refuse", str(made.pk), "--reason", " ")
    with pytest.raises(NotFound):
        openbeian("approve", str(made.pk + 1))
    assert openbeian("approve", "x").exit_code == 2


def test_the_claims_hang_in_the_reviewers_room_with_help_and_examples() -> None:
    review = typer.main.get_group(app).get_command(None, "review")  # type: ignore[arg-type]
    claims = review.get_command(None, "claims")  # type: ignore[union-attr]
    assert {name: (command.epilog or "")[:32] for name, command in claims.commands.items()} == {
        "list": "Example: openbeian review claims", "approve": "Example: openbeian review claims",
        "refuse": "Example: openbeian review claims"}
    assert "show" in review.list_commands(None)  # type: ignore[union-attr]
