"""A soak from beginning to end: people, trouble, tasks and clock in one loop, then rest, reconciliation and the checks."""

import contextlib
import functools
import logging
import time
from collections.abc import Callable, Iterator, Sequence

import requests
from django.db import InterfaceError, OperationalError, connection

from openbeian.authority import verbs
from openbeian.authority.models import ANSWERED_BY_UPLOAD, Assignment
from openbeian.authority.queries import answers_to_prepare
from openbeian.demo.doors import Administration, DoorError
from openbeian.ledger import clock
from openbeian.regime.calendar import SHANGHAI
from openbeian.runtime.processes import Running
from openbeian.soak import checks
from openbeian.soak.pace import Pace
from openbeian.soak.people import People
from openbeian.soak.plan import plan
from openbeian.soak.report import Report, faults_that_struck
from openbeian.soak.stall import stall_report
from openbeian.soak.tasks import Tasks
from openbeian.soak.trouble import Menu, Trouble

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.05
PROGRESS_SECONDS = 5.0
#: Seconds without any change, leaps of the clock included, after which a soak is broken off.
PATIENCE_SECONDS = 90.0
#: What a killed database and a simulated administration without one lead to, in the people's own calls.
OUTAGES = (OperationalError, InterfaceError, requests.RequestException, DoorError)


class Soak:
    """``orders`` orders on the system running on this process's database, which must be empty, and the check of the end.

    Each of ``workers`` has a worker up, the first the simulated administration too. ``say`` takes lines of progress;
    ``kill_database`` ends the server that a keeper starts again. Side effects: the instance's clock, the
    administration's faults and script are those of the soak, and end with nothing going wrong.
    """

    def __init__(
        self, *, orders: int, seed: int, workers: Sequence[Running], menu: Menu, say: Callable[[str], None],
        at_once: int, kill_database: Callable[[], None] | None,
    ) -> None:
        self.report = Report(orders=orders, seed=seed)
        self.administration = Administration(workers[0].simulator_url)
        self.lives = list(plan(orders=orders, seed=seed))
        self.provinces = sorted({life.province for life in self.lives})
        self.people = People(self.lives, seed=seed, administration=self.administration, at_once=at_once)
        self.trouble = Trouble(
            menu, seed=seed, provinces=self.provinces, workers=workers, administration=self.administration,
            kill_database=kill_database)
        self.tasks = Tasks(
            every=menu.tasks_every, seed=seed, lives=self.lives, provinces=self.provinces,
            administration=self.administration)
        self._menu, self._say, self._workers = menu, say, workers
        self._began = time.monotonic()
        self._told = self._moved = 0.0
        self.pace = Pace()

    def run(self) -> Report:
        """Run all orders and check the end."""
        self.work()
        self.rest()
        return self.compare()

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def work(self) -> None:
        """Bring every order of the plan to its end, or give up when nothing moves."""
        self.people.settle_in()
        self.administration.faults(**self._menu.faults(self.report.seed))
        while not self.people.done and not self._gave_up():
            before = self.people.changes
            with self._outages():
                self.people.act()
            with self._outages():
                self._round(self.people.changes != before)
                self.trouble.strike(
                    self.now, changes=self.people.changes, ended=self.people.over / self.report.orders)
            with self._outages():
                self.tasks.give(self.now, changes=self.people.changes)
                self.tasks.answer()
                self._tell()
        self.report.seconds = self.now

    def rest(self) -> None:
        """Let everything arrive; then have every province tell all it has on file, and compare the two."""
        self._until(self._count_faults)
        self._until(self.trouble.end)
        self._until(_at_rest)
        for province in self.provinces:
            self._until(functools.partial(self.administration.issue, "SJTB", province))
        self._until(_at_rest)
        self.report.struck = self.trouble.struck
        verbs.reconcile_all(at=clock.now())

    def compare(self) -> Report:
        """What came of it, compared with the plan."""
        self.report.ends = self.people.ends()
        self.report.violations = checks.violations(self.scene)
        self.report.count()
        return self.report

    @property
    def scene(self) -> checks.Scene:
        """What the checks compare the tables with."""
        return checks.Scene(self.people.errands, self.lives, self.administration.filed, clock.now())

    def _round(self, moved: bool) -> None:
        if moved:
            self._moved = self.now
        self.pace.go_on(self.now, moved=moved)
        time.sleep(ROUND_SECONDS)

    def _gave_up(self) -> bool:
        if self.now - self._moved <= PATIENCE_SECONDS:
            return False
        for line in stall_report(self._workers):
            self._say(line)
        return True

    def _until(self, done: Callable[[], bool | None]) -> None:
        """Call ``done`` until it goes through and is not False, with the clock going on.

        An end that never comes is for the checks to report.
        """
        self._moved = self.now
        before: object = None
        while not self._gave_up():
            with self._outages():
                self.tasks.answer()
                if done() is not False:
                    return
                waiting = _waiting()
                self._round(waiting != before)
                before = waiting

    def _count_faults(self) -> None:
        self.report.faults = faults_that_struck()

    @contextlib.contextmanager
    def _outages(self) -> Iterator[None]:
        """The people bear that the database or the administration is away for a while, and go on when it is back."""
        try:
            yield
        except OUTAGES as error:
            log.info("the soak waits: %s", type(error).__name__)
            connection.close()
            time.sleep(ROUND_SECONDS)

    def _tell(self) -> None:
        if self.now - self._told < PROGRESS_SECONDS:
            return
        self._told, ended = self.now, self.people.over
        states = ", ".join(f"{state} {count}" for state, count in sorted(self.people.ends().items()))
        struck = ", ".join(f"{what} {count}×" for what, count in sorted(self.trouble.struck.items()))
        self._say(
            f"{self.now:6.0f} s  {ended}/{self.report.orders} orders over ({states or '–'}), "
            f"{len(self.people.under_way)} under way; {struck or 'no trouble yet'}; "
            f"{ended / self.now:.1f}/s; clock {clock.now().astimezone(SHANGHAI):%Y-%m-%d %H:%M}")


def _waiting() -> tuple[int, ...]:
    """How much is on its way: files not yet taken over, uploads without a result, tasks and requests undecided."""
    rows = (*checks.on_its_way().values(), Assignment.objects.filter(kind__in=ANSWERED_BY_UPLOAD, done_at=None),
            answers_to_prepare())
    return tuple(row.count() for row in rows)


def _at_rest() -> bool:
    return not any(_waiting())
