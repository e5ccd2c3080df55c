"""OB-LEG-001: a principal who is not the legal representative is authorized in writing."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.con_005_numbers_not_shared import OTHER_PERSON
from openbeian.regime.rules.rule import Example, Rule, Scope

SUBJECT, SERVICE = "organizer.principal.authorization_letter", "service.principal.authorization_letter"


def check(case: Case) -> Iterator[str]:
    """Where no legal representative is named, the subject principal is meant to be it."""
    organizer = case.dossier.organizer
    named = organizer.legal_representative.certificate_number if organizer.legal_representative else ""
    head = named or organizer.principal.certificate.number
    for path, principal in case.principals:
        number = principal.certificate.number
        if head and number and number != head and not principal.authorization_letter:
            yield f"{path}.authorization_letter"


RULE = Rule(
    id="OB-LEG-001",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="负责人不是法定代表人的须上传授权书",
    title_en="A principal who is not the legal representative has an authorization letter",
    reason_zh="负责人不是法定代表人，须上传{field}。",
    reason_en="{field} is missing; the person is not the legal representative.",
    remedy_zh="请上传法定代表人签署的授权书，或由法定代表人担任负责人。",
    remedy_en="Upload the letter signed by the legal representative, or name the latter as principal.",
    check=check,
    scope=Scope.UNIT,
    passes=(Example("enterprise"),
            Example("enterprise", {"organizer.legal_representative": None, SUBJECT: None, SERVICE: None}),
            Example("enterprise", OTHER_PERSON)),
    fails=(Example("enterprise", {SUBJECT: None}, fields=(SUBJECT,)),
           Example("enterprise", {SUBJECT: None, SERVICE: None}, fields=(SUBJECT, SERVICE)),
           Example("enterprise", {**OTHER_PERSON, "organizer.legal_representative": None, SUBJECT: None, SERVICE: None},
                   fields=(SERVICE,))),
)
