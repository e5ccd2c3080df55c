"""Accounts and keys of the simulated provinces, derived from a seed; for demonstration, sandbox and test only.

A real province hands these values out on paper; in production they come from the settings and this module is
not called. Both ends of a demonstration derive the same values, so nothing has to be copied about.
"""

import hashlib
import hmac
from typing import Any

from openbeian.v3.wire.packing import PackingSettings

HEX_HASHES = frozenset({"460000", "640000"})
UNENCRYPTED = frozenset({"630000", "640000"})
"""Provinces whose systems differ, so that both ends of a demonstration meet every variant of packing."""


def credentials(province: str, seed: str) -> dict[str, Any]:
    """isp_id (int), user_name, password, aes_key and aes_iv (16 ASCII characters each), hash_encoding, encrypt.

    `province`: GB/T 2260 code such as "110000". `seed`: `settings.SECRET_KEY` of the instance.
    """
    return {
        "isp_id": int(province) * 1000 + 105,
        "user_name": f"openbeian{province[:2]}",
        "password": _derive(seed, province, "password")[:20],
        "aes_key": _derive(seed, province, "aes key")[:16],
        "aes_iv": _derive(seed, province, "aes iv")[:16],
        "hash_encoding": "hex" if province in HEX_HASHES else "raw",
        "encrypt": province not in UNENCRYPTED,
    }


def packing_settings(account: dict[str, Any]) -> PackingSettings:
    """The packing settings of an account as `credentials` gives it (keys may be text or bytes)."""
    return PackingSettings(
        aes_key=_bytes(account["aes_key"]),
        aes_iv=_bytes(account["aes_iv"]),
        password=account["password"],
        hash_encoding=account.get("hash_encoding", "raw"),
        encrypt=account.get("encrypt", True),
    )


def _derive(seed: str, province: str, purpose: str) -> str:
    message = f"openbeian demonstration authority {province} {purpose}"
    return hmac.new(seed.encode(), message.encode(), hashlib.sha256).hexdigest()


def _bytes(value: str | bytes) -> bytes:
    return value.encode("ascii") if isinstance(value, str) else value
