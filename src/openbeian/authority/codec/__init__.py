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
from openbeian.authority.codec.uploads import PictureTooLarge, Unsendable, cancellation, new_filing

__all__ = [
    "CancelledRecord", "Decision", "FiledRecord", "FiledService", "Operation", "PictureTooLarge", "ProcessingResult",
    "Record", "ResultLine", "SmsReport", "Unreadable", "Unsendable", "cancellation", "data_errors", "new_filing",
    "of_schema", "opinion", "read", "unencodable",
]
