"""Whatever a record of the interface may hold arrives as it was sent, for every operation and every block."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from openbeian.regime.calendar import SHANGHAI
from openbeian.v3 import codec
from openbeian.v3.codec import binding, records
from openbeian.v3.codec.files import DOWNLOADS, UPLOADS
from openbeian.v3.wire import MAX_RECORDS, VERSION
from openbeian.v3.wire.documents import parse, render
from openbeian.v3.wire.packing import PackingSettings, pack, unpack

#: Every character that GBK has and XML may hold, and Chinese ones beyond it; white space is left to the tests of texts.
GBK = "".join(
    sign for sign in map(chr, range(0x21, 0xFFFE))
    if not sign.isspace() and sign.encode("gbk", "ignore") and not 0x7F <= ord(sign) < 0xA0) + "㐂𠮷𬍛𰻝"
KEYS = st.integers(1, binding.LONG_MAX).map(str)
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=SHANGHAI))
ADDRESSES = st.ip_addresses(v=4).filter(lambda address: int(address) > 0).map(str)
FLAGS = st.booleans()
OF_FORM = {
    "text": st.text(GBK, min_size=1, max_size=20), "number": st.integers(0, 10**9), "key": KEYS, "instant": INSTANTS,
    "iso instant": INSTANTS, "day": st.dates(), "ipv4": ADDRESSES, "flag": FLAGS,
    "picture": st.binary(min_size=1, max_size=30)}


def of_element(name: str, element: binding.Element, of: type) -> st.SearchStrategy[Any]:
    """Values that the declaration of a field allows."""
    if element.of is not None:
        one = of_record(element.of)
        if element.repeated or element.each:
            return st.lists(one, min_size=int(element.required), max_size=2).map(tuple)
        return one if element.required else st.none() | one
    assert element.form is not None
    if element.form.name == "choice":
        one = st.sampled_from(CHOICES[of, name])
    else:
        one = OF_FORM[element.form.name]
    if element.repeated or element.each:
        return st.lists(one, max_size=3).map(tuple)
    if element.required:
        return one
    return st.just(of.__dataclass_fields__[name].default) | one  # type: ignore[attr-defined]


CHOICES = {
    (records.Scope, "of"): ("subject", "service", "both"),
    (records.SmsReport, "principal"): ("subject", "service"),
    (records.SmsReport, "result"): ("verified", "lapsed", "refused"),
}


def of_record(of: type) -> st.SearchStrategy[Any]:
    """Records of a class, with all that their declarations allow."""
    if of is records.OwnerId:  # our id is the element's own text, where nothing else can stand beside it
        return st.builds(of, enterprise_id=KEYS) | st.builds(of, province_id=KEYS)
    return st.builds(of, **{name: of_element(name, element, of) for name, element in binding.elements(of)})


def read_upload(xml: bytes) -> tuple[str, tuple[Any, ...]]:
    """The provider's id and the records of an upload file, which only provinces read."""
    icp = parse(xml).find("ICP")
    assert icp is not None
    found = [
        binding.read(of, node) for operation, (item, of) in UPLOADS.items() for node in icp.iterfind(f"{operation}/{item}")]
    return icp.findtext("Qqdwid") or "", tuple(found)


def write_codes(parent: etree._Element, tables: records.CodeTables) -> None:
    jcdm = etree.SubElement(parent, "JCDM")
    for name, rows in (("Bbdwlb", tables.units), ("Jcdm_xx", tables.rows)):
        group = etree.SubElement(jcdm, name)
        for row in rows:
            node = etree.SubElement(group, row.group)
            told = {"Id": row.id, "Mc": row.name, "Sfyx": "1" if row.valid else "0", **row.more}
            for tag, value in told.items():
                etree.SubElement(node, tag).text = value


thorough = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("operation", UPLOADS)
@thorough
@given(data=st.data())
def test_an_upload_arrives_as_it_was_sent(operation: str, data: st.DataObject) -> None:
    sent = tuple(data.draw(st.lists(of_record(UPLOADS[operation][1]), min_size=1, max_size=3)))
    assert read_upload(codec.write_upload(sent, provider_id=330000105)) == ("330000105", sent)


@pytest.mark.parametrize("of", sorted({of for items in DOWNLOADS.values() for of in items.values()}, key=str),
                         ids=lambda of: of.__name__)
@thorough
@given(data=st.data())
def test_a_download_arrives_as_it_was_sent(of: type, data: st.DataObject) -> None:
    sent = tuple(data.draw(st.lists(of_record(of), min_size=1, max_size=3)))
    assert codec.read(codec.write_download(sent)) == sent


TABLES = st.builds(
    records.CodeRow, group=st.sampled_from(("Dwxz", "Zjlx", "Qy")), id=st.integers(1, 999_999).map(str),
    name=st.text(GBK, min_size=1, max_size=20), valid=st.booleans(),
    more=st.dictionaries(st.sampled_from(("Bz", "Ysid", "Lx")), st.text(GBK, min_size=1, max_size=9)))


@thorough
@given(rows=st.lists(TABLES, min_size=1, max_size=5), filed=st.lists(of_record(records.FiledRecord), max_size=2),
       others=st.lists(of_record(records.CancelledRecord), max_size=2))
def test_code_tables_and_everything_at_once_arrive_as_they_were_sent(rows: Any, filed: Any, others: Any) -> None:
    codes = records.CodeTables(rows=tuple(rows))
    alone = etree.Element("DownloadData", version=VERSION)
    write_codes(alone, codes)
    assert codec.read(render(alone)) == (codes,)
    everything = etree.Element("DownloadData", version=VERSION)
    sjtb = etree.SubElement(everything, "SJTB")
    sjtb.extend(parse(codec.write_download([*filed, *others])))
    write_codes(sjtb, codes)
    etree.SubElement(sjtb, "YM")
    assert codec.read(render(everything)) == (records.Synchronisation(tuple(filed), tuple(others), codes, ("YM",)),)


PACKING = [
    PackingSettings(b"0123456789abcdef", b"fedcba9876543210", "secret", hash_encoding=encoding, encrypt=encrypt)
    for encoding in ("raw", "hex") for encrypt in (False, True)]


@pytest.mark.parametrize("packing", PACKING, ids=lambda one: f"{one.hash_encoding}-{one.encrypt}")
def test_a_packed_file_arrives_whichever_way_the_province_packs(packing: PackingSettings) -> None:
    told = (records.CancelledRecord(category=1, key="33000000002", remark="停止运营"),)
    asked = (records.CancellationRequest(category=1, key="33000000002", reason=1),)
    packed = pack(codec.write_download(told), packing, "records.xml")
    assert codec.read(unpack(packed.beianInfo, packed.beianInfoHash, packing)) == told
    packed = pack(codec.write_upload(asked, provider_id=1), packing, "records.xml")
    assert read_upload(unpack(packed.beianInfo, packed.beianInfoHash, packing)) == ("1", asked)


def test_a_file_holds_a_thousand_records_and_no_more() -> None:
    one = records.CancellationRequest(category=1, key="1", reason=1)
    many = [replace(one, key=str(number)) for number in range(1, MAX_RECORDS + 1)]
    assert len(read_upload(codec.write_upload(many, provider_id=1))[1]) == 1000
    with pytest.raises(codec.Unwritable, match="1 to 1000 records"):
        codec.write_upload([*many, one], provider_id=1)
    with pytest.raises(codec.Unwritable, match="1 to 1000 records"):
        codec.write_upload([], provider_id=1)


def test_a_sign_outside_gbk_is_never_sent_as_something_else() -> None:
    with pytest.raises(codec.Unwritable):
        codec.write_download([records.Notice(category=0, text="😀")])


def test_an_instant_is_written_in_chinese_time() -> None:
    at = datetime(2023, 9, 28, 10, tzinfo=SHANGHAI)
    xml = codec.write_download([records.Decision(passed=True, key="1", decided_at=at)])
    assert b"<Shsj>2023-09-28 10:00:00</Shsj>" in xml
