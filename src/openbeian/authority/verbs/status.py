"""Asking the ministry whether an organizer is on file anywhere (isp_querybeianstatus)."""

from openbeian.authority import findings
from openbeian.authority.client import ProvinceClient, account
from openbeian.authority.verbs import lanes
from openbeian.filings.findings import keep_findings
from openbeian.filings.models import Order
from openbeian.filings.queries import intact_dossier
from openbeian.ledger import clock
from openbeian.regime.code_tables import certificate_types
from openbeian.regime.findings import Finding
from openbeian.regime.lifecycle import OrderKind, State
from openbeian.v3.wire.answers import ALL_DELIVERED, DONE, StatusInfo

#: Orders for an organizer whose subject is not yet on file through this platform.
ASKED_FOR = (OrderKind.FIRST_FILING, OrderKind.NEW_SERVICE, OrderKind.NEW_ACCESS)
RULE = "OB-WIRE-005"


def ask_status(*, order_id: int) -> Finding | None:
    """Ask whether the organizer's certificate is on file, and tell the reviewer if that does not fit the order.

    Leaves one finding that only informs, on the dossier now in review. Nothing where the order has moved on, its
    snapshot is damaged or the certificate is none that can be asked about. Raises LinkError; the order does not wait for this.
    """
    order = Order.objects.filter(pk=order_id, state=State.PLATFORM_REVIEW).first()
    if order is None or order.kind not in ASKED_FOR:
        return None
    dossier = intact_dossier(order)
    if dossier is None:
        return None
    certificate = dossier.organizer.certificate
    if certificate.type is None or certificate.type not in certificate_types() or not certificate.number:
        return None
    lanes.refuse_if_resting(order.province, "send", clock.now())
    answer = ProvinceClient(account(order.province)).query_status(
        condition_type=certificate.type, condition=certificate.number)
    if answer.code not in (DONE, ALL_DELIVERED) or answer.status is None:
        raise lanes.CallRefused(answer.code, answer.message)
    finding = _finding(OrderKind(order.kind), answer.status)
    asked_before = order.findings.filter(dossier_number=order.dossier_number, rule=RULE).exists()
    still_here = Order.objects.filter(pk=order.pk, version=order.version).exists()
    if finding is None or asked_before or not still_here:
        return None
    keep_findings(order=order, source="authority", findings=(finding,), at=clock.now())
    return finding


def _finding(kind: OrderKind, status: StatusInfo) -> Finding | None:
    if status.filed == (kind != OrderKind.FIRST_FILING):
        return None
    return findings.finding(
        "registered_before" if status.filed else "not_registered", "organizer.certificate.number",
        number=status.subject_number or "–")
