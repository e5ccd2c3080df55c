"""Who acts. Every change of state names one actor."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The parts people and machines play in the life of an order."""

    ORGANIZER = "organizer"  # 主办者, or a service provider that files for one
    REVIEWER = "reviewer"  # the platform's first review, 平台初审
    OPERATOR = "operator"  # runs the platform: sweeps, waivers, support
    AUTHORITY = "authority"  # the link to the provincial administration, 管局
    CLOCK = "clock"  # a due instant that has passed


@dataclass(frozen=True)
class Actor:
    """One actor. ``id`` is a stable key such as ``user:12`` or ``client:wx…``, never a person's name."""

    role: Role
    id: str

    def __str__(self) -> str:
        return f"{self.role}/{self.id}"


CLOCK = Actor(Role.CLOCK, "clock")
