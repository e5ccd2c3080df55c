"""Making accounts and giving them their mini programs."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation

from openbeian.accounts.errors import AccountRefused
from openbeian.accounts.models import CertifiedMiniProgram, MiniProgramAdministrator, User, UserRole
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor


@transaction.atomic
def create_user(*, username: str, password: str, role: str, actor: Actor, email: str = "") -> User:
    """Add a person who can log in. Writes ``user:create``.

    Raises :class:`AccountRefused`: a name that is in use or cannot be one, no e-mail address, or, in production, a
    password that is too easy to guess.
    """
    _check(User(username=username, email=email, role=role), password)
    try:
        with transaction.atomic():
            user = User.objects.create_user(username=username, password=password, email=email, role=role)
    except IntegrityError as error:
        raise AccountRefused("这个用户名已被使用。", "This user name is in use.") from error
    record(tag="user:create", actor=actor, subject=f"user:{user.pk}", at=clock.now(), data={"role": role})
    return user


def _check(user: User, password: str) -> None:
    def complaints() -> list[str]:
        found: list[str] = []
        for check in (lambda: user.clean_fields(exclude=["password"]), lambda: validate_password(password, user)):
            try:
                check()
            except ValidationError as error:
                found += error.messages
        return found

    if not password:
        raise AccountRefused("密码不能为空。", "The password is empty.")
    said = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said.append(" ".join(complaints()))
    if said[0]:
        raise AccountRefused(*said)


@transaction.atomic
def appoint_administrator(*, user: User, appid: str, actor: Actor) -> MiniProgramAdministrator:
    """Let ``user`` act for the mini program ``appid``. Idempotent; writes ``app:administrator_appointed`` once.

    Raises :class:`AccountRefused` for an account that is no organizer's.
    """
    if user.role != UserRole.ORGANIZER:
        raise AccountRefused(
            "只有主办者账号可以管理小程序。", "Only accounts of the role organizer administer mini programs.")
    row, created = MiniProgramAdministrator.objects.get_or_create(user=user, appid=appid)
    if created:
        record(tag="app:administrator_appointed", actor=actor, subject=f"app:{appid}", at=clock.now(),
               data={"user": user.pk})
    return row


def note_certification(*, appid: str, at: datetime) -> None:
    """Keep that a mini program has passed its certification. Safe to repeat; the event is the certification's own."""
    CertifiedMiniProgram.objects.get_or_create(appid=appid, defaults={"certified_at": at})
