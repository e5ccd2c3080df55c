"""How many services one organizer may have filed through a platform (备案数量).

Source: WeChat's limits per subject: individuals 5, individual businesses (个体工商户) 5, others 50.
"""

from openbeian.regime.code_tables import INDIVIDUAL

INDIVIDUAL_LIMIT, INDIVIDUAL_BUSINESS_LIMIT, UNIT_LIMIT = 5, 5, 50
#: Unified social credit codes of individual businesses: department 9 (market regulation), class 2.
_INDIVIDUAL_BUSINESS = "92"


def services_allowed(organizer_type: int | None, certificate_number: str) -> int:
    """The number of services an organizer may have, in force and asked for."""
    if organizer_type == INDIVIDUAL:
        return INDIVIDUAL_LIMIT
    if len(certificate_number) == 18 and certificate_number.startswith(_INDIVIDUAL_BUSINESS):
        return INDIVIDUAL_BUSINESS_LIMIT
    return UNIT_LIMIT
