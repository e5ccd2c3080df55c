"""Findings (意见): those of this room, and all kept with the submission they are about, whoever found them."""

from collections.abc import Iterable
from datetime import datetime

from openbeian.filings.models import Finding, Order
from openbeian.regime.finding_files import FindingFile
from openbeian.regime.findings import Finding as RegimeFinding

#: What this room finds in an uploaded file.
finding = FindingFile(__file__, "findings.csv").make


def keep_findings(*, order: Order, source: str, findings: Iterable[RegimeFinding], at: datetime) -> None:
    """Attach findings to the dossier of ``order`` that they are about."""
    Finding.objects.bulk_create(
        Finding(order=order, dossier_number=order.dossier_number, source=source, at=at, **vars(finding))
        for finding in findings
    )
