"""OB-CON-006: different people have different mail addresses."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.con_005_numbers_not_shared import OTHER_PERSON
from openbeian.regime.rules.rule import Example, Rule

FIELD = "service.principal.email"


def check(case: Case) -> Iterator[str]:
    if case.one_person:
        return
    (_, first), (_, second) = case.principals
    if second.email and second.email.lower() == first.email.lower():
        yield FIELD


RULE = Rule(
    id="OB-CON-006",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="不同负责人不得共用电子邮件地址",
    title_en="Different people do not share an e-mail address",
    reason_zh="两位负责人不是同一人，但{field}与主体负责人相同。",
    reason_en="{field} is the same as the subject principal's, though they are different people.",
    remedy_zh="请填写小程序负责人自己的电子邮件地址。",
    remedy_en="Give the mini program principal's own address.",
    check=check,
    passes=(Example("enterprise"), Example("enterprise", OTHER_PERSON)),
    fails=(Example("enterprise", {**OTHER_PERSON, FIELD: "Lin@example.com"}, fields=(FIELD,)),),
)
