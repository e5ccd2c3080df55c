"""Between our dossiers and the files of the interface V3.0. Pure functions: no database, no network, no clock."""

from openbeian.authority.codec.downloads import (
    CancelledRecord,
    Decision,
    FiledRecord,
    FiledService,
    ProcessingResult,
    Record,
    ResultLine,
    SmsReport,
    Unreadable,
    read,
)
from openbeian.authority.codec.findings import data_errors, of_schema, opinion, unencodable
from openbeian.authority.codec.operations import Operation
from openbeian.authority.codec.uploads import (
    OnFile,
    PictureTooLarge,
    Unsendable,
    cancellation,
    change,
    new_access,
    new_filing,
    new_service,
)

__all__ = [
    "CancelledRecord", "Decision", "FiledRecord", "FiledService", "OnFile", "Operation", "PictureTooLarge",
    "ProcessingResult", "Record", "ResultLine", "SmsReport", "Unreadable", "Unsendable", "cancellation", "change",
    "data_errors", "new_access", "new_filing", "new_service", "of_schema", "opinion", "read", "unencodable",
]
