"""An instance of its own for one run, on an empty embedded database: what benchmarks and soaks work on."""

import contextlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openbeian.runtime.database import var_directory
from openbeian.runtime.embedded import EmbeddedServer
from openbeian.runtime.keys import new_keys


@dataclass(frozen=True)
class Instance:
    """Where a throw-away instance lives, and its database server."""

    directory: Path
    server: EmbeddedServer


@contextlib.contextmanager
def throw_away_instance(*, kind: str = "production", purpose: str = "bench", keep: bool = False) -> Iterator[Instance]:
    """Set this process up on an empty database with durable commits, on the disk that ``var/`` is on.

    ``kind`` is that of ``OPENBEIAN_INSTANCE``. ``DATABASE_URL`` is not used: a run must not meet anybody's data. The
    directory, named after ``purpose``, is deleted afterwards, or kept with ``keep``.

    Side effects: the environment of this process names the new instance while the block runs. Django must not be
    loaded yet.
    """
    var = var_directory()
    var.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=var))
    server = EmbeddedServer(directory / "postgres")
    try:
        server.acquire()
        server.ensure_database()
        os.environ.update(
            OPENBEIAN_INSTANCE=kind, OPENBEIAN_VAR=str(directory), DATABASE_URL=server.url(),
            DJANGO_SETTINGS_MODULE="openbeian.config.settings")
        if kind == "production":
            os.environ.update(_production(directory, key=purpose))
        from openbeian.runtime.setup import ensure_migrated, set_up_django

        set_up_django(migrate=False)
        ensure_migrated(always=True)
        yield Instance(directory, server)
        from django.db import connections

        connections.close_all()
    finally:
        server.release(wait=True)
        if not keep:
            shutil.rmtree(directory, ignore_errors=True)


def _production(directory: Path, *, key: str) -> dict[str, str]:
    """What a production instance does not make up for itself."""
    keys = directory / "keys.json"
    keys.touch(mode=0o600)
    keys.write_text(json.dumps(new_keys(key)))
    return {
        "OPENBEIAN_SECRET_KEY": secrets.token_hex(32), "OPENBEIAN_HOSTS": "*", "OPENBEIAN_KEYS_FILE": str(keys),
        "OPENBEIAN_CALLS_PER_MINUTE": "0",  # a measurement is a client gone wild
    }
