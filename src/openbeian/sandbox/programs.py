"""The mini programs of a sandbox, each with what is decided about it: most are test values, some in a special state.

A marker in an organizer's name says how things end; it is the name of the mini program made for it. The reviewer, the
administration's script, the mini programs made at the start and the page of the documentation are made of programs.csv.
Values that make an application fail, one field at a time, are in failing_values.csv. Without Django, so that the page
can be written anywhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from openbeian.demo.sample_data import LICENCE, QINGHE, RESIDENT_ID, Character, credit_code_of
from openbeian.regime.csv_files import csv_rows

#: Operations (Czlx) of the three cancellations.
_CANCELLATIONS = (5, 6, 7)
_ACCEPT: Mapping[str, Any] = {"outcome": "accept", "verify_after": 0}
#: What the reviewer returns a filing for: field, reason, remedy.
_FINDINGS = (
    ("service.description", "未说明商品来源", "请写明所售商品为本公司自产"),
    ("organizer.certificate.photo", "营业执照照片四角不全", "请上传四角完整的原件彩色照片"),
    ("organizer.principal.emergency_number", "应急联系电话无人接听", "请填写能接通的电话"),
)
#: Every place of a picture in an application, with the certificate type to upload it with.
PICTURES: tuple[tuple[str, int | None], ...] = (
    ("icp_subject.organize_info.certificate_photo", LICENCE),
    *((f"{part}.principal_info.{name}", certificate_type) for part in ("icp_subject", "icp_applets")
      for name, certificate_type in (("certificate_photo_front", RESIDENT_ID), ("certificate_photo_back", RESIDENT_ID),
                                     ("authorization_letter", None))),
)
TASK = "icp_applets.principal_info.verify_task_id"
_LEGAL_PERSON = {"name": "周示范", "certificate_number": "330106197906300029"}


class Stage(StrEnum):
    """What a test value is about. A name may hold one marker of each."""

    FILING = "filing"
    FACE_CHECK = "face_check"
    CERTIFICATION = "certification"
    AUDIT = "audit"


class Decision(StrEnum):
    """What the platform's own part decides."""

    PASS = "pass"
    RETURN = "return"  # to be corrected and sent again
    REFUSE = "refuse"
    WAIT = "wait"  # for a person


@dataclass(frozen=True)
class Program:
    """One mini program, and the outcome for every organizer whose name has its own in it.

    ``number`` makes its appid, and stays. ``stage`` is None for a special state. ``seen`` says what a client sees.
    ``reason`` is that of a certification or audit. ``rule`` is what the administration's script says of the request.
    With ``once``, what is sent again passes.
    """

    number: int
    key: str
    name: str
    stage: Stage | None
    decision: Decision
    once: bool
    rule: Mapping[str, Any] = field(repr=False)
    reason: str
    first_listed_at: str
    zh: str
    en: str
    seen: str

    @property
    def marker(self) -> str:
        """What a name has to contain; empty for a special state."""
        return self.name if self.stage else ""

    @property
    def findings(self) -> tuple[tuple[str, str, str], ...]:
        """What the reviewer returns its filing for."""
        return _FINDINGS if (self.stage, self.decision) == (Stage.FILING, Decision.RETURN) else ()

    @cached_property
    def character(self) -> Character:
        """Its organizer."""
        return replace(
            QINGHE, key=self.key, appid=self.appid, app_name=self.name, organizer_name=f"杭州{self.name}示例有限公司",
            certificate_number=credit_code_of(900_000 + self.number), first_listed_at=self.first_listed_at)

    @property
    def appid(self) -> str:
        """The same in every sandbox."""
        return f"wx5a{self.number:014x}"

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


@dataclass(frozen=True)
class FailingValue:
    """``value`` at ``path`` brings one hint: ``errcode``, at ``err_field`` where that is another place.

    They fail for the rules that hold everywhere; only the blacklisted number is the sandbox's own.
    """

    path: str
    value: Any
    errcode: int
    err_field: str
    zh: str
    en: str

    @property
    def named(self) -> str:
        """The ``err_field`` of the hint."""
        return self.err_field or self.path


def _program(row: dict[str, Any]) -> Program:
    return Program(**row | {
        "number": int(row["number"]), "stage": Stage(row["stage"]) if row["stage"] else None,
        "decision": Decision(row["decision"]), "once": row["once"] == "yes", "rule": json.loads(row["rule"] or "{}")})


def _failing_value(row: dict[str, Any]) -> FailingValue:
    return FailingValue(**row | {"value": json.loads(row["value"]), "errcode": int(row["errcode"])})


PROGRAMS = tuple(map(_program, csv_rows(__file__, "programs.csv")))
OUTCOMES = tuple(program for program in PROGRAMS if program.marker)
PASSES = OUTCOMES[0]
FILED, OFFLINE, CLOSED = (program for program in PROGRAMS if not program.marker)
FAILING_VALUES = tuple(map(_failing_value, csv_rows(__file__, "failing_values.csv")))
#: A certificate number on the administration's blacklist.
BLACKLISTED = credit_code_of(900_200)


def outcome_of(organizer_name: str, stage: Stage) -> Program:
    """What the markers in a name say of a stage. The longest counts; without any, everything passes."""
    found = [row for row in OUTCOMES if row.stage == stage and row.name in organizer_name]
    return max(found, key=lambda row: len(row.name), default=PASSES)


def script() -> list[dict[str, Any]]:
    """The administration's script: cancellations pass, then the markers, longest first; what is left passes."""
    rules = [{**_ACCEPT, "operation": operation} for operation in _CANCELLATIONS]
    for row in sorted(OUTCOMES, key=lambda row: -len(row.name)):
        if row.rule:
            rules.append({**row.rule, "organizer": row.name, **({"times": 1} if row.once else {})})
        if row.once:
            rules.append({**_ACCEPT, "organizer": row.name})
    return [*rules, dict(_ACCEPT)]
