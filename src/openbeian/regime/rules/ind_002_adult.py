"""OB-IND-002: an individual is of age.

The age is ``minimum_age`` of the table of provinces: 18, and 17 in Shandong. Only numbers that hold a birth date can
be checked.
"""

from openbeian.regime.identity import age, certificate_problem
from openbeian.regime.province_rules import ProvinceRules, province_rules
from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule

FIELD = "organizer.certificate.number"
DEFAULT = ProvinceRules()


def check(case: Case) -> Hits:
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

RULE = rule(
    "OB-IND-002", check,
    scope=Scope.INDIVIDUAL,
    passes=(Example("individual", _born("420103200509050035")),  # 18 on the day itself
            Example("individual", _born("420103200609060038", **_SHANDONG), {"now": "2023-09-06T10:00:00+08:00"})),
    fails=(Example("individual", _born("420103200509050035"), {"now": "2023-09-04T23:59:00+08:00"}, fields=(FIELD,)),
           Example("individual", _born("420103200609060038", **_SHANDONG), fields=(FIELD,))),
)
