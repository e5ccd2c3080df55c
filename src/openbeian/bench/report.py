"""What a run prints: each figure beside its yardstick and the ratio of the two."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from openbeian.bench.load import Figures


@dataclass(frozen=True)
class Line:
    """One measured path and what it is compared with. ``goal`` is the least ratio wanted, if one is set.

    Of several rounds it is the one in the middle; ``ratios`` are those of all.
    """

    name: str
    figures: Figures
    yardstick: str
    yardstick_per_second: float
    goal: float | None
    ratios: tuple[float, ...] = ()

    @property
    def ratio(self) -> float:
        return self.figures.per_second / self.yardstick_per_second


@dataclass(frozen=True)
class Cost:
    """A time in milliseconds and the one it is compared with. ``goal`` is the greatest ratio wanted."""

    name: str
    ms: float
    yardstick: str
    yardstick_ms: float
    goal: float

    @property
    def ratio(self) -> float:
        return self.ms / self.yardstick_ms


def costs_as_text(costs: Sequence[Cost]) -> str:
    """The costs for a person."""
    return "\n".join(f"{cost.name}: {cost.ms:.1f} ms; {cost.yardstick}: {cost.yardstick_ms:.1f} ms; "
                     f"ratio {cost.ratio:.2f}  (goal ≤ {cost.goal:g})" for cost in costs)


def costs_as_json(costs: Sequence[Cost]) -> str:
    """The costs for a program."""
    return json.dumps([
        {"path": cost.name, "ms": round(cost.ms, 2), "yardstick": cost.yardstick, "yardstick_ms": round(cost.yardstick_ms, 2),
         "ratio": round(cost.ratio, 3), "goal": cost.goal} for cost in costs], ensure_ascii=False)


def middle(rounds: Sequence[Line]) -> Line:
    """The round with the median ratio (of an even number the lower of the two), the ratios of all with it."""
    ordered = sorted(rounds, key=lambda line: line.ratio)
    return replace(ordered[(len(ordered) - 1) // 2], ratios=tuple(line.ratio for line in ordered))


def as_text(lines: Sequence[Line]) -> str:
    """The lines for a person."""
    said = []
    for line in lines:
        goal = "" if line.goal is None else f"  (goal ≥ {line.goal:g})"
        span = f", {line.ratios[0]:.2f} to {line.ratios[-1]:.2f} in {len(line.ratios)} rounds" if line.ratios else ""
        said.append(
            f"{line.name}: {line.figures.per_second:,.0f}/s over {line.figures.number:,} "
            f"(median {line.figures.median_ms:.1f} ms, 95 % {line.figures.p95_ms:.1f} ms)\n"
            f"  {line.yardstick}: {line.yardstick_per_second:,.0f}/s\n  ratio {line.ratio:.2f}{span}{goal}")
    return "\n".join(said)


def as_json(lines: Sequence[Line]) -> str:
    """The lines for a program."""
    return json.dumps([
        {"path": line.name, "per_second": round(line.figures.per_second, 1), "number": line.figures.number,
         "median_ms": round(line.figures.median_ms, 2), "p95_ms": round(line.figures.p95_ms, 2),
         "yardstick": line.yardstick, "yardstick_per_second": round(line.yardstick_per_second, 1),
         "ratio": round(line.ratio, 3), "ratios": [round(ratio, 3) for ratio in line.ratios], "goal": line.goal}
        for line in lines
    ], ensure_ascii=False)
