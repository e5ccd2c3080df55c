"""Facts that one room establishes and another judges by.

The rooms stand in a strict order, so a room cannot ask one below it. It is handed what it needs to know
in one of these frozen records instead.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Account:
    """A mini program's own account on the platform (小程序账号): who it is registered to.

    ``lacks_certification``: the platform asks for a certification (认证) before a filing, and there is none.
    """

    appid: str
    name: str
    organizer_name: str
    lacks_certification: bool = False


@dataclass(frozen=True)
class ServiceInForce:
    """A service with a filing number in force."""

    appid: str
    number: str
    province_service_id: str
    filed_at: datetime
    province_access_id: str = ""
    name: str = ""


@dataclass(frozen=True)
class Standing:
    """What the register says about a mini program and its organizer.

    ``service`` is in force through this platform. ``without_access`` is in force too, but this platform has given
    its access up (取消接入), so it may only come back by a new access under the same number.
    ``certificate_digest`` knows the organizer; all of them are None for one the register does not know.
    """

    subject_number: str | None
    province_subject_id: str | None
    province: str | None
    service: ServiceInForce | None
    services_in_force: int
    without_access: ServiceInForce | None = None
    certificate_digest: bytes | None = None


NO_STANDING = Standing(None, None, None, None, 0)


@dataclass(frozen=True)
class MaterialFacts:
    """The content of uploaded pictures or videos, as far as a rule needs to know it.

    ``certificate_types`` are those stated at any upload of this content for this mini program; empty if none was.
    """

    digest: str
    kind: Literal["image", "video"]
    certificate_types: frozenset[int]
    size_bytes: int


@dataclass(frozen=True)
class FaceCheckFacts:
    """The outcome of the service principal's face check (人脸核身), and until when it counts if not 72 hours."""

    task_id: str
    appid: str
    passed: bool
    finished_at: datetime | None
    usable_until: datetime | None = None


@dataclass(frozen=True)
class Approval:
    """The administration's yes, with the numbers it issued and its own ids of the records.

    A change and a new access bring the numbers the service has already.
    """

    subject_number: str
    service_number: str | None
    province_subject_id: str
    province_service_id: str | None
    decided_at: datetime
    province_access_id: str = ""

    @property
    def numbers_and_ids(self) -> dict[str, Any]:
        """The numbers and the province's ids by name, as an order keeps them."""
        return {name: value or "" for name, value in vars(self).items() if name != "decided_at"}


@dataclass(frozen=True)
class BlacklistEntry:
    """One line of the administration's blacklists (黑名单) of subjects or of services.

    ``record_id`` is the province's own key of the line: a later ``change`` or ``remove`` names the same one. A
    subject is known by its certificate, or by its name where no certificate is given; a service by its name.
    """

    list: Literal["subject", "service"]
    operation: Literal["add", "change", "remove"]
    province: str
    record_id: str
    name: str
    certificate_type: int | None
    certificate_number: str
