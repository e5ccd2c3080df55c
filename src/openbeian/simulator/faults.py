"""What goes wrong, decided by a seed: the same seed and the same key give the same fault, on every run."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from openbeian.simulator.refusals import SimulatorError

RATE_MAX = 1.0


class Fault(StrEnum):
    """The menu. What each does to a call or a file stands in `docs/reference/simulator.md`."""

    LATE = "late"
    TWICE = "twice"
    OUT_OF_ORDER = "out_of_order"
    WRONG_HASH = "wrong_hash"
    TRUNCATED = "truncated"
    WRONG_SEQUENCE = "wrong_sequence"
    SLOW = "slow"
    REFUSING = "refusing"
    RESTARTING = "restarting"
    OTHERS_ORDERS = "others_orders"
    UNREADABLE = "unreadable"
    UNKNOWN_CODE = "unknown_code"


@dataclass(frozen=True)
class Faults:
    """Which calls and files go wrong. Pure: it decides and keeps nothing.

    `rates`: how often each fault strikes, 0 to 1. `slow_seconds`: how long a slow answer takes; `late_seconds`: how
    long a late file and all behind it wait.
    """

    seed: int = 0
    rates: Mapping[Fault, float] = field(default_factory=dict)
    slow_seconds: float = 2.0
    late_seconds: float = 600.0

    @property
    def any(self) -> bool:
        """Whether anything can go wrong at all."""
        return any(self.rates.values())

    def strikes(self, fault: Fault, province: str, *key: int | str) -> bool:
        """Whether this fault strikes the call or file with this key: a call's number, or a file's with its delivery."""
        rate = self.rates.get(fault, 0.0)
        return rate > 0 and self.chance(fault, province, *key) < rate

    def chance(self, *key: int | str) -> float:
        """A number in [0, 1) that depends on the seed and the key alone."""
        text = ":".join(map(str, (self.seed, *key)))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48

    def as_json(self) -> dict[str, Any]:
        """The settings as `read_faults` takes them."""
        return {
            "seed": self.seed, "rates": {str(fault): rate for fault, rate in self.rates.items()},
            "slow_seconds": self.slow_seconds, "late_seconds": self.late_seconds,
        }  # fmt: skip


def read_faults(value: Any) -> Faults:
    """Settings from JSON: `{"seed": 7, "rate": 0.1, "only": ["late"]}` or `{"seed": 7, "rates": {"late": 0.1}}`, and
    `slow_seconds` (0 to 60), `late_seconds` (0 to a year). `{}` is no faults. Raises SimulatorError.
    """
    if not isinstance(value, dict):
        raise SimulatorError("bad_faults", "故障设置应为对象", "faults are an object")
    if unknown := value.keys() - {"seed", "rate", "only", "rates", "slow_seconds", "late_seconds"}:
        name = min(map(str, unknown))[:40]
        raise SimulatorError("bad_faults", f"没有设置项 {name}", f"unknown: {name}")
    seed = value.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise SimulatorError("bad_faults", "seed 应为整数", "seed is an integer")
    rates: dict[Fault, float] = {}
    if "rate" in value:
        only = value.get("only") or list(Fault)
        if not isinstance(only, list):
            raise SimulatorError("bad_faults", "only 应为故障名称列表", "only is a list of faults")
        rates |= {_fault(name): _number("rate", value["rate"], RATE_MAX) for name in only}
    given = value.get("rates", {})
    if not isinstance(given, dict):
        raise SimulatorError("bad_faults", "rates 应为对象", "rates are an object")
    rates |= {_fault(name): _number("rate", rate, RATE_MAX) for name, rate in given.items()}
    return Faults(
        seed, rates,
        _number("slow_seconds", value.get("slow_seconds", Faults.slow_seconds), 60.0),
        _number("late_seconds", value.get("late_seconds", Faults.late_seconds), 366 * 86400.0),
    )  # fmt: skip


def _fault(name: Any) -> Fault:
    try:
        return Fault(name)
    except ValueError:
        menu = ", ".join(Fault)
        zh, en = f"没有这种故障，可选：{menu}", f"there is no such fault; the menu: {menu}"
        raise SimulatorError("bad_faults", zh, en) from None


def _number(name: str, value: Any, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise SimulatorError("bad_faults", f"{name} 应在 0 至 {most:g} 之间", f"{name} is 0 to {most:g}")
    return float(value)
