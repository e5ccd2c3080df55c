"""Three organizers with accounts, one of whom has a mini program."""

from collections.abc import Callable
from typing import Any

import pytest

from openbeian.accounts.models import User
from openbeian.accounts.queries import administrators_of
from openbeian.accounts.verbs import appoint_administrator, create_user
from openbeian.ledger.models import Event
from openbeian.notices.queries import inbox
from openbeian.regime.actors import Actor, Role

APPID = "wx0000000000000001"
OPERATOR = Actor(Role.OPERATOR, "user:0")


def make(username: str, *, role: str = "organizer", email: str = "") -> User:
    return create_user(username=username, password="invented-2023", role=role, email=email, actor=OPERATOR)


@pytest.fixture
def lin(db: None, at: Callable[[str], Any]) -> User:
    """Who administers the mini program."""
    at("2023-09-05T10:00:00+08:00")
    user = make("lin", email="lin@example.com")
    appoint_administrator(user=user, appid=APPID, actor=OPERATOR)
    return user


@pytest.fixture
def chen(lin: User) -> User:
    return make("chen", email="chen@example.com")


@pytest.fixture
def zhou(lin: User) -> User:
    return make("zhou", email="zhou@example.com")


def administrators(appid: str = APPID) -> list[str]:
    return [user.username for user in administrators_of(appid)]


def told(user: User) -> list[str]:
    """What a person was told, first to last."""
    return [message.code for message in inbox(user)][::-1]


def happened(appid: str = APPID) -> list[tuple[str, str]]:
    """(event, who) of a mini program, first to last."""
    rows = Event.objects.filter(subject=f"app:{appid}").exclude(tag__startswith="material:").order_by("id")
    return [(row.tag, row.actor_id) for row in rows]
