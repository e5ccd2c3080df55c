"""OB-IDN-003: the legal representative's certificate number."""

from openbeian.regime.code_tables import INDIVIDUAL, certificate_types_of
from openbeian.regime.identity import certificate_problem
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "organizer.legal_representative.certificate_number"


def check(case: Case) -> Hits:
    """The dossier does not state the type, so the number must be possible for some certificate of a person."""
    person = case.dossier.organizer.legal_representative
    if person and person.certificate_number and all(
        certificate_problem(kind.code, person.certificate_number) for kind in certificate_types_of(INDIVIDUAL)
    ):
        yield FIELD


RULE = rule(
    "OB-IDN-003", check,
    passes=(Example("enterprise"), Example("enterprise", {FIELD: "E12345678"})),
    fails=(Example("enterprise", {FIELD: "330106197906300028"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "周"}, fields=(FIELD,))),
)
