"""Keys for personal data, in the form of ``OPENBEIAN_KEYS_FILE``, and the secrets that a demonstration makes itself."""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any


def new_keys(name: str) -> dict[str, Any]:
    """A sealing key with this name and a digest key."""
    seal, digest = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    return {"current": name, "keys": {name: seal}, "digest": digest}


def check_keys(content: dict[str, Any]) -> None:
    """Raise ValueError, without repeating a key, for what is not of the form that `new_keys` makes."""
    keys = content.get("keys")
    if not isinstance(keys, dict) or str(content.get("current")) not in keys:
        raise ValueError('it needs "keys", an object, and "current", the name of one of them')
    for name, key in {**keys, '"digest"': content.get("digest")}.items():
        if not (name.isascii() and len(name) < 256):
            raise ValueError(f"the name {name[:20]!r} is not of up to 255 ASCII characters")
        try:
            size = len(base64.b64decode(key, validate=True))
        except (TypeError, ValueError):
            size = None
        if size != 32:
            raise ValueError(f"the key {name} is not 32 bytes in base64")


def read_secret_file(path: str) -> str:
    """The content of a file that is nobody else's business. Raises OSError, and ValueError where others may read it."""
    if Path(path).stat().st_mode & 0o007:
        raise ValueError(f"everybody may open {path}: chmod o= {path}")
    return Path(path).read_text(encoding="utf-8")


def own_secrets(var: Path) -> dict[str, Any]:
    """``secret_key`` and ``keys`` of a demonstration: made once, kept in ``var``, readable by the owner only."""
    path = var / "secrets.json"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"secrets.{os.getpid()}.json")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"secret_key": secrets.token_urlsafe(50), "keys": new_keys("k1")}, file)
        try:
            os.link(temporary, path)  # the first of several processes wins
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    try:
        found = json.loads(path.read_text())
        check_keys(found["keys"])
        return {"secret_key": found["secret_key"], "keys": found["keys"]}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SystemExit(f"{path} is damaged: put it back from a copy, or move {var} away to begin anew") from None
