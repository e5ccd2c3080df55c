"""Who has an account, and who may act for which mini program."""

from django.db.models import QuerySet

from openbeian.accounts.errors import NotFound
from openbeian.accounts.models import MiniProgramAdministrator, User


def administered_by(user: User) -> QuerySet[MiniProgramAdministrator]:
    """The mini programs ``user`` may file for."""
    return MiniProgramAdministrator.objects.filter(user=user).order_by("appid")


def administrators_of(appid: str) -> QuerySet[User]:
    """The people who may file for ``appid`` and are told about it."""
    return User.objects.filter(mini_programs__appid=appid, is_active=True).order_by("pk")


def user(username: str) -> User:
    """The account with this user name. Raises :class:`NotFound`."""
    found = User.objects.filter(username=User.normalize_username(username)).first()
    if found is None:
        raise NotFound("没有这个用户名。", "There is no account with this user name.")
    return found
