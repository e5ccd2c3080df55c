"""What every log line has: time, level, the request or job it is about; and what none has: data of people, secrets."""

import logging
import secrets
import traceback
from contextvars import ContextVar

import psycopg

subject: ContextVar[str] = ContextVar("subject", default="-")
"""The id of the request, or the number of the job, that is worked on."""


def new_request_id() -> str:
    """In WeChat's form: three groups of eight hexadecimal digits. From now on it is this thread's `subject`."""
    digits = secrets.token_hex(12)
    subject.set(request_id := f"{digits[:8]}-{digits[8:16]}-{digits[16:]}")
    return request_id


def described(error: BaseException) -> str:
    """An error in a log: its kind and where it was raised. Of a database that is away, one line.

    Not its text, which may repeat data: PostgreSQL's shows the values of a row.
    """
    cause = error.__cause__ or error  # of Django's and the queue's own errors about the database
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return f"{type(error).__name__}: {str(cause).partition(chr(10))[0]}"
    frames = (f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__))
    return "\n".join((type(error).__name__, *frames))


class Formatter(logging.Formatter):
    """Writes ``time level [request or job] logger message``, a message in one line.

    Names a page by its route: an address may hold a secret.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s [%(subject)s] %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and for an error that is no trouble of the database, where it was raised."""
        line = logging.makeLogRecord(record.__dict__ | {"subject": subject.get(), "exc_info": None, "exc_text": None})
        message = " ".join(record.getMessage().splitlines())
        if request := getattr(record, "request", None):
            route = getattr(getattr(request, "resolver_match", None), "route", "…")
            message = message.replace(request.path, f"/{route}")
        if record.exc_info and record.exc_info[1]:
            message = f"{message}: {described(record.exc_info[1])}"
        line.msg, line.args = message, None
        return super().format(line)
