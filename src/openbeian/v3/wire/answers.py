"""The answer of a call: the `<return>` document inside the SOAP result string.

Source: V3.0, return formats of upload, download, acknowledgement, previous upload and status query.
"""

from dataclasses import dataclass, field

from lxml import etree

from openbeian.v3.wire import VERSION
from openbeian.v3.wire.documents import DocumentError, parse

DONE = 0
ALL_DELIVERED = 1
NOTHING = 2
MORE = 3


@dataclass(frozen=True)
class FileInfo:
    """A file in an answer; `data_sequence` only in the answer of isp_querypreviousupload."""

    file_name: str
    beian_info: str = field(repr=False)
    beian_info_hash: str
    encrypt_algorithm: int
    hash_algorithm: int = 0
    compression_format: int = 0
    data_sequence: int | None = None


@dataclass(frozen=True)
class StatusInfo:
    """Answer of isp_querybeianstatus (Bazt 0 filed, 1 not filed)."""

    condition_type: int
    condition: str = field(repr=False)
    filed: bool
    subject_number: str | None = None


@dataclass(frozen=True)
class Answer:
    """msg_code, msg and the extras of each method."""

    code: int
    message: str = ""
    missing_sequences: tuple[int, ...] = ()
    file: FileInfo | None = None
    status: StatusInfo | None = None
    password_right: bool | None = None
    """Only in the answer of isp_verifybamm (VerifyRes 0 right, 1 wrong)."""


def render_answer(answer: Answer) -> str:
    """The text that goes into the SOAP result."""
    root = etree.Element("return", version=VERSION)
    _add(root, "msg_code", answer.code)
    _add(root, "msg", answer.message)
    if answer.missing_sequences:
        numbers = etree.SubElement(root, "dataSequences")
        for number in answer.missing_sequences:
            _add(numbers, "dataSequence", number)
    if answer.file:
        infos = etree.SubElement(root, "fileInfos")
        _add(infos, "hashAlgorithm", answer.file.hash_algorithm)
        _add(infos, "compressionFormat", answer.file.compression_format)
        _add(infos, "encryptAlgorithm", answer.file.encrypt_algorithm)
        if answer.file.data_sequence is not None:
            _add(infos, "dataSequence", answer.file.data_sequence)
        _add(infos, "return_FileName", answer.file.file_name)
        _add(infos, "beianInfo", answer.file.beian_info)
        _add(infos, "beianInfoHash", answer.file.beian_info_hash)
    if answer.status:
        info = etree.SubElement(root, "StatusInfo")
        _add(info, "Cxtjlx", answer.status.condition_type)
        _add(info, "Cxtj", answer.status.condition)
        if answer.status.subject_number is not None:
            _add(info, "Ztbah", answer.status.subject_number)
        _add(info, "Bazt", 0 if answer.status.filed else 1)
    if answer.password_right is not None:
        _add(root, "VerifyRes", 0 if answer.password_right else 1)
    return etree.tostring(root, encoding="unicode")


def parse_answer(text: str) -> Answer:
    """Read an answer. Raises DocumentError when it is not the `<return>` document of V3.0."""
    # The string may carry a declaration that names GBK though it travels as text; drop it.
    if text.lstrip().startswith("<?xml"):
        text = text.split("?>", 1)[1]
    root = parse(text.strip().encode("utf-8"))
    if root.tag != "return":
        raise DocumentError("not a return document")
    try:
        return Answer(
            code=int(_text(root, "msg_code")),
            message=root.findtext("msg") or "",
            missing_sequences=tuple(int(node.text or "") for node in root.iterfind("dataSequences/dataSequence")),
            file=_file(root.find("fileInfos")),
            status=_status(root.find("StatusInfo")),
            password_right=_text(root, "VerifyRes") == "0" if root.find("VerifyRes") is not None else None,
        )
    except ValueError as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError("a number in the return document is malformed") from None


def _file(infos: etree._Element | None) -> FileInfo | None:
    if infos is None:
        return None
    sequence = infos.findtext("dataSequence")
    return FileInfo(
        file_name=_text(infos, "return_FileName"),
        beian_info=_text(infos, "beianInfo"),
        beian_info_hash=_text(infos, "beianInfoHash"),
        encrypt_algorithm=int(_text(infos, "encryptAlgorithm")),
        hash_algorithm=int(_text(infos, "hashAlgorithm")),
        compression_format=int(_text(infos, "compressionFormat")),
        data_sequence=int(sequence) if sequence is not None else None,
    )


def _status(info: etree._Element | None) -> StatusInfo | None:
    if info is None:
        return None
    return StatusInfo(
        condition_type=int(_text(info, "Cxtjlx")),
        condition=_text(info, "Cxtj"),
        filed=_text(info, "Bazt") == "0",
        subject_number=info.findtext("Ztbah"),
    )


def _text(parent: etree._Element, name: str) -> str:
    node = parent.find(name)
    if node is None:
        raise DocumentError(f"{name} is missing in the return document")
    return node.text or ""


def _add(parent: etree._Element, name: str, value: str | int) -> None:
    etree.SubElement(parent, name).text = str(value)
