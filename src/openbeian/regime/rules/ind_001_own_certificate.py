"""OB-IND-001: an individual is organizer and subject principal in one."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Scope
from openbeian.regime.spelling import name_key

NAME, TYPE = "organizer.principal.name", "organizer.certificate.type"
NUMBER = "organizer.certificate.number"


def check(case: Case) -> Iterator[str]:
    """The organizer's name is spelled as the account spells it, so the two may differ in spelling."""
    organizer, person = case.dossier.organizer, case.dossier.organizer.principal
    if organizer.name and person.name and name_key(organizer.name) != name_key(person.name):
        yield NAME
    own, repeated = organizer.certificate, person.certificate
    if None not in (own.type, repeated.type) and own.type != repeated.type:
        yield TYPE
    if own.number and repeated.number and own.number != repeated.number:
        yield NUMBER


RULE = Rule(
    id="OB-IND-001",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="个人主体的主办者信息与主体负责人信息须一致",
    title_en="An individual repeats the same name and certificate as organizer and as principal",
    reason_zh="个人主体的{field}在主办者与主体负责人两处不一致。",
    reason_en="{field}: an individual is organizer and principal in one, but the two differ.",
    remedy_zh="请在主办者和主体负责人两处填写同一人的姓名、证件类型和证件号码。",
    remedy_en="State the same person's name, certificate type and number in both places.",
    check=check,
    scope=Scope.INDIVIDUAL,
    passes=(Example("individual"), Example("enterprise"),
            Example("individual", {}, {"account.organizer_name": "陈 样本"})),
    fails=(
        Example("individual", {NAME: "陈本样", "service.principal.name": "陈本样"}, fields=(NAME,)),
        Example("individual", {NUMBER: "110105199208180033"}, fields=(NUMBER,)),
        Example("individual", {TYPE: 7, NUMBER: "E12345678"}, fields=(TYPE, NUMBER)),
    ),
)
