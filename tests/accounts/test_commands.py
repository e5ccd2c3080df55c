"""``openbeian accounts``: an operator makes accounts and says who administers what."""

import json
from typing import Any

import pytest
from click.testing import Result
from django.test import Client
from typer.testing import CliRunner

from openbeian.accounts.errors import AccountRefused, NotAdministrator, NotFound
from openbeian.accounts.models import User
from openbeian.ledger.models import Event
from tests.accounts.people import APPID, administrators, chen, lin, told  # noqa: F401

pytestmark = pytest.mark.django_db


def openbeian(*words: str, typed: str = "") -> Result:
    from openbeian.accounts.commands import accounts_app

    said = CliRunner().invoke(accounts_app, list(words), input=typed)
    if said.exception and not isinstance(said.exception, SystemExit):
        raise said.exception
    return said


def test_an_account_that_was_created_can_log_in(db: None) -> None:
    said = openbeian("create", "wang", "--role", "reviewer", "--email", "wang@example.com", typed="invented-2023\n")
    assert said.stdout == "已创建 created: wang (reviewer)\n"
    event = Event.objects.get(tag="user:create")
    assert (event.actor_role, event.actor_id, event.data) == ("operator", "command-line", {"role": "reviewer"})
    for name in ("wang", "wang@example.com"):
        client = Client()
        answer = client.post("/accounts/login/", {"login": name, "password": "invented-2023"})
        assert (answer.status_code, client.get("/desk/").status_code) == (302, 200)


@pytest.mark.parametrize(("words", "typed"), [
    (("lin", "--role", "organizer"), "invented-2023"),  # in use
    (("a b", "--role", "organizer"), "invented-2023"),
    (("x" * 151, "--role", "organizer"), "invented-2023"),
    (("wang", "--role", "organizer", "--email", "nonsense"), "invented-2023"),
    (("wang", "--role", "organizer"), ""),
])
def test_an_account_that_cannot_be_is_refused_in_words(lin: User, words: Any, typed: str) -> None:  # noqa: F811
    with pytest.raises(AccountRefused) as refused:
        openbeian("create", *words, typed=typed)
    assert refused.value.zh and refused.value.en
    assert [user.username for user in User.objects.all()] == ["lin"]


def test_in_production_a_password_has_to_be_hard_to_guess(db: None, settings: Any) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"}]
    with pytest.raises(AccountRefused) as refused:
        openbeian("create", "wang", "--role", "operator", typed="password\n")
    assert (refused.value.zh, refused.value.en) == ("这个密码太常见了。", "This password is too common.")
    assert User.objects.count() == 0


def test_a_wrong_role_is_a_wrong_call(db: None) -> None:
    assert openbeian("create", "wang", "--role", "emperor", typed="x").exit_code == 2


def test_appoint_list_and_remove(lin: User, chen: User) -> None:  # noqa: F811
    assert openbeian("appoint", "chen", APPID).exit_code == 0
    assert administrators() == ["lin", "chen"]
    assert openbeian("list", "--appid", APPID).stdout == f"chen  organizer  {APPID}\nlin  organizer  {APPID}\n"
    assert openbeian("remove", "lin", APPID).exit_code == 0
    assert json.loads(openbeian("list", "--role", "organizer", "--json").stdout) == {"accounts": [
        {"username": "chen", "role": "organizer", "active": True, "mini_programs": [APPID]},
        {"username": "lin", "role": "organizer", "active": True, "mini_programs": []}]}
    with pytest.raises(NotAdministrator):
        openbeian("remove", "lin", APPID)
    with pytest.raises(NotFound):
        openbeian("appoint", "nobody", APPID)
    assert openbeian("appoint", "lin", "no appid").exit_code == 2


def test_only_organizers_administer(lin: User) -> None:  # noqa: F811
    openbeian("create", "wang", "--role", "reviewer", typed="invented-2023\n")
    with pytest.raises(AccountRefused, match="role organizer"):
        openbeian("appoint", "wang", APPID)


def test_transfer_at_once(lin: User, chen: User) -> None:  # noqa: F811
    assert openbeian("transfer", APPID, "--from", "lin", "--to", "chen").stdout == f"{APPID}: lin → chen\n"
    assert (administrators(), told(lin), told(chen)) == (["chen"], ["transferred_away"], ["transferred_here"])
    with pytest.raises(NotAdministrator):
        openbeian("transfer", APPID, "--from", "lin", "--to", "chen")
