"""OB-ADR-001: the contact address begins below the district."""

from functools import cache

from openbeian.regime.code_tables import districts, provinces
from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "organizer.address"


@cache
def _province_names() -> tuple[str, ...]:
    return tuple(row.name for row in provinces().values())


def check(case: Case) -> Hits:
    """Any province's name is refused: another one's would mean that the address lies elsewhere."""
    organizer = case.dossier.organizer
    chosen = [districts()[code].name for code in (organizer.city, organizer.district) if code in districts()]
    if organizer.address.startswith((*chosen, *_province_names())):
        yield FIELD


RULE = rule(
    "OB-ADR-001", check,
    passes=(Example("enterprise"), Example("enterprise", {FIELD: "浙江路5号杭州大厦2层"})),
    fails=(Example("enterprise", {FIELD: "浙江省杭州市西湖区示例路88号"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "杭州市西湖区示例路88号"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "西湖区示例路88号"}, fields=(FIELD,)),
           Example("enterprise", {FIELD: "上海市示例路88号"}, fields=(FIELD,))),
)
