"""A record of an upload as it came in, by what it is answered, and the request that is made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from openbeian.regime.numbers import is_digits
from openbeian.simulator.checks import Problem
from openbeian.simulator.files import MINI_PROGRAM
from openbeian.simulator.models import Access, Operation, Service, Subject
from openbeian.v3.wire import mp

RECORDS: Mapping[str, str] = {"XZBA": "Baxx", "XZWZ": "Xzxx", "XZJR": "Xzxx", "BGBA": "Bgxx", "ZXBA": "Zx_xx"}
"""Operations that open requests, and the element of one record."""

Asked = tuple[str, etree._Element | None]
"""A role (subject, service) and the principal who must verify in it."""

_CANCELLATIONS = {"0": Operation.CANCEL_SUBJECT, "1": Operation.CANCEL_SERVICE, "2": Operation.CANCEL_ACCESS}
_LONGEST_ID = 18


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
class Identity:
    """By which a record of an upload is answered, readable even where the rest is not.

    `enterprise_id` is the platform's own id, where the record carries one.
    """

    operation: Operation
    key: int
    bs: str | None
    enterprise_id: int | None = None


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


def identify(name: str, record: etree._Element) -> Identity | None:
    """Who is answered about this record of the operation `name`; None for what cannot even be named."""
    if name == "XZBA":
        return _by_key(Operation.NEW_FILING, record.findtext("Zt_xx/IspZtid"), ours=True)
    if name == "XZWZ":
        key = number(record.findtext("Wz_xx/IspWzid"))
        subject = first_text(record, "Zt_xx/Ztbah", "Zt_xx/Baxh", "Zt_xx/Ztid", "Ztbah", "Ztid")
        return Identity(Operation.NEW_SERVICE, key, subject[:128] or None, key) if key else None
    if name == "XZJR":
        own_id = f"Wz_xx/{MINI_PROGRAM}/{mp('EnterpriseAccessId')}"
        access = first_text(record, "IspJrid", "Wz_xx/IspJrid", own_id)
        return _by_key(Operation.NEW_ACCESS, access, ours=True)
    if name == "BGBA":
        return _by_key(Operation.CHANGE, record.findtext("Zt_xx/Ztid"))
    operation = _CANCELLATIONS.get((record.findtext("Zxlb") or "").strip())
    return _by_key(operation, record.findtext("Jlid")) if operation else None


def _by_key(operation: Operation, text: str | None, *, ours: bool = False) -> Identity | None:
    key = number(text)
    return None if key is None else Identity(operation, key, str(key), key if ours else None)


def number(text: str | None) -> int | None:
    """The id that a text is; None if it is none."""
    text = (text or "").strip()
    return int(text) if is_digits(text) and len(text) <= _LONGEST_ID else None


def first_text(node: etree._Element, *paths: str) -> str:
    """The first text that is not empty; "" if there is none."""
    return next((text.strip() for path in paths if (text := node.findtext(path)) and text.strip()), "")
