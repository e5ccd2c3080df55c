"""OB-IND-005: an individual answers for the mini program in person."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.con_005_numbers_not_shared import OTHER_PERSON
from openbeian.regime.rules.rule import Example, Rule, Scope

FIELD = "service.principal.certificate.number"


def check(case: Case) -> Iterator[str]:
    numbers = [principal.certificate.number for _, principal in case.principals]
    if all(numbers) and not case.one_person:
        yield FIELD


RULE = Rule(
    id="OB-IND-005",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="个人主体的小程序负责人须为本人",
    title_en="An individual is also the mini program's principal",
    reason_zh="个人主体的小程序负责人须为本人，{field}与主办者不一致。",
    reason_en="{field} is someone else's; an individual is the mini program's principal in person.",
    remedy_zh="请将小程序负责人改为主办者本人。",
    remedy_en="Name the organizer as the mini program's principal.",
    check=check,
    scope=Scope.INDIVIDUAL,
    passes=(Example("individual"), Example("enterprise", OTHER_PERSON)),
    fails=(Example("individual", OTHER_PERSON, fields=(FIELD,)),),
)
