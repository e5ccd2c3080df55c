"""Who may have an account: those an operator has made one for."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Log-in by user name or e-mail; no sign-up. ``openbeian accounts create`` makes accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an account is tied to mini programs by the platform, not by whoever asks."""
        return False
