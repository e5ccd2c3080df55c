"""OB-LEG-001: a principal who is not the legal representative is authorized in writing."""

from openbeian.regime.rules.con_005_numbers_not_shared import OTHER_PERSON
from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule

SUBJECT, SERVICE = "organizer.principal.authorization_letter", "service.principal.authorization_letter"


def check(case: Case) -> Hits:
    """Where no legal representative is named, the subject principal is meant to be it."""
    organizer = case.dossier.organizer
    named = organizer.legal_representative.certificate_number if organizer.legal_representative else ""
    head = named or organizer.principal.certificate.number
    for path, principal in case.principals:
        number = principal.certificate.number
        if head and number and number != head and not principal.authorization_letter:
            yield f"{path}.authorization_letter"


RULE = rule(
    "OB-LEG-001", check,
    scope=Scope.UNIT,
    passes=(Example("enterprise"),
            Example("enterprise", {"organizer.legal_representative": None, SUBJECT: None, SERVICE: None}),
            Example("enterprise", OTHER_PERSON)),
    fails=(Example("enterprise", {SUBJECT: None}, fields=(SUBJECT,)),
           Example("enterprise", {SUBJECT: None, SERVICE: None}, fields=(SUBJECT, SERVICE)),
           Example("enterprise", {**OTHER_PERSON, "organizer.legal_representative": None, SUBJECT: None, SERVICE: None},
                   fields=(SERVICE,))),
)
