"""When something happens during a soak: by seed, as often as orders change their states."""

import random

#: Seconds that it is put off at most, so as to fall anywhere.
PUT_OFF_AT_MOST = 1.0


class Occasion:
    """Comes now and then: at a random instant after a random number of changes."""

    def __init__(self, every: float, chance: random.Random) -> None:
        self._every, self._chance = every, chance
        self._next = self._after(0)
        self._due: float | None = None

    def comes(self, now: float, changes: int) -> bool:
        if changes >= self._next:
            self._next = self._after(changes)
            self._due = now + self._chance.uniform(0, PUT_OFF_AT_MOST)
        if self._due is None or now < self._due:
            return False
        self._due = None
        return True

    def _after(self, changes: int) -> float:
        return changes + self._chance.expovariate(1 / self._every) if self._every else float("inf")
