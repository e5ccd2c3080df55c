"""A record of an upload as it came in, and the request that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from openbeian.simulator.checks import Problem
from openbeian.simulator.models import Access, Service, Subject
from openbeian.simulator.verbs.requests.identity import Identity

Asked = tuple[str, etree._Element | None]
"""A role (subject, service) and the principal who must verify in it."""


class Refused(Exception):
    """A request with data errors; nothing is opened."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(str(code) for code, _ in problems))
        self.problems = problems


def refuse(problems: Sequence[Problem]) -> None:
    """Raise Refused if there are problems."""
    if problems:
        raise Refused(*problems)


@dataclass(frozen=True)
class Reported:
    """One record of an upload, sent to the system of a province (its code)."""

    province: str
    record: etree._Element
    who: Identity

    @property
    def subject(self) -> etree._Element | None:
        """The reported subject (Zt_xx)."""
        return self.record.find("Zt_xx")

    @property
    def services(self) -> list[etree._Element]:
        """The reported services (Wz_xx)."""
        return self.record.findall("Wz_xx")

    @property
    def attachments(self) -> list[etree._Element]:
        return self.record.findall("Fj/Fjxx")

    @property
    def remarks(self) -> list[str]:
        """What the attachments are, as their remarks (Bz) say."""
        return [attachment.findtext("Bz") or "" for attachment in self.attachments]


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request that may be opened. `data` is what is kept of it; `asked` are the principals who must verify;
    `scope` is subject, service or both (of a change).
    """

    who: Identity
    certificate_digest: bytes
    organizer: str = field(repr=False)
    data: dict[str, object] = field(repr=False)
    asked: tuple[Asked, ...] = field(repr=False, default=())
    service_name: str = ""
    appid: str = ""
    scope: str = ""
    subject: Subject | None = None
    service: Service | None = None
    access: Access | None = None
