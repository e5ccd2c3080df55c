"""Access tokens of mini programs that call for themselves: ``/cgi-bin/token`` and ``/cgi-bin/stable_token``.

The two do not touch each other: a plain token ends the plain one before it, a stable one stays until it is about to
expire or a new one is forced.
"""

import secrets
from datetime import timedelta

from django.db import transaction

from openbeian import vault
from openbeian.accounts.models import AppSecret
from openbeian.ledger import clock
from openbeian.wechat.models import APP_TOKEN, STABLE_TOKEN, AppToken

LIFETIME = timedelta(hours=2)
#: How long a plain token lives on beside the one that followed it.
OVERLAP = timedelta(minutes=5)
#: A stable token that has less left than this is replaced; it stays good until it expires.
RENEWED_BEFORE = timedelta(minutes=5)


@transaction.atomic
def plain_token(*, secret: AppSecret) -> tuple[str, int]:
    """A new token, and for how many seconds. The one before it lasts five more minutes at most."""
    _locked(secret)
    at = clock.now()
    secret.tokens.filter(stable_sealed=None, expires_at__gt=at + OVERLAP).update(expires_at=at + OVERLAP)
    return _new(secret, stable=False), int(LIFETIME.total_seconds())


@transaction.atomic
def stable_token(*, secret: AppSecret, force_refresh: bool = False) -> tuple[str, int]:
    """The mini program's stable token, and for how many more seconds.

    The same one until five minutes before its end. ``force_refresh`` ends it at once and makes another.
    """
    _locked(secret)
    at = clock.now()
    standing = secret.tokens.exclude(stable_sealed=None)
    if force_refresh:
        standing.delete()
    row = standing.filter(expires_at__gt=at + RENEWED_BEFORE).order_by("-expires_at").first()
    if row is None or row.stable_sealed is None:
        return _new(secret, stable=True), int(LIFETIME.total_seconds())
    token = vault.unseal(row.stable_sealed, purpose=STABLE_TOKEN).decode()
    return token, int((row.expires_at - at).total_seconds())


def _locked(secret: AppSecret) -> None:
    """Two requests at the same moment are answered one after the other."""
    AppSecret.objects.select_for_update().get(pk=secret.pk)


def _new(secret: AppSecret, *, stable: bool) -> str:
    token, at = f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(66)}", clock.now()
    AppToken.objects.create(
        digest=vault.digest(token, purpose=APP_TOKEN), secret=secret, issued_at=at, expires_at=at + LIFETIME,
        stable_sealed=vault.seal(token.encode(), purpose=STABLE_TOKEN) if stable else None)
    return token
