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
    return json.loads(path.read_text())
