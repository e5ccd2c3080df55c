"""Personal data at rest: sealing, exact look-up without storing the value, and masking for screens.

Sealed bytes are AES-256-GCM. They begin with the id of the key they were sealed with, so keys can be rotated:
add a key, make it current, and reseal. The ``purpose`` is authenticated, so bytes sealed for one column cannot
be passed off as another's. Look-ups use a keyed digest (HMAC-SHA256) of the normalised value.

Why it is done this way: docs/decisions/ on personal data at rest.
"""

import base64
import functools
import hmac
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE_BYTES = 12


class VaultError(Exception):
    """Sealed bytes could not be opened: unknown key, wrong purpose, or altered bytes."""


class Altered(VaultError):
    """The key is there, but the bytes are not what was sealed for this purpose."""


def _cipher(keys: dict[str, str], key_id: str) -> AESGCM:
    try:
        return _cipher_of(keys[key_id])
    except KeyError:
        raise VaultError(f"no key with id {key_id!r}") from None


@functools.lru_cache(maxsize=32)
def _cipher_of(key: str) -> AESGCM:
    return AESGCM(base64.b64decode(key))


_decoded = functools.lru_cache(maxsize=32)(base64.b64decode)


def seal(plaintext: bytes, *, purpose: str) -> bytes:
    """Encrypt ``plaintext`` under the current key, bound to ``purpose``."""
    keys = settings.OPENBEIAN_KEYS
    key_id: str = keys["current"]
    head = bytes([len(key_id)]) + key_id.encode("ascii")
    nonce = os.urandom(_NONCE_BYTES)
    return head + nonce + _cipher(keys["keys"], key_id).encrypt(nonce, plaintext, head + purpose.encode())


def unseal(sealed: bytes | memoryview, *, purpose: str) -> bytes:
    """Decrypt what :func:`seal` made. Raises :class:`Altered` if it is not that, for that purpose, and
    :class:`VaultError` for an unknown key."""
    sealed = bytes(sealed)
    if not sealed:
        raise Altered("empty")
    head = sealed[: 1 + sealed[0]]
    nonce, rest = sealed[len(head) : len(head) + _NONCE_BYTES], sealed[len(head) + _NONCE_BYTES :]
    try:
        cipher = _cipher(settings.OPENBEIAN_KEYS["keys"], head[1:].decode("ascii"))
        return cipher.decrypt(nonce, rest, head + purpose.encode())
    except (InvalidTag, ValueError) as error:
        raise Altered("sealed bytes do not open for this purpose") from error


def reseal(sealed: bytes | memoryview, *, purpose: str) -> bytes:
    """Move sealed bytes to the current key."""
    return seal(unseal(sealed, purpose=purpose), purpose=purpose)


def seal_json(value: Any, *, purpose: str) -> bytes:
    """Seal any JSON value."""
    return seal(json.dumps(value, ensure_ascii=False, sort_keys=True).encode(), purpose=purpose)


def unseal_json(sealed: bytes | memoryview, *, purpose: str) -> Any:
    """Open what :func:`seal_json` made."""
    return json.loads(unseal(sealed, purpose=purpose))


def digest(value: str | bytes, *, purpose: str) -> bytes:
    """A keyed digest (32 bytes) by which an exact value can be found without being stored."""
    raw = value.encode() if isinstance(value, str) else value
    return hmac.digest(_decoded(settings.OPENBEIAN_KEYS["digest"]), purpose.encode() + b"\0" + raw, "sha256")


def fingerprints() -> dict[str, Any]:
    """What tells this instance's keys from others without giving them away: ``digest``, and ``keys`` by their ids."""
    keys = settings.OPENBEIAN_KEYS

    def of(key: str) -> str:
        return hmac.digest(_decoded(key), b"fingerprint", "sha256").hex()[:16]

    return {"digest": of(keys["digest"]), "keys": {name: of(key) for name, key in keys["keys"].items()}}


def _mask(text: str, *, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    return "*" * len(text) if hidden <= 0 else text[:head] + "*" * hidden + (text[-tail:] if tail else "")


def mask_name(name: str) -> str:
    """``张三`` → ``*三``: only the last character stays."""
    return _mask(name, head=0, tail=1) if len(name) > 1 else "*" * len(name)


def mask_number(number: str) -> str:
    """Certificate numbers, telephone numbers and e-mail addresses: two characters at each end stay."""
    return _mask(number, head=2, tail=2)


def mask_address(address: str) -> str:
    """``文三路199号`` → ``文三路****``: three characters stay, so that the street may show and the house does not."""
    return _mask(address, head=3, tail=0)
