"""Between our dossiers and the files of the interface V3.0. Pure functions: no database, no network, no clock."""

from openbeian.v3.codec import records
from openbeian.v3.codec.binding import Unreadable
from openbeian.v3.codec.files import Unwritable, read, write_download, write_upload
from openbeian.v3.codec.findings import data_errors, opinion, unencodable
from openbeian.v3.codec.records import (
    CancelledRecord,
    Decision,
    FiledRecord,
    FiledService,
    ProcessingResult,
    Record,
    ResultLine,
    SmsReport,
    Synchronisation,
)
from openbeian.v3.codec.uploads import Unsendable, answer_key, media_ids, upload_file, upload_record

__all__ = [
    "CancelledRecord", "Decision", "FiledRecord", "FiledService", "ProcessingResult", "Record", "ResultLine",
    "SmsReport", "Synchronisation", "Unreadable", "Unsendable", "Unwritable", "answer_key", "data_errors",
    "media_ids", "opinion", "read", "records", "unencodable", "upload_file", "upload_record", "write_download", "write_upload",
]
