"""Reading requests off the wire: what an operation concerns, and whether it may be opened.

| operation | key (Jlid, RecordId) | Bs of the processing result |
|---|---|---|
| XZBA | IspZtid | IspZtid |
| XZWZ | IspWzid | subject number (else Ztid), and the enterprise id in the extension |
| XZJR | IspJrid | IspJrid |
| BGBA | Ztid | Ztid |
| ZXBA | Jlid | Jlid |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from openbeian.simulator.models import Operation
from openbeian.simulator.verbs.requests import additions, cancellations
from openbeian.simulator.verbs.requests.changes import change
from openbeian.simulator.verbs.requests.conflicts import open_already
from openbeian.simulator.verbs.requests.request import (
    RECORDS,
    Identity,
    Refused,
    Reported,
    Request,
    identify,
    refuse,
)

__all__ = ["RECORDS", "Identity", "Refused", "Request", "identify", "read"]

_READERS: Mapping[Operation, Callable[[Reported], Request]] = {
    Operation.NEW_FILING: additions.new_filing,
    Operation.NEW_SERVICE: additions.new_service,
    Operation.NEW_ACCESS: additions.new_access,
    Operation.CHANGE: change,
    Operation.CANCEL_SUBJECT: cancellations.cancel_subject,
    Operation.CANCEL_SERVICE: cancellations.cancel_service,
    Operation.CANCEL_ACCESS: cancellations.cancel_access,
}


def read(record: etree._Element, who: Identity, *, province: str) -> Request:
    """The request of one record, sent to this province. Raises Refused with every problem found."""
    reported = Reported(province, record, who)
    refuse(open_already(reported))
    return _READERS[who.operation](reported)
