"""The mini programs a sandbox begins with: one for each test value, and some that stand in a special state."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from openbeian.demo.cast import LICENCE, QINGHE, RESIDENT_ID, Character
from openbeian.demo.invented import credit_code_of
from openbeian.sandbox.outcomes import OUTCOMES

#: Every place of a picture in an application, with the certificate type to upload it with.
PICTURES: tuple[tuple[str, int | None], ...] = (
    ("icp_subject.organize_info.certificate_photo", LICENCE),
    *((f"{part}.principal_info.{name}", certificate_type) for part in ("icp_subject", "icp_applets")
      for name, certificate_type in (("certificate_photo_front", RESIDENT_ID), ("certificate_photo_back", RESIDENT_ID),
                                     ("authorization_letter", None))),
)
TASK = "icp_applets.principal_info.verify_task_id"
_LEGAL_PERSON = {"name": "周示范", "certificate_number": "330106197906300029"}


@dataclass(frozen=True)
class Program:
    """A mini program of the sandbox. ``seen`` is what a client sees of it; without ``marker`` all its filings pass."""

    character: Character
    zh: str
    en: str
    seen: str
    marker: str = ""
    catalogued: bool = True

    @property
    def key(self) -> str:
        """What ``--json`` and the files call it."""
        return self.character.key

    @property
    def appid(self) -> str:
        """Its appid, the same in every sandbox."""
        return self.character.appid

    def application(self) -> dict[str, Any]:
        """The body of ``apply_icp_filing``, complete but for the pictures and the face check."""
        body = self.character.application(dict.fromkeys(("front", "back", "licence", "letter"), ""), "")
        del body["icp_materials"]
        for path in (*(path for path, _ in PICTURES), TASK):
            part, group, name = path.split(".")
            body[part][group].pop(name, None)
        body["icp_subject"]["legal_person_info"] = dict(_LEGAL_PERSON)
        return body


def completed(application: dict[str, Any], *, media: Mapping[str, str], task_id: str) -> dict[str, Any]:
    """The application, with its pictures, by their places, and its face check filled in."""
    for path, value in {**media, TASK: task_id}.items():
        part, group, name = path.split(".")
        application[part][group][name] = value
    return application


def _character(number: int, key: str, name: str, *, first_listed_at: str = "") -> Character:
    return replace(
        QINGHE, key=key, appid=f"wx5a{number:014x}", app_name=name, organizer_name=f"杭州{name}示例有限公司",
        certificate_number=credit_code_of(900_000 + number), first_listed_at=first_listed_at)


FILED = Program(
    _character(101, "filed", "早已备案"), "已备案，可查询、变更、注销", "Filed already: read it, change it, cancel it",
    "`status` 6; `get_online_icp_order` has the number; `cancel_icp_filing` goes through at once, push `beian_status` 1024")
OFFLINE = Program(
    _character(102, "offline", "逾期下架", first_listed_at="2022-06-01"), "逾期未备案，已下架；备案后自动恢复",
    "Unfiled past the deadline and taken offline; a filing puts it back",
    "`status` 1024; `getvisitstatus` 0; `release` is answered 85020 with the hint 86392")
CLOSED = Program(
    _character(103, "closed", "入口关闭"), "不在小程序目录中，备案入口关闭",
    "Not in the catalogue: the entrance to filing is closed",
    "`status` 1025, `available` 0; `apply_icp_filing` is answered 86388", catalogued=False)
PROGRAMS: tuple[Program, ...] = (
    *(Program(_character(row.number, row.key, row.marker), row.zh, row.en, row.seen, row.marker) for row in OUTCOMES),
    FILED, OFFLINE, CLOSED,
)
