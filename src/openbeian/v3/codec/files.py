"""Whole upload and download files: records to bytes, and bytes to records (V3.0, upload file and download file).

:func:`read` takes any bytes for a download file and raises nothing but :class:`Unreadable`. Writing uses the
same declarations, and either carries every character or raises :class:`Unwritable`.
"""

from collections.abc import Iterable, Iterator, Mapping

from lxml import etree

from openbeian.regime.numbers import is_digits
from openbeian.v3.codec import binding
from openbeian.v3.codec import records as r
from openbeian.v3.codec.binding import Unreadable
from openbeian.v3.wire import MAX_FILE_BYTES, MAX_RECORDS, VERSION, mp
from openbeian.v3.wire.documents import DocumentError, parse, render

WRONG_VERSION, NOT_OPEN = 5004, 5011


class Unwritable(ValueError):
    """Records that make no file: too many, too large, or with characters that the interface cannot carry."""


#: Operation of an upload file → the element of one record, and its class.
UPLOADS: dict[str, tuple[str, type]] = {
    "XZBA": ("Baxx", r.NewFiling),
    "XZWZ": ("Xzxx", r.ServiceAddition),
    "XZJR": ("Xzxx", r.AccessAddition),
    "BGBA": ("Bgxx", r.Change),
    "ZXBA": ("Zx_xx", r.CancellationRequest),
    "XZHYD": ("Fjxx", r.Attachment),
    "HSJG": ("Hsjgxx", r.VerificationResult),
    "WBACLJG": ("Clxx", r.UnfiledSiteHandled),
}
#: Block of a download file → the elements of its records. The first element of a class is the one written; the
#: others are understood, because the interface's own description and its schema do not agree everywhere.
DOWNLOADS: dict[str, dict[str, type]] = {
    "BASJ": {"Baxx": r.FiledRecord},
    "ZXSJ": {"Zxxx": r.CancelledRecord, "Zx_xx": r.CancelledRecord},
    "HMDLB": {
        "Zthmdxxs": r.BlacklistedSubject, "Zthmd": r.BlacklistedSubject,
        "Wzhmdxxs": r.BlacklistedService, "Wzhmd": r.BlacklistedService,
    },
    "FFJRHMD": {"Ffjrxx": r.IllegalAccess, "Ffjr": r.IllegalAccess},
    "WBAWZLB": {"Wbawz_xx": r.UnfiledSite, "Wbawz": r.UnfiledSite},
    "BAJG": {"Jg_xx": r.ProcessingResult, "Gjsh": r.Decision, mp("SmsVerification"): r.SmsReport},
    "HSRW": {"Baxx": r.VerificationTask},
    "HCJG": {"Zthc": r.SubjectCheck, "Jrhc": r.AccessCheck, "Kkwzhc": r.ShellCheck, "Wzch": r.LivenessCheck},
    "XGTZ": {"Tzxx": r.Notice},
}
#: Elements around the records of a block, which say nothing themselves.
AROUND = {"BAJG": "GJSHS", "HCJG": "Jgxx"}

_OPERATION_OF = {of: (operation, item) for operation, (item, of) in UPLOADS.items()}
_BLOCK_OF: dict[type, tuple[str, str]] = {}
for _block, _items in DOWNLOADS.items():
    for _item, _of in _items.items():
        _BLOCK_OF.setdefault(_of, (_block, _item))


# Reading


def read(xml: bytes) -> tuple[r.Record, ...]:
    """The records of a download file, in the file's order. Raises :class:`Unreadable`."""
    try:
        root = parse(xml)
    except DocumentError as error:
        raise Unreadable(str(error)) from None
    if root.tag != "DownloadData":
        raise Unreadable("not a DownloadData document")
    if root.get("version") != VERSION:
        raise Unreadable("another version of the interface", WRONG_VERSION)
    found: list[r.Record] = []
    for part in root:
        if part.tag == "ICP":
            if not len(part):
                raise Unreadable("no ICP block")
            found += _blocks(part)
        elif part.tag == "JCDM":
            found.append(_codes(part))
        elif part.tag == "SJTB":
            found.append(_synchronisation(part))
        else:
            raise Unreadable(f"a block this release does not handle: {_name(part)}", NOT_OPEN)
    if not len(root):
        raise Unreadable("no ICP block")
    return tuple(found)


def _blocks(icp: etree._Element) -> Iterator[r.IcpRecord]:
    for block in icp:
        items = DOWNLOADS.get(block.tag)
        if items is None:
            raise Unreadable(f"a block this release does not handle: {_name(block)}", NOT_OPEN)
        found = list(_records(block, items, AROUND.get(block.tag)))
        if len(block) and not found:
            # What nobody understands must not be taken for done.
            raise Unreadable(f"no record this release knows in {_name(block)}")
        yield from found


def _records(block: etree._Element, items: Mapping[str, type], around: str | None) -> Iterator[r.IcpRecord]:
    for node in block:
        if (of := items.get(node.tag)) is not None:
            yield binding.read(of, node)
        elif node.tag == around:
            yield from _records(node, items, None)


def _codes(jcdm: etree._Element) -> r.CodeTables:
    units = tuple(row for part in jcdm.iterchildren("Bbdwlb") for row in _rows(part))
    rows = tuple(row for part in jcdm.iterchildren("Jcdm_xx") for row in _rows(part))
    return r.CodeTables(rows, units)


def _rows(group: etree._Element) -> Iterator[r.CodeRow]:
    """Rows stand in their group's element; some systems put an element around all rows of one table."""
    for node in group:
        if node.find("Id") is not None:
            yield _row(node)
        else:
            for inner in node:
                if inner.find("Id") is not None:
                    yield _row(inner, str(node.tag))


def _row(node: etree._Element, group: str = "") -> r.CodeRow:
    values: dict[str, str] = {}
    for child in node:
        if isinstance(child.tag, str) and (value := (child.text or "").strip()):
            values[child.tag] = value
    code = values.pop("Id", "")
    if not is_digits(code):
        raise Unreadable("Id is not a number")
    name = values.pop("Mc", "") or values.pop("Nr", "")
    return r.CodeRow(group or str(node.tag), code, name, values.pop("Sfyx", "1") != "0", values)


def _synchronisation(sjtb: etree._Element) -> r.Synchronisation:
    told: list[r.IcpRecord] = []
    codes, omitted = None, []
    for part in sjtb:
        if part.tag == "ICP":
            told += _blocks(part)
        elif part.tag == "JCDM":
            codes = _codes(part)
        else:
            omitted.append(_name(part))
    filed = tuple(entry for entry in told if isinstance(entry, r.FiledRecord))
    others = tuple(entry for entry in told if not isinstance(entry, r.FiledRecord))
    return r.Synchronisation(filed, others, codes, tuple(omitted))


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname[:20]


# Writing


def write_upload(records: Iterable[r.UploadRecord], *, provider_id: int | str) -> bytes:
    """The upload file with these records, in GBK. Raises :class:`Unwritable`."""
    return _bytes(upload_tree(records, provider_id=provider_id))


def upload_tree(records: Iterable[r.UploadRecord], *, provider_id: int | str) -> etree._Element:
    """The document of an upload file, an operation each for records of a kind. Raises :class:`Unwritable`."""
    root, icp = _document("UploadData")
    etree.SubElement(icp, "Qqdwid").text = str(provider_id)
    some = tuple(records)
    if not 1 <= len(some) <= MAX_RECORDS:
        raise Unwritable(f"a file holds 1 to {MAX_RECORDS} records")
    _fill(icp, some, _OPERATION_OF)
    return root


def write_download(records: Iterable[r.IcpRecord]) -> bytes:
    """The download file with these records, in GBK. Raises :class:`Unwritable`."""
    root, icp = _document("DownloadData")
    _fill(icp, records, _BLOCK_OF)
    return _bytes(root)


def _document(name: str) -> tuple[etree._Element, etree._Element]:
    root = etree.Element(name, version=VERSION)
    return root, etree.SubElement(root, "ICP")


def _fill(icp: etree._Element, records: Iterable[object], places: Mapping[type, tuple[str, str]]) -> None:
    blocks: dict[str, etree._Element] = {}
    try:
        for entry in records:
            name, item = places[type(entry)]
            if name not in blocks:
                blocks[name] = etree.SubElement(icp, name)
            binding.write(entry, binding.add(_parent(blocks[name], name, item), item))
    except ValueError as error:
        raise Unwritable("a text holds characters that XML cannot carry") from error


def _parent(block: etree._Element, name: str, item: str) -> etree._Element:
    """Where in its block the next record goes: some have one more element around them."""
    around = AROUND.get(name)
    if around is None or item in ("Jg_xx", mp("SmsVerification")):
        return block
    return block[-1] if len(block) and block[-1].tag == around else etree.SubElement(block, around)


def _bytes(root: etree._Element) -> bytes:
    try:
        xml = render(root, strict=True)
    except DocumentError as error:
        raise Unwritable(str(error)) from None
    if len(xml) > MAX_FILE_BYTES:
        raise Unwritable("a file holds at most 50 MB")
    return xml
