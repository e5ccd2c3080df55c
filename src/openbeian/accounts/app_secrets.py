"""AppSecrets (小程序密钥) of mini programs that call for themselves, without a third-party platform."""

import hmac
import secrets
from collections.abc import Sequence

from django.db import transaction

from openbeian import vault
from openbeian.accounts import addresses
from openbeian.accounts.errors import ClientRefused
from openbeian.accounts.models import AppSecret
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor

SECRET = "app.secret"


@transaction.atomic
def create_app_secret(*, appid: str, actor: Actor, allowed_addresses: Sequence[str] = ()) -> str:
    """Give a mini program its AppSecret; it cannot be read again. Writes ``app:secret_created``.

    Raises :class:`ClientRefused` if it has one already, or for an address that is none.
    """
    if AppSecret.objects.filter(pk=appid).exists():
        raise ClientRefused(f"{appid} has an AppSecret; rotate it to get another")
    return _new_secret(appid, addresses.normal(allowed_addresses), actor, "app:secret_created")


@transaction.atomic
def rotate_app_secret(*, appid: str, actor: Actor) -> str:
    """Replace a mini program's AppSecret. The former one, and every token it gave, ends at once.

    Writes ``app:secret_rotated``. Raises :class:`ClientRefused` if it has none.
    """
    former = _found(appid)
    former.delete()
    return _new_secret(appid, former.allowed_addresses, actor, "app:secret_rotated")


@transaction.atomic
def set_app_addresses(*, appid: str, actor: Actor, allowed_addresses: Sequence[str]) -> AppSecret:
    """Change where a mini program's tokens may be asked for from. Writes ``app:addresses_set``.

    Raises :class:`ClientRefused`.
    """
    secret = _found(appid)
    secret.allowed_addresses = addresses.normal(allowed_addresses)
    secret.save(update_fields=["allowed_addresses"])
    record(tag="app:addresses_set", actor=actor, subject=f"app:{appid}", at=clock.now(),
           data={"entries": len(secret.allowed_addresses)})
    return secret


def find_app_secret(appid: str) -> AppSecret | None:
    """The AppSecret of a mini program, if it has one."""
    return AppSecret.objects.filter(pk=appid).first()


def app_secret_matches(row: AppSecret, secret: str) -> bool:
    """Whether ``secret`` is the mini program's; takes the same time whatever is shown."""
    return hmac.compare_digest(bytes(row.digest), vault.digest(secret, purpose=SECRET))


def _new_secret(appid: str, allowed_addresses: list[str], actor: Actor, tag: str) -> str:
    secret, at = secrets.token_hex(16), clock.now()
    AppSecret.objects.create(
        appid=appid, digest=vault.digest(secret, purpose=SECRET), allowed_addresses=allowed_addresses, created_at=at)
    record(tag=tag, actor=actor, subject=f"app:{appid}", at=at)
    return secret


def _found(appid: str) -> AppSecret:
    row = AppSecret.objects.select_for_update().filter(pk=appid).first()
    if row is None:
        raise ClientRefused(f"{appid} has no AppSecret; create one first")
    return row
