"""OB-ORG-002: units show a picture of their certificate."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Scope

FIELD = "organizer.certificate.photo"


def check(case: Case) -> Iterator[str]:
    organizer = case.dossier.organizer
    if organizer.type is not None and not organizer.certificate.photo:
        yield FIELD


RULE = Rule(
    id="OB-ORG-002",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="非个人主体须上传主办者证件照片",
    title_en="Every organizer but an individual uploads a picture of its certificate",
    reason_zh="非个人主体未上传{field}。",
    reason_en="{field} is missing; only individuals go without it.",
    remedy_zh="请上传证件原件的彩色照片或扫描件，四角完整。",
    remedy_en="Upload a colour picture or scan of the original with all four corners.",
    check=check,
    scope=Scope.UNIT,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: None}, fields=(FIELD,)),),
)
