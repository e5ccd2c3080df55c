"""OB-IND-002: an individual is of age.

The age is ``minimum_age`` of the table of provinces: 18, and 17 in Shandong. Only numbers that hold a birth date can
be checked.
"""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.identity import age, certificate_problem
from openbeian.regime.province_rules import ProvinceRules, province_rules
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Scope

FIELD = "organizer.certificate.number"
DEFAULT = ProvinceRules()


def check(case: Case) -> Iterator[str]:
    organizer = case.dossier.organizer
    kind, number = organizer.certificate.type, organizer.certificate.number
    if kind is None or certificate_problem(kind, number):
        return  # OB-IDN-001 and OB-CER-001 speak of impossible numbers and types
    try:
        years = age(number, case.today)
    except ValueError:
        return  # a certificate whose number holds no birth date
    if years < province_rules().get(organizer.province, DEFAULT).minimum_age:
        yield FIELD


def _born(number: str, **more: str) -> dict[str, str]:
    return {FIELD: number, "organizer.principal.certificate.number": number,
            "service.principal.certificate.number": number, **more}


_SHANDONG = {"organizer.province": "370000", "organizer.city": "370100", "organizer.district": "370102"}

RULE = Rule(
    id="OB-IND-002",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="个人主体须年满 18 周岁（山东 17 周岁）",
    title_en="An individual is 18 years of age (17 in Shandong)",
    reason_zh="个人主体未达到办理备案的年龄（{field}）。",
    reason_en="The individual is not old enough to file ({field}).",
    remedy_zh="请年满 18 周岁后办理，或由成年人作为主办者。",
    remedy_en="File at the age of 18, or let an adult be the organizer.",
    check=check,
    scope=Scope.INDIVIDUAL,
    passes=(Example("individual", _born("420103200509050035")),  # 18 on the day itself
            Example("individual", _born("420103200609060038", **_SHANDONG), {"now": "2023-09-06T10:00:00+08:00"})),
    fails=(Example("individual", _born("420103200509050035"), {"now": "2023-09-04T23:59:00+08:00"}, fields=(FIELD,)),
           Example("individual", _born("420103200609060038", **_SHANDONG), fields=(FIELD,))),
)
