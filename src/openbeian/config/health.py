"""Whether a process lives (``/livez``) and can work (``/healthz``). Whether the system is well says ``openbeian health``."""

import threading
import time
from concurrent.futures import Future

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from openbeian.runtime.setup import pending_migrations
from openbeian.web.machines import for_machines

ANSWER_SECONDS = 1.5
"""An answer comes within two seconds, whatever hangs."""
ABANDON_SECONDS = 10.0
"""A question that has hung for so long is given up, and the next caller asks anew."""


class Readiness:
    """Whether the database answers, is this instance's and has this release's tables.

    A thread of its own asks, on a connection of its own: nobody waits for a database that hangs, nor for a free thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: Future[str] | None = None
        self._began = 0.0
        self._migrated = False

    def problem(self) -> str:
        """What is wrong in a few words, or "". Who comes while a question is under way waits for the same answer."""
        with self._lock:
            now = time.monotonic()
            if self._asked is None or self._asked.done() or now - self._began > ABANDON_SECONDS:
                self._asked, self._began = Future(), now
                threading.Thread(target=self._ask, args=(self._asked,), daemon=True).start()
            asked, seconds = self._asked, self._began + ANSWER_SECONDS - now
        try:
            return asked.result(max(0.0, seconds))
        except TimeoutError:
            return "the database does not answer in time"

    def _ask(self, asked: "Future[str]") -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            self._migrated = self._migrated or not pending_migrations()
            asked.set_result("" if self._migrated else "the tables are not of this release: openbeian migrate")
        except DatabaseError:
            asked.set_result("the database does not answer")
        except Exception as error:
            asked.set_result(type(error).__name__)
        finally:
            connection.close()


_readiness = Readiness()


@for_machines
def livez(request: HttpRequest) -> JsonResponse:
    """Whether this process answers. Uses neither the database nor the network."""
    return JsonResponse({"ok": True})


@for_machines
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process can work: 200, or 503 and the ``problem``."""
    if problem := _readiness.problem():
        return JsonResponse({"ok": False, "problem": problem}, status=503)
    return JsonResponse({"ok": True})
