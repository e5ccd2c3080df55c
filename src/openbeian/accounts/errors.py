"""What can be wrong with a request about accounts. Texts are in both languages and free of personal data."""

from openbeian.accounts.models import OfferState
from openbeian.regime.errors import BilingualError


class AccountError(BilingualError):
    """Base of these refusals."""


class AccountRefused(AccountError):
    """An account cannot be made, or cannot be given a mini program, like this."""


class NotFound(AccountError):
    """There is no such account, or no such offer for the one who asks."""


class NotAdministrator(AccountError):
    """The account does not administer this mini program."""

    zh = "该账号不是这个小程序的管理员。"
    en = "This account does not administer the mini program."


class OfferRefused(AccountError):
    """A transfer cannot be offered like this: to nobody, to oneself, twice at a time, or too often."""


#: What became of an offer, as the one who comes too late is told.
_ENDED: dict[str, tuple[str, str]] = {
    OfferState.ACCEPTED: ("已被接受", "has been accepted"),
    OfferState.DECLINED: ("已被拒绝", "has been declined"),
    OfferState.WITHDRAWN: ("已撤回", "has been taken back"),
    OfferState.LAPSED: ("已过期", "has lapsed"),
}


class OfferEnded(AccountError):
    """The offer of a transfer is open no more; nothing was changed. ``state`` tells what became of it."""

    def __init__(self, *, state: str) -> None:
        zh, en = _ENDED[state]
        super().__init__(f"这次转移{zh}。", f"This offer {en}.")
        self.state = OfferState(state)


class ClientRefused(ValueError):
    """A third-party platform, or an AppSecret, cannot be made or changed like this. The text says what to change."""
