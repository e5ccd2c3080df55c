"""What a soak is to bring about, by seed: organizers, their orders one after the other, and how each handing over ends.

Pure: the same number and the same seed give the same plan.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from openbeian.regime.lifecycle import CANCELLATIONS, OrderKind, State

#: Provinces of every make: both spellings of the provider's id, both encodings of the hash, with and without
#: encryption, and one (Xinjiang) that takes a while, holds a queue and keeps hours.
PROVINCES = ("330000", "310000", "370000", "460000", "630000", "640000", "440000", "650000")


class Turn(StrEnum):
    """How one handing over ends."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    DATA_ERROR = "data_error"
    LAPSE = "lapse"  # the province tells before long that nobody verified
    SILENCE = "silence"  # nobody verifies for 24 hours
    WRONG_CODES = "wrong_codes"  # six of them


#: Where an order stands after a handing over that ended so.
STANDS_AT = {
    Turn.REFUSE: State.AUTHORITY_REJECTED, Turn.DATA_ERROR: State.RETURNED, Turn.LAPSE: State.SMS_LAPSED,
    Turn.SILENCE: State.SMS_LAPSED, Turn.WRONG_CODES: State.SMS_LAPSED,
}


@dataclass(frozen=True)
class PlannedOrder:
    """One order: what for, which of its organizer's mini programs, and how it goes.

    ``returned``: the reviewer returns it once before it is handed over. ``amended``: after a lapse it is corrected
    and reviewed again instead of being handed over as it is. ``given_up``: what does not end well is abandoned, and
    not left where it stands. An order without ``turns`` is withdrawn while the platform reviews it.
    """

    kind: OrderKind
    app: int
    turns: tuple[Turn, ...]
    returned: bool = False
    amended: bool = False
    given_up: bool = False

    @property
    def end(self) -> State:
        """Where it stands in the end."""
        if not self.turns:
            return State.WITHDRAWN
        if self.turns[-1] == Turn.ACCEPT:
            return State.CANCELLED if self.kind in CANCELLATIONS else State.FILED
        return State.WITHDRAWN if self.given_up else STANDS_AT[self.turns[-1]]


@dataclass(frozen=True)
class Life:
    """One organizer's orders: stages that follow one another, each of orders side by side.

    ``number`` makes its names and numbers. ``individual``: a person, not a unit. ``filed_elsewhere``: another
    provider filed for it before.
    """

    number: int
    province: str
    stages: tuple[tuple[PlannedOrder, ...], ...]
    individual: bool = False
    filed_elsewhere: bool = False

    @property
    def orders(self) -> list[PlannedOrder]:
        """All of them, in order."""
        return [order for stage in self.stages for order in stage]

    @property
    def provided(self) -> set[int]:
        """The mini programs that are on file through this platform in the end."""
        apps: set[int] = set()
        for order in self.orders:
            if order.end == State.FILED:
                apps.add(order.app)
            elif order.end == State.CANCELLED:
                apps -= apps if order.kind == OrderKind.CANCEL_SUBJECT else {order.app}
        return apps

    @property
    def lasting(self) -> set[int]:
        """The mini programs that stay on file once they are."""
        return set() if any(order.kind in CANCELLATIONS for order in self.orders) else self.provided


#: Kinds and mini programs of a life, stage by stage.
Stages = tuple[tuple[tuple[OrderKind, int], ...], ...]


def _stages(line: str) -> Stages:
    stages = [[order.split(":") for order in stage.split()] for stage in line.split("|")]
    return tuple(tuple((OrderKind(kind), int(app)) for kind, app in stage) for stage in stages)


#: One life a line, as ``kind:app kind:app | kind:app``; the first ones together have every kind.
_SHAPES = tuple(map(_stages, Path(__file__).with_name("lives.txt").read_text().splitlines()))
_GOES_WELL, _ENDS_BADLY, _WITHDRAWN, _RETURNED, _AMENDED, _GIVEN_UP, _INDIVIDUAL = 0.6, 0.25, 0.03, 0.1, 0.3, 0.5, 0.15


def plan(*, orders: int, seed: int) -> Iterator[Life]:
    """Organizers whose orders number exactly ``orders``."""
    chance = random.Random(f"soak {seed}")
    number, left = 0, orders
    while left > 0:
        number += 1
        shape = _SHAPES[number - 1] if number <= len(_SHAPES) else chance.choice(_SHAPES)
        yield (life := _life(number, _cut_off(shape, left), chance))
        left -= len(life.orders)


def _cut_off(shape: Stages, most: int) -> Stages:
    """The stages of a shape, as far as ``most`` orders go."""
    taken = []
    for stage in shape:
        taken.append(stage[:most])
        most -= len(taken[-1])
    return tuple(stage for stage in taken if stage)


def _life(number: int, shape: Stages, chance: random.Random) -> Life:
    province = chance.choice(PROVINCES)
    elsewhere = shape[0][0][0] == OrderKind.NEW_ACCESS
    # A person has one certificate and answers for everything; another provider's records are those of units.
    individual = not elsewhere and chance.random() < _INDIVIDUAL
    stages = [
        tuple(_order(kind, app, last=stage is shape[-1], chance=chance) for kind, app in stage) for stage in shape]
    return Life(number, province, tuple(stages), individual=individual, filed_elsewhere=elsewhere)


def _order(kind: OrderKind, app: int, *, last: bool, chance: random.Random) -> PlannedOrder:
    """Only what nothing builds upon may end badly."""
    if last and kind not in CANCELLATIONS and chance.random() < _WITHDRAWN:
        return PlannedOrder(kind, app, ())
    turns: list[Turn] = []
    while chance.random() > _GOES_WELL and len(turns) < 3:
        turns.append(_setback(kind, chance))
    if not (last and turns and chance.random() < _ENDS_BADLY):
        turns.append(Turn.ACCEPT)
    return PlannedOrder(
        kind, app, tuple(turns), returned=chance.random() < _RETURNED, amended=chance.random() < _AMENDED,
        given_up=chance.random() < _GIVEN_UP)


def _setback(kind: OrderKind, chance: random.Random) -> Turn:
    if kind == OrderKind.CANCEL_ACCESS:  # nobody verifies
        return chance.choice((Turn.REFUSE, Turn.DATA_ERROR))
    some = (Turn.REFUSE, Turn.DATA_ERROR, Turn.LAPSE, Turn.SILENCE, Turn.WRONG_CODES)
    return chance.choices(some, weights=(4, 4, 4, 1, 1))[0]
