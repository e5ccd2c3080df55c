"""What befalls the machinery during a soak: workers and the database are killed, provinces switched off.

How often is chosen by seed and goes by what the orders have been through, so that a slow machine is not killed to a
standstill; the instants are those of the machine it runs on.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openbeian.demo.doors import Administration
from openbeian.runtime.processes import Running
from openbeian.soak.occasions import Occasion

#: Seconds that a province stays switched off at most.
OFF_AT_MOST = 4.0


@dataclass(frozen=True)
class Menu:
    """How much goes wrong.

    ``kill_every``, ``switch_off_every``: changes of orders' states between two such events on average, 0 for never;
    ``tasks_every``: the same between two tasks that a province gives the platform. ``database_kills``: how often,
    spread evenly over the run. ``fault_rate``: of each fault of the simulated administration's menu.
    """

    kill_every: float = 150
    switch_off_every: float = 500
    tasks_every: float = 100
    database_kills: int = 2
    fault_rate: float = 0.03

    def faults(self, seed: int) -> dict[str, object]:
        """The faults of the simulated administration."""
        return {"seed": seed, "rate": self.fault_rate, "slow_seconds": 0.3, "late_seconds": 3600}


class Trouble:
    """Strikes when it is time to; times are seconds since the beginning."""

    def __init__(
        self, menu: Menu, *, seed: int, provinces: Sequence[str], workers: Sequence[Running],
        administration: Administration, kill_database: Callable[[], None] | None,
    ) -> None:
        self.struck: Counter[str] = Counter()
        self._menu = menu
        self._chance = random.Random(f"trouble {seed}")
        self._provinces = provinces
        self._workers = workers
        self._administration = administration
        self._kill_database = kill_database
        self._kill = Occasion(menu.kill_every, self._chance)
        self._switch_off = Occasion(menu.switch_off_every, self._chance)
        self._off: dict[str, float] = {}

    def strike(self, now: float, *, changes: int, ended: float) -> None:
        """Do what is due at ``now``. ``changes``: of orders' states so far; ``ended``: the part of orders that is over."""
        if self._kill.comes(now, changes):
            self._chance.choice(self._workers).kill("worker")
            self.struck["worker killed"] += 1
        self._start_workers()
        self._switch_on(now)
        if self._switch_off.comes(now, changes):
            province = self._chance.choice(self._provinces)
            self._off[province] = now + self._chance.uniform(0.2, OFF_AT_MOST)
            self._administration.switch(province, on=False)
            self.struck["province switched off"] += 1
        kills = self.struck["database killed"]
        if self._kill_database and kills < self._menu.database_kills and ended >= (kills + 0.5) / self._menu.database_kills:
            self.struck["database killed"] += 1
            self._kill_database()

    def end(self) -> None:
        """Everything runs and nothing goes wrong any more."""
        self._start_workers()
        self._switch_on(float("inf"))
        self._administration.faults()

    def _start_workers(self) -> None:
        """Those that are not up: a worker also ends by itself when the database goes."""
        for worker in self._workers:
            worker.start("worker", wait=False)

    def _switch_on(self, now: float) -> None:
        for province in [province for province, until in self._off.items() if now >= until]:
            self._administration.switch(province, on=True)
            del self._off[province]
