"""OB-ADR-002: district in city, city in province."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.code_tables import districts, is_nested, provinces
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

PROVINCE, CITY, DISTRICT = "organizer.province", "organizer.city", "organizer.district"


def check(case: Case) -> Iterator[str]:
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


RULE = Rule(
    id="OB-ADR-002",
    severity=Severity.BLOCKS,
    clause=clauses.GB_2260,
    title_zh="省、市、区县代码须存在且逐级包含",
    title_en="Province, city and district exist and lie within each other",
    reason_zh="{field}不存在，或不属于所选的上级地区。",
    reason_en="{field} does not exist, or does not belong to the region chosen above it.",
    remedy_zh="请按行政区划代码表逐级选择省、市、区县。",
    remedy_en="Choose province, city and district in this order from the code table.",
    check=check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {PROVINCE: "990000"}, fields=(PROVINCE,)),
           Example("enterprise", {CITY: "110100"}, fields=(CITY,)),
           Example("enterprise", {CITY: "330106"}, fields=(CITY,)),
           Example("enterprise", {DISTRICT: "110105"}, fields=(DISTRICT,))),
)
