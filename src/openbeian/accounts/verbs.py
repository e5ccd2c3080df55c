"""Making accounts and giving them their mini programs."""

from django.db import transaction

from openbeian.accounts.models import MiniProgramAdministrator, User
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor


@transaction.atomic
def create_user(*, username: str, password: str, role: str, actor: Actor, email: str = "") -> User:
    """Add a person who can log in. Writes ``user:create``. Raises ``IntegrityError`` for a name in use."""
    user = User.objects.create_user(username=username, password=password, email=email, role=role)
    record(tag="user:create", actor=actor, subject=f"user:{user.pk}", at=clock.now(), data={"role": role})
    return user


@transaction.atomic
def appoint_administrator(*, user: User, appid: str, actor: Actor) -> MiniProgramAdministrator:
    """Let ``user`` act for the mini program ``appid``. Idempotent; writes ``app:administrator_appointed`` once."""
    row, created = MiniProgramAdministrator.objects.get_or_create(user=user, appid=appid)
    if created:
        record(tag="app:administrator_appointed", actor=actor, subject=f"app:{appid}", at=clock.now(),
               data={"user": user.pk})
    return row
