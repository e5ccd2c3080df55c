"""The backend as Django loads it (``ENGINE``)."""

import select

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection kept between requests (``CONN_HEALTH_CHECKS``) is looked at before it is used again."""

    def is_usable(self) -> bool:
        """Whether the connection works.

        A server that goes away closes its end, which makes the socket readable; on one where nothing waits to be
        read there is nobody to ask. Otherwise a statement tells, as with Django's own backend.
        """
        if self.connection is None:
            return False
        wire = self.connection.pgconn
        if wire.status == ConnStatus.OK:
            poll = select.poll()
            poll.register(wire.socket, select.POLLIN)
            if not poll.poll(0):
                return True
        return super().is_usable()
