"""The backend as Django loads it (``ENGINE``)."""

import select
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg import Error
from psycopg.pq import ConnStatus

#: Statements at work at the same time on one connection: seldom more than one inside another.
_IDLE_CURSORS_MAX = 4


class Cursor(CursorWrapper):
    """Django's cursor with less between caller and driver: an error is looked at when there is one.

    At its end the driver's cursor goes back to its connection, which gives it out again.
    """

    def execute(self, sql: Any, params: Any = None) -> Any:
        """Send one statement. Raises Django's database errors."""
        if self.db.execute_wrappers:
            return super().execute(sql, params)
        self.db.validate_no_broken_transaction()
        try:
            return self.cursor.execute(sql, params)
        except Error:
            with self.db.wrap_database_errors:
                raise

    def fetchone(self) -> Any:
        """The next row, or None. Raises Django's database errors."""
        try:
            return self.cursor.fetchone()
        except Error:
            with self.db.wrap_database_errors:
                raise

    def close(self) -> None:
        """Give the driver's cursor back, once; this one cannot be used again."""
        if self.cursor is not None:
            self.db.take_back(self.cursor)
            self.cursor = None

    def __exit__(self, *failure: Any) -> None:
        self.close()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is cheap to use again.

    Kept between requests (``CONN_HEALTH_CHECKS``), it is looked at before it is used; and it keeps the driver's
    cursors, the making of which costs as much as a small statement.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._idle_cursors: list[Any] = []

    def connect(self) -> None:
        """Open the connection."""
        self._idle_cursors = []
        super().connect()

    def cursor(self) -> Any:
        """A cursor, the connection being opened if necessary."""
        if self.queries_logged:
            return super().cursor()
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_thread_sharing()
        return Cursor(self._idle_cursors.pop() if self._idle_cursors else self.create_cursor(), self)

    def take_back(self, cursor: Any) -> None:
        """Keep the driver's cursor for the next statement, unless it holds on to more than a row."""
        if cursor.rowcount <= 1 and cursor.connection is self.connection and len(self._idle_cursors) < _IDLE_CURSORS_MAX:
            self._idle_cursors.append(cursor)
        else:
            cursor.close()

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
