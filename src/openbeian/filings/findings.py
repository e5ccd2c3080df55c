"""Findings (意见) kept with the submission they are about: of the rules, of a reviewer, of the administration."""

from collections.abc import Iterable
from datetime import datetime

from openbeian.filings.models import Finding, Order
from openbeian.regime.findings import Finding as RegimeFinding


def keep_findings(*, order: Order, source: str, findings: Iterable[RegimeFinding], at: datetime) -> None:
    """Attach findings to the dossier of ``order`` that they are about."""
    Finding.objects.bulk_create(
        Finding(order=order, dossier_number=order.dossier_number, source=source, at=at, **vars(finding))
        for finding in findings
    )
