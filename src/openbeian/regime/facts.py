"""Facts that one room establishes and another judges by.

The rooms stand in a strict order, so a room cannot ask one below it. It is handed what it needs to know
in one of these frozen records instead.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Account:
    """A mini program's own account on the platform (小程序账号): who it is registered to."""

    appid: str
    name: str
    organizer_name: str


@dataclass(frozen=True)
class ServiceInForce:
    """A service with a filing number in force."""

    appid: str
    number: str
    province_service_id: str
    filed_at: datetime


@dataclass(frozen=True)
class Standing:
    """What the register says about a mini program and its organizer."""

    subject_number: str | None
    province_subject_id: str | None
    province: str | None
    service: ServiceInForce | None
    services_in_force: int


NO_STANDING = Standing(None, None, None, None, 0)


@dataclass(frozen=True)
class MaterialFacts:
    """An uploaded picture or video, as far as a rule needs to know it."""

    media_id: str
    kind: Literal["image", "video"]
    certificate_type: int | None
    size_bytes: int


@dataclass(frozen=True)
class FaceCheckFacts:
    """The outcome of the service principal's face check (人脸核身)."""

    task_id: str
    appid: str
    passed: bool
    finished_at: datetime | None


@dataclass(frozen=True)
class Approval:
    """The administration's yes, with the numbers it issued and its own ids of the records."""

    subject_number: str
    service_number: str | None
    province_subject_id: str
    province_service_id: str | None
    decided_at: datetime
