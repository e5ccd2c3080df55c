"""How many services one organizer may have filed through a platform (备案数量)."""

from dataclasses import dataclass

from openbeian.regime.code_tables import INDIVIDUAL

#: Unified social credit codes of individual businesses: department 9 (market regulation), class 2.
_INDIVIDUAL_BUSINESS = "92"


@dataclass(frozen=True)
class Quotas:
    """The limits of a platform for an individual, an individual business (个体工商户) and any other unit.

    The defaults are WeChat's.
    """

    individual: int = 5
    individual_business: int = 5
    unit: int = 50


def services_allowed(organizer_type: int | None, certificate_number: str, quotas: Quotas) -> int:
    """The number of services an organizer may have, in force and asked for."""
    if organizer_type == INDIVIDUAL:
        return quotas.individual
    if len(certificate_number) == 18 and certificate_number.startswith(_INDIVIDUAL_BUSINESS):
        return quotas.individual_business
    return quotas.unit
