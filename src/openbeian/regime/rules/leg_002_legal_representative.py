"""OB-LEG-002: whoever files by authorization names the legal representative."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Scope

NAME = "organizer.legal_representative.name"
NUMBER = "organizer.legal_representative.certificate_number"


def check(case: Case) -> Iterator[str]:
    """An authorization letter of the subject principal says that somebody else is the legal representative."""
    organizer = case.dossier.organizer
    person = organizer.legal_representative
    if person is None and not organizer.principal.authorization_letter:
        return
    if person is None or not person.name:
        yield NAME
    if person is None or not person.certificate_number:
        yield NUMBER


RULE = Rule(
    id="OB-LEG-002",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="主体负责人不是法定代表人的须填写法定代表人姓名和证件号码",
    title_en="The legal representative is named where the subject principal is someone else",
    reason_zh="主体负责人不是法定代表人，须填写{field}。",
    reason_en="{field} is missing; the subject principal acts by authorization.",
    remedy_zh="请填写法定代表人的姓名和证件号码；主体负责人就是法定代表人的，请删除授权书。",
    remedy_en="State the legal representative's name and number; if the subject principal is that person, "
              "remove the letter.",
    check=check,
    scope=Scope.UNIT,
    passes=(Example("enterprise"), Example("individual"),
            Example("enterprise", {"organizer.legal_representative": None,
                                   "organizer.principal.authorization_letter": None})),
    fails=(Example("enterprise", {"organizer.legal_representative": None}, fields=(NAME, NUMBER)),
           Example("enterprise", {NAME: None}, fields=(NAME,)),
           Example("enterprise", {NUMBER: None}, fields=(NUMBER,))),
)
