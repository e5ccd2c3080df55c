"""The application of the web processes."""

import os
import select
from typing import Any

from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openbeian.config.settings")

application = get_wsgi_application()


def skip_health_checks(**_: Any) -> None:
    """Spare Django's health check, which is a statement, where the socket shows that the connection works.

    A server that goes away closes its end, and the socket has something to read then.
    """
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None:
            poll = select.poll()
            poll.register(connection.connection.fileno(), select.POLLIN)
            connection.health_check_done = not poll.poll(0)  # type: ignore[attr-defined]


request_started.connect(skip_health_checks)
