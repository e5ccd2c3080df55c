"""When a mini program was provided through this platform, as the register's rows say."""

from openbeian.regime.shelf_policy import FilingFacts, FilingPeriod
from openbeian.register.models import Access


def filing_periods(appid: str) -> FilingFacts:
    """The periods of a mini program's numbers, oldest first."""
    rows = Access.objects.filter(appid=appid).order_by("since", "pk")
    return FilingFacts(tuple(
        FilingPeriod(number, since, until) for number, since, until in rows.values_list("number", "since", "until")))
