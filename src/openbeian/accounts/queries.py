"""Who has an account, and who may act for which mini program."""

from django.conf import settings
from django.db.models import QuerySet

from openbeian.accounts.errors import NotFound
from openbeian.accounts.models import CertifiedMiniProgram, MiniProgramAdministrator, User


def administered_by(user: User) -> QuerySet[MiniProgramAdministrator]:
    """The mini programs ``user`` may file for."""
    return MiniProgramAdministrator.objects.filter(user=user).order_by("appid")


def administrators_of(appid: str) -> QuerySet[User]:
    """The people who may file for ``appid`` and are told about it."""
    return User.objects.filter(mini_programs__appid=appid, is_active=True).order_by("pk")


def is_certified(appid: str) -> bool:
    """Whether a mini program has passed its certification here."""
    return CertifiedMiniProgram.objects.filter(pk=appid).exists()


def lacks_certification(appid: str) -> bool:
    """Whether this platform asks for a certification (a setting) and the mini program has none."""
    return settings.OPENBEIAN_CERTIFICATION_REQUIRED and not is_certified(appid)


def user(username: str) -> User:
    """The account with this user name. Raises :class:`NotFound`."""
    found = User.objects.filter(username=User.normalize_username(username)).first()
    if found is None:
        raise NotFound("没有这个用户名。", "There is no account with this user name.")
    return found
