"""OB-ADR-002: district in city, city in province."""

from openbeian.regime.code_tables import districts, is_nested, provinces
from openbeian.regime.rules.rule import Case, Example, Hits, rule

PROVINCE, CITY, DISTRICT = "organizer.province", "organizer.city", "organizer.district"


def check(case: Case) -> Hits:
    """Only the outermost code that does not fit is named; the others follow from it."""
    organizer = case.dossier.organizer
    if not (organizer.province and organizer.city and organizer.district):
        return
    city = districts().get(organizer.city)
    if organizer.province not in provinces():
        yield PROVINCE
    elif city is None or city.level != 2 or city.parent != organizer.province:
        yield CITY
    elif not is_nested(organizer.province, organizer.city, organizer.district):
        yield DISTRICT


RULE = rule(
    "OB-ADR-002", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {PROVINCE: "990000"}, fields=(PROVINCE,)),
           Example("enterprise", {CITY: "110100"}, fields=(CITY,)),
           Example("enterprise", {CITY: "330106"}, fields=(CITY,)),
           Example("enterprise", {DISTRICT: "110105"}, fields=(DISTRICT,))),
)
