"""Whole upload and download files: records to bytes, and bytes to records (V3.0, upload file and download file).

A file of the interface is read by :func:`read` (download) or :func:`read_upload`; nothing but :class:`Unreadable` is
raised for any bytes. Writing is the same declarations the other way round, and either carries every character or
raises :class:`Unwritable`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from openbeian.v3.codec import records as r
from openbeian.v3.codec.binding import Unreadable, mp, reader, writer
from openbeian.v3.wire import EXTENSION, EXTENSION_PREFIX, MAX_FILE_BYTES, MAX_RECORDS, VERSION
from openbeian.v3.wire.documents import DocumentError, parse, render
from openbeian.v3.wire.packing import Packed, PackingSettings, pack, unpack

WRONG_VERSION, NOT_OPEN = 5004, 5011


class Unwritable(ValueError):
    """Records that make no file: too many, too large, or with characters that the interface cannot carry."""


@dataclass(frozen=True)
class UploadFile:
    """What an upload file holds; ``provider_id`` is Qqdwid."""

    provider_id: str
    records: tuple[r.UploadRecord, ...]


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
    return _download(_root(xml, "DownloadData"))


def read_upload(xml: bytes) -> UploadFile:
    """The records of an upload file. Raises :class:`Unreadable`."""
    return _upload(_root(xml, "UploadData"))


def _root(xml: bytes, *names: str) -> etree._Element:
    try:
        root = parse(xml)
    except DocumentError as error:
        raise Unreadable(str(error)) from None
    if root.tag not in names:
        raise Unreadable(f"not a {' or '.join(names)} document")
    if root.get("version") != VERSION:
        raise Unreadable("another version of the interface", WRONG_VERSION)
    return root


def _upload(root: etree._Element) -> UploadFile:
    icp = root.find("ICP")
    if icp is None:
        raise Unreadable("no ICP block", NOT_OPEN if len(root) else 5001)
    provider, found = "", []
    for block in icp:
        if block.tag == "Qqdwid":
            provider = (block.text or "").strip()
        elif block.tag in UPLOADS:
            item, of = UPLOADS[block.tag]
            found += [reader(of)(node) for node in block.iterchildren(item)]
        else:
            raise Unreadable(f"an operation of another interface: {_name(block)}")
    if not found:
        raise Unreadable("no record")
    return UploadFile(provider, tuple(found))


def _download(root: etree._Element) -> tuple[r.Record, ...]:
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
            yield reader(of)(node)
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
    if not (code.isascii() and code.isdigit()):
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
    written = _fill(icp, records, _OPERATION_OF)
    if not 1 <= written <= MAX_RECORDS:
        raise Unwritable(f"a file holds 1 to {MAX_RECORDS} records")
    return root


def write_download(records: Iterable[r.Record]) -> bytes:
    """The download file with these records, in GBK: those of ICP blocks together, a JCDM or a SJTB alone.

    Raises :class:`Unwritable`.
    """
    some = tuple(records)
    root = etree.Element("DownloadData", version=VERSION)
    icp = None
    for entry in some:
        if isinstance(entry, r.CodeTables):
            _write_codes(etree.SubElement(root, "JCDM"), entry)
        elif isinstance(entry, r.Synchronisation):
            _write_synchronisation(etree.SubElement(root, "SJTB"), entry)
        elif icp is None:
            icp = etree.SubElement(root, "ICP")
    if icp is not None:
        _fill(icp, (e for e in some if not isinstance(e, r.CodeTables | r.Synchronisation)), _BLOCK_OF)
    if len(root) != 1:
        raise Unwritable("a file holds one kind of data")
    return _bytes(root)


def _document(name: str) -> tuple[etree._Element, etree._Element]:
    root = etree.Element(name, version=VERSION)
    return root, etree.SubElement(root, "ICP")


def _fill(icp: etree._Element, records: Iterable[Any], places: Mapping[type, tuple[str, str]]) -> int:
    blocks: dict[str, etree._Element] = {}
    written = 0
    try:
        for entry in records:
            of: type = type(entry)
            name, item = places[of]
            if (block := blocks.get(name)) is None:
                block = blocks[name] = etree.SubElement(icp, name)
            writer(of)(entry, _place(block, name, item))
            written += 1
    except ValueError as error:
        raise Unwritable("a text holds characters that XML cannot carry") from error
    return written


def _place(block: etree._Element, name: str, item: str) -> etree._Element:
    """Where in its block the next record goes."""
    if (around := AROUND.get(name)) is not None and item != "Jg_xx" and not item.startswith("{"):
        last = block[-1] if len(block) else None
        block = last if last is not None and last.tag == around else etree.SubElement(block, around)
    if item.startswith("{"):
        return etree.SubElement(block, item, {"version": "1"}, {EXTENSION_PREFIX: EXTENSION})
    return etree.SubElement(block, item)


def _write_codes(jcdm: etree._Element, tables: r.CodeTables) -> None:
    for name, rows in (("Bbdwlb", tables.units), ("Jcdm_xx", tables.rows)):
        if rows:
            group = etree.SubElement(jcdm, name)
            for row in rows:
                node = etree.SubElement(group, row.group)
                label = "Nr" if row.group == "Zxly" else "Mc"
                told = {"Id": row.id, label: row.name, "Sfyx": "1" if row.valid else "0", **row.more}
                for tag, value in told.items():
                    if value:
                        etree.SubElement(node, tag).text = value


def _write_synchronisation(sjtb: etree._Element, everything: r.Synchronisation) -> None:
    if everything.filed or everything.others:
        _fill(etree.SubElement(sjtb, "ICP"), (*everything.filed, *everything.others), _BLOCK_OF)
    if everything.codes is not None:
        _write_codes(etree.SubElement(sjtb, "JCDM"), everything.codes)
    for name in everything.omitted:
        etree.SubElement(sjtb, name)


def _bytes(root: etree._Element) -> bytes:
    try:
        xml = render(root, strict=True)
    except DocumentError as error:
        raise Unwritable(str(error)) from None
    if len(xml) > MAX_FILE_BYTES:
        raise Unwritable("a file holds at most 50 MB")
    return xml


# Packed


def pack_records(
    records: Iterable[r.UploadRecord | r.Record], settings: PackingSettings, *, provider_id: int | str = 1,
    entry_name: str = "records.xml",
) -> Packed:
    """A packed file with these records, an upload file if they are such. Raises :class:`Unwritable`, PackingError."""
    some = tuple(records)
    if some and type(some[0]) in _OPERATION_OF:
        xml = write_upload(some, provider_id=provider_id)  # type: ignore[arg-type]
    else:
        xml = write_download(some)  # type: ignore[arg-type]
    return pack(xml, settings, entry_name)


def unpack_records(packed: Packed, settings: PackingSettings) -> tuple[r.UploadRecord | r.Record, ...]:
    """The records of a packed file, in either direction. Raises PackingError, :class:`Unreadable`."""
    root = _root(unpack(packed.beianInfo, packed.beianInfoHash, settings), "UploadData", "DownloadData")
    if root.tag == "UploadData":
        return _upload(root).records
    return _download(root)


__all__ = [
    "Unreadable", "Unwritable", "UploadFile", "pack_records", "read", "read_upload", "unpack_records", "upload_tree",
    "write_download", "write_upload",
]
