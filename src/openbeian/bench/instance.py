"""A production instance of its own for one run: database with durable commits, deleted afterwards."""

import base64
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def throw_away_instance() -> Iterator[Path]:
    """Set this process up on an empty database, on the disk that ``var/`` is on; gives the directory it lives in.

    ``DATABASE_URL`` is not used: a measurement must not meet anybody's data. Side effects: the environment of this
    process names the new instance while the block runs. Django must not be loaded yet.
    """
    from openbeian.config.database import var_directory
    from openbeian.config.embedded import EmbeddedServer

    var = var_directory()
    var.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="bench-", dir=var))
    server = EmbeddedServer(directory / "postgres")
    try:
        server.acquire()
        server.ensure_database()
        seal, digest = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
        keys = directory / "keys.json"
        keys.write_text(json.dumps({"current": "bench", "keys": {"bench": seal}, "digest": digest}))
        os.environ.update(
            OPENBEIAN_INSTANCE="production", OPENBEIAN_SECRET_KEY=secrets.token_hex(32), OPENBEIAN_HOSTS="*",
            OPENBEIAN_KEYS_FILE=str(keys), OPENBEIAN_VAR=str(directory), DATABASE_URL=server.url(),
            OPENBEIAN_CALLS_PER_MINUTE="0",  # a measurement is a client gone wild
            DJANGO_SETTINGS_MODULE="openbeian.config.settings")
        from openbeian.config.setup import ensure_migrated, set_up_django

        set_up_django(migrate=False)
        ensure_migrated(always=True)
        yield directory
        from django.db import connections

        connections.close_all()
    finally:
        server.release(wait=True)
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def constant_server() -> Iterator[str]:
    """The same HTTP server as the system's, answering a constant; gives its address."""
    from openbeian.config.processes import answers, free_port

    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
         "--no-ws", "--http", "1", "--log-level", "error", "--workers", "1", "--blocking-threads", "8",
         "openbeian.bench.constant:application"],
        stdin=subprocess.DEVNULL, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        while not answers(url):
            if server.poll() is not None:
                raise RuntimeError("the constant server ended at once")
        yield url
    finally:
        server.terminate()
        server.wait(20)
