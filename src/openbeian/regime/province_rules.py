"""What single provinces rule differently from the rest: ``tables/province_rules.csv``, with its source and date.

The platform applies the age of individuals (OB-IND-002) and the number of open orders (:mod:`openbeian.filings.guard`);
the simulated administration applies the whole table when it decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Literal, get_args, get_origin, get_type_hints

from openbeian.regime.code_tables import provinces, read_row, read_rows
from openbeian.regime.csv_files import TableError

TABLE = "province_rules"


@dataclass(frozen=True)
class ProvinceRules:
    """The rules of one province. Every field is a column of the table; an empty cell means the default.

    - ``individuals``: any; permit: another province's ID needs a proof of residence; local: this province's ID only.
    - ``authorization``: whether somebody other than the legal representative may be subject principal. letter: with a
      letter; one_person: with a letter, and only if both principals are one person; no.
    - ``same_city``: mailing and certificate address lie in one city.
    - ``minimum_age``: of an individual organizer.
    - ``change_of_subject``: whether subject data may change at all.
    - ``change_of_principal``: alone; with_service: only in a change of both.
    - ``shell_takes_new_service``: whether a subject without services (空壳主体) may get one.
    - ``proposal_from``: how many services in force make a building proposal (建设方案书) necessary; None: never.
    - ``open_orders``: how many orders that add or cancel services a subject may have open; None: any number.
    """

    individuals: Literal["any", "permit", "local"] = "any"
    authorization: Literal["letter", "one_person", "no"] = "letter"
    same_city: bool = False
    minimum_age: int = 18
    change_of_subject: bool = True
    change_of_principal: Literal["alone", "with_service"] = "alone"
    shell_takes_new_service: bool = False
    proposal_from: int | None = None
    open_orders: int | None = None

    @property
    def one_at_a_time(self) -> bool:
        """Whether every order stands alone here, even those that add or cancel services."""
        return self.open_orders == 1


#: The words that a column of words may have.
CHOICES: Mapping[str, tuple[str, ...]] = {
    column: get_args(kind) for column, kind in get_type_hints(ProvinceRules).items() if get_origin(kind) is Literal
}


def province_rules() -> Mapping[str, ProvinceRules]:
    """The rules of the 31 provinces by GB/T 2260 code such as "330000"."""
    return _RULES


def read_rules(rows: Iterable[Mapping[str, str]]) -> Mapping[str, ProvinceRules]:
    """The rules in rows of text. Raises :class:`TableError` for a column, a value or a province that is not known."""
    columns = [field.name for field in fields(ProvinceRules)]
    table: dict[str, ProvinceRules] = {}
    for row in rows:
        code = row.get("code", "")
        if code in table:
            raise TableError(f"{TABLE}.csv: code {code} appears twice")
        if row.keys() != {"code", *columns}:
            raise TableError(f"{TABLE}.csv: {code} has other columns than code, {', '.join(columns)}")
        table[code] = read_row(TABLE, ProvinceRules, row)
    if table.keys() != provinces().keys():
        raise TableError(f"{TABLE}.csv does not hold exactly the provinces")
    return MappingProxyType(table)


_RULES = read_rules(read_rows(TABLE))
