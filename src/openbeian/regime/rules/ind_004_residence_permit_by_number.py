"""OB-IND-004: the number alone hints that an individual files outside the home province.

A resident identity number begins with the province of first registration and keeps it for life, whoever moves.
So it proves nothing about today's home province: a reviewer looks at the card, and the rule does not block.
"""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import provinces
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import RESIDENT_ID, Case
from openbeian.regime.rules.ind_003_residence_permit import ADDRESS, FIELD, printed_province
from openbeian.regime.rules.rule import Example, Rule, Scope


def check(case: Case) -> Iterator[str]:
    organizer = case.dossier.organizer
    if organizer.certificate.type != RESIDENT_ID or organizer.residence_permit:
        return
    number = organizer.certificate.number
    if number and organizer.province in provinces() and number[:2] != organizer.province[:2]:
        if printed_province(case) is None:
            yield FIELD


RULE = Rule(
    id="OB-IND-004",
    severity=Severity.CONFIRM,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="个人证件号码显示首次户籍登记地不在备案省的，须确认户籍",
    title_en="An individual whose number was issued in another province confirms the home province",
    reason_zh="证件号码显示首次登记地不在备案省，且证件住所未写明省份；如户籍不在备案省，须上传{field}。",
    reason_en="{field} may be needed: the number was first issued in another province, "
              "and the printed address names none.",
    remedy_zh="请在证件住所中写明省份；户籍不在备案省的，请上传居住证明。",
    remedy_en="State the province in the certificate address; if it is another one, upload proof of residence.",
    check=check,
    scope=Scope.INDIVIDUAL,
    passes=(Example("individual"), Example("individual", {FIELD: None, ADDRESS: "北京市朝阳区样本路6号"})),
    fails=(Example("individual", {FIELD: None, ADDRESS: "武汉市江汉区样本路6号"}, fields=(FIELD,)),),
)
