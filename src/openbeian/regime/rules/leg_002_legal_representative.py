"""OB-LEG-002: whoever files by authorization names the legal representative."""

from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule

NAME = "organizer.legal_representative.name"
NUMBER = "organizer.legal_representative.certificate_number"


def check(case: Case) -> Hits:
    """An authorization letter of the subject principal says that somebody else is the legal representative."""
    organizer = case.dossier.organizer
    person = organizer.legal_representative
    if person is None and not organizer.principal.authorization_letter:
        return
    if person is None or not person.name:
        yield NAME
    if person is None or not person.certificate_number:
        yield NUMBER


RULE = rule(
    "OB-LEG-002", check,
    scope=Scope.UNIT,
    passes=(Example("enterprise"), Example("individual"),
            Example("enterprise", {"organizer.legal_representative": None,
                                   "organizer.principal.authorization_letter": None})),
    fails=(Example("enterprise", {"organizer.legal_representative": None}, fields=(NAME, NUMBER)),
           Example("enterprise", {NAME: None}, fields=(NAME,)),
           Example("enterprise", {NUMBER: None}, fields=(NUMBER,))),
)
