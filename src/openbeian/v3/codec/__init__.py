"""Between our dossiers and the files of the interface V3.0. Pure functions: no database, no network, no clock."""

from openbeian.v3.codec import records
from openbeian.v3.codec.files import (
    Unreadable,
    Unwritable,
    UploadFile,
    pack_records,
    read,
    read_upload,
    unpack_records,
    write_download,
    write_upload,
)
from openbeian.v3.codec.findings import data_errors, of_schema, opinion, unencodable
from openbeian.v3.codec.operations import Operation
from openbeian.v3.codec.records import (
    AccessCheck,
    BlacklistedService,
    BlacklistedSubject,
    CancelledRecord,
    CodeRow,
    CodeTables,
    Decision,
    FiledRecord,
    FiledService,
    IllegalAccess,
    LivenessCheck,
    Notice,
    ProcessingResult,
    Record,
    ResultLine,
    ShellCheck,
    SmsReport,
    SubjectCheck,
    Synchronisation,
    UnfiledSite,
    UploadRecord,
    VerificationTask,
)
from openbeian.v3.codec.uploads import (
    OnFile,
    PictureTooLarge,
    Unsendable,
    answer_key,
    cancellation,
    change,
    media_ids,
    new_access,
    new_filing,
    new_service,
    upload_file,
    upload_record,
)

__all__ = [
    "AccessCheck", "BlacklistedService", "BlacklistedSubject", "CancelledRecord", "CodeRow", "CodeTables", "Decision",
    "FiledRecord", "FiledService", "IllegalAccess", "LivenessCheck", "Notice", "OnFile", "Operation", "PictureTooLarge",
    "ProcessingResult", "Record", "ResultLine", "ShellCheck", "SmsReport", "SubjectCheck", "Synchronisation",
    "UnfiledSite", "Unreadable", "Unsendable", "Unwritable", "UploadFile", "UploadRecord", "VerificationTask",
    "answer_key", "cancellation", "change", "data_errors", "media_ids", "new_access", "new_filing", "new_service",
    "of_schema", "opinion", "pack_records", "read", "read_upload", "records", "unencodable", "unpack_records",
    "upload_file", "upload_record", "write_download", "write_upload",
]
