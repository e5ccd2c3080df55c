"""Third-party platforms (第三方平台) that call the open API for others: their accounts and secrets."""

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.crypto import get_random_string

from openbeian import vault
from openbeian.accounts import addresses
from openbeian.accounts.errors import ClientRefused
from openbeian.accounts.models import ApiClient
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor

SECRET, MESSAGE_TOKEN, MESSAGE_KEY = "client.secret", "client.message_token", "client.encoding_aes_key"
#: Filing on behalf of a merchant (代小程序备案) belongs to either of these permission sets.
FILING_PERMISSION_SETS = (18, 156)

#: Last characters of a 43-character key whose two unused base64 bits are zero, so that strict decoders accept it.
_LAST_CHARACTERS = "AEIMQUYcgkosw048"


@dataclass(frozen=True)
class Credentials:
    """What a third-party platform is given once; the secret cannot be read again."""

    client: ApiClient
    secret: str
    encoding_aes_key: str


@dataclass(frozen=True)
class Keys:
    """What a third-party platform is known by: made up, unless an instance wants one that can be made again."""

    component_appid: str
    secret: str
    token: str
    encoding_aes_key: str


@transaction.atomic
def create_client(
    *, name: str, actor: Actor, event_url: str = "", message_url: str = "", permission_sets: Sequence[int] = (18,),
    redirect_hosts: Sequence[str] | None = None, keys: Keys | None = None, **others: str | Sequence[str],
) -> Credentials:
    """Make the account of a third-party platform. Writes ``client:create``.

    ``event_url`` is the authorization-event URL (授权事件接收 URL), ``message_url`` may hold ``$APPID$``.
    ``redirect_hosts`` is where the authorization page may return to; by default the host of the event URL. ``keys`` are
    made up unless given. ``others`` are what :func:`configure` changes. Raises :class:`ClientRefused`.
    """
    name = name.strip()
    if not 0 < len(name) <= 80:
        raise ClientRefused("the name needs 1 to 80 characters")
    if redirect_hosts is None:
        redirect_hosts = [urlsplit(_url(event_url)).netloc] if event_url else []
    settings = _checked_settings(
        event_url=event_url, message_url=message_url, redirect_hosts=redirect_hosts, **others)
    keys = keys or Keys(f"wx{secrets.token_hex(8)}", secrets.token_hex(16), get_random_string(32), new_encoding_aes_key())
    client = ApiClient.objects.create(
        component_appid=keys.component_appid, name=name,
        secret_digest=vault.digest(keys.secret, purpose=SECRET),
        message_token_sealed=vault.seal(keys.token.encode(), purpose=MESSAGE_TOKEN),
        encoding_aes_key_sealed=vault.seal(keys.encoding_aes_key.encode(), purpose=MESSAGE_KEY),
        permission_sets=sorted(set(permission_sets)), created_at=clock.now(), **settings,
    )
    record(tag="client:create", actor=actor, subject=f"client:{client.pk}", at=client.created_at,
           data={"permission_sets": client.permission_sets})
    return Credentials(client, keys.secret, keys.encoding_aes_key)


@transaction.atomic
def configure(*, client: ApiClient, actor: Actor, **changes: str | Sequence[str]) -> ApiClient:
    """Change how a third-party platform is served: ``event_url``, ``message_url``, ``message_format``,
    ``online_applets_shape``, ``comment_length``, ``allowed_addresses``, ``redirect_hosts``. Writes ``client:configure``.

    Raises :class:`ClientRefused`.
    """
    settings = _checked_settings(**changes)
    for name, value in settings.items():
        setattr(client, name, value)
    client.save(update_fields=list(settings))
    record(tag="client:configure", actor=actor, subject=f"client:{client.pk}", at=clock.now(),
           data={"changed": sorted(settings)})
    return client


def find_client(component_appid: str) -> ApiClient | None:
    """The third-party platform with this component appid."""
    return ApiClient.objects.filter(pk=component_appid).first()


def secret_matches(client: ApiClient, secret: str) -> bool:
    """Whether ``secret`` is the platform's AppSecret."""
    return hmac.compare_digest(bytes(client.secret_digest), vault.digest(secret, purpose=SECRET))


def message_token(client: ApiClient) -> str:
    """The platform's Token (消息校验 Token), with which pushes are signed, in clear."""
    return vault.unseal(client.message_token_sealed, purpose=MESSAGE_TOKEN).decode()


def encoding_aes_key(client: ApiClient) -> str:
    """The platform's EncodingAESKey (消息加解密 Key), in clear."""
    return vault.unseal(client.encoding_aes_key_sealed, purpose=MESSAGE_KEY).decode()


def new_encoding_aes_key() -> str:
    """43 characters that decode, with ``=`` added, to 32 bytes."""
    return get_random_string(42) + get_random_string(1, _LAST_CHARACTERS)


#: The settings with a choice of values.
_CHOICES = {
    "message_format": ("xml", "json"),
    "online_applets_shape": ("array", "object"),
    "comment_length": ("strict", "lenient"),
}


def _checked_settings(**settings: str | Sequence[str]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, value in settings.items():
        if name in _CHOICES:
            if value not in _CHOICES[name]:
                raise ClientRefused(f"{name} is {' or '.join(_CHOICES[name])}")
            checked[name] = value
        elif name in _READERS:
            checked[name] = _READERS[name](value)
        else:
            raise ClientRefused(f"there is no setting {name}")
    return checked


def _host(text: str) -> str:
    """A host as it stands in an address: ``service.example``, ``service.example:8443``, ``[::1]``."""
    text = text.strip().lower()
    try:
        parts = urlsplit(f"//{text}")
        good = parts.netloc == text and parts.hostname and (parts.port or 1) and not parts.username and "@" not in text
        good = good and text.isascii() and text.isprintable() and not set(text) & set(" \\*;,'\"")
    except ValueError:
        good = False
    if not good or len(text) > 255:
        raise ClientRefused(f"{text!r} is no host; write service.example or service.example:8443, without https://")
    return text


def _url(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) and len(url) <= 500
        good = good and url.isascii() and url.isprintable() and " " not in url and not parts.username
    except ValueError:
        good = False
    if url and not good:
        raise ClientRefused("an address looks like https://host/path, without a user name, at most 500 characters")
    return url


#: How the other settings are read.
_READERS: dict[str, Callable[[Any], Any]] = {
    "event_url": _url,
    "message_url": _url,
    "allowed_addresses": addresses.normal,
    "redirect_hosts": lambda hosts: sorted(set(map(_host, hosts))),
}
